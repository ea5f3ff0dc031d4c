"""What is done to lists: make, rename, end, put people on and take them off."""

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import AuditEntry, ListMembership, Participant, ParticipantList
from app.participants.arrays import any_id
from app.participants.lists import queries

MAX_NAME_LENGTH = 100


def list_of(organisation_id: int, list_id: int) -> ParticipantList:
    """A list of this organisation; raises NotFound."""
    found = queries.find_list(organisation_id, list_id)
    if found is None:
        raise NotFound("There is no such list.")
    return found


def checked_name(organisation_id: int, name: str, *, except_id: int | None = None) -> str:
    """A name that a list may have; raises Invalid where it is empty, too long, or another list's."""
    text = " ".join(name.replace("\0", "").split())
    if not text:
        raise Invalid("Give the list a name.", "name")
    if len(text) > MAX_NAME_LENGTH:
        raise Invalid(f"The name is too long: at most {MAX_NAME_LENGTH} letters.", "name")
    same = queries.list_named(organisation_id, text)
    if same is not None and same.id != except_id:
        raise Invalid(f"There is a list “{same.name}” already.", "name")
    return text


def create(organisation_id: int, name: str) -> ParticipantList:
    """Make an empty list; raises Invalid."""
    made = ParticipantList(organisation_id=organisation_id, name=checked_name(organisation_id, name))
    db.session.add(made)
    db.session.flush()
    return made


def rename(listed: ParticipantList, name: str) -> None:
    """Call a list something else; raises Invalid."""
    listed.name = checked_name(listed.organisation_id, name, except_id=listed.id)


def remove(listed: ParticipantList, user_id: int) -> None:
    """End a list; its people stay participants. Raises Conflict while a send-out that has not started names it."""
    waiting = queries.waiting_sendouts(listed.id)
    if waiting:
        titles = ", ".join(f"“{sendout.title or 'Untitled'}”" for sendout in waiting[:3])
        raise Conflict(f"{titles} would go by this list and has not started. Change or delete that first.")
    entry = {"organisation_id": listed.organisation_id, "user_id": user_id, "action": "list deleted", "object_kind": "list"}
    db.session.add(AuditEntry(**entry, object_id=listed.id, detail={"name": listed.name, "people": queries.people_count(listed.id)}))
    db.session.delete(listed)


def put_on(listed: ParticipantList, participant_ids: list[int]) -> int:
    """Put people of this organisation on a list; returns how many were not on it. Unknown ids are passed over."""
    ours = select(Participant.organisation_id, Participant.id, literal(listed.id)).where(
        Participant.id == any_id(participant_ids),
        Participant.organisation_id == listed.organisation_id,
        Participant.erased_at.is_(None),
    )
    columns = ["organisation_id", "participant_id", "list_id"]
    added = insert(ListMembership).from_select(columns, ours).on_conflict_do_nothing().returning(ListMembership.participant_id)
    return len(db.session.scalars(added).all())


def take_off(listed: ParticipantList, participant_id: int) -> None:
    """Take one person off a list; nothing happens to who is not on it."""
    db.session.execute(delete(ListMembership).where(ListMembership.list_id == listed.id, ListMembership.participant_id == participant_id))
