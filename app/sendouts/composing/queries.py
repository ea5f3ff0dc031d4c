"""What the composer shows: the draft, and what there is to choose from."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.channels import Channel
from app.extensions import db
from app.lib.errors import NotFound
from app.models import (
    CustomField,
    ListMembership,
    Participant,
    ParticipantList,
    Sender,
    Sendout,
    SendoutAttachment,
    SendoutList,
    SendoutPerson,
)
from app.participants.queries import Wanted, people_page

FOUND = 8
_FIXED_FIELDS = (
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("about", "Children or members (about)"),
    ("member_number", "Member number"),
    ("email", "E-mail address"),
    ("mobile", "Mobile number"),
)


@dataclass(frozen=True, slots=True)
class ListChoice:
    """A list, how many are on it, and whether it is in the audience ("include"), left out ("exclude") or neither ("")."""

    id: int
    name: str
    people: int
    chosen: str


@dataclass(frozen=True, slots=True)
class Person:
    """A participant to choose, or chosen. `standing` as in ListChoice."""

    id: int
    name: str
    address: str
    standing: str = ""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that travels along, without its content."""

    id: int
    file_name: str
    size: int


def sendout_of(sendout_id: int, organisation_id: int) -> Sendout:
    """A send-out of this organisation that has not been deleted. Raises NotFound."""
    found = db.session.scalars(
        select(Sendout).where(Sendout.id == sendout_id, Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such send-out.")
    return found


def list_choices(organisation_id: int, sendout_id: int | None = None) -> list[ListChoice]:
    """All lists of the organisation by name, with what the draft makes of each."""
    sizes = (
        select(ListMembership.list_id, func.count().label("people"))
        .where(ListMembership.organisation_id == organisation_id)
        .group_by(ListMembership.list_id)
        .subquery()
    )
    rows = db.session.execute(
        select(ParticipantList.id, ParticipantList.name, func.coalesce(sizes.c.people, 0), SendoutList.is_excluded)
        .outerjoin(sizes, sizes.c.list_id == ParticipantList.id)
        .outerjoin(SendoutList, (SendoutList.list_id == ParticipantList.id) & (SendoutList.sendout_id == sendout_id))
        .where(ParticipantList.organisation_id == organisation_id)
        .order_by(func.lower(ParticipantList.name))
    )
    return [ListChoice(number, name, people, _standing(is_excluded)) for number, name, people, is_excluded in rows]


def chosen_people(sendout: Sendout) -> list[Person]:
    """The single people in the audience or left out of it."""
    rows = db.session.execute(
        select(Participant, SendoutPerson.is_excluded)
        .join(SendoutPerson, SendoutPerson.participant_id == Participant.id)
        .where(SendoutPerson.sendout_id == sendout.id, SendoutPerson.organisation_id == sendout.organisation_id)
        .order_by(SendoutPerson.is_excluded, func.lower(Participant.last_name), func.lower(Participant.first_name), Participant.id)
    )
    return [_person(person, _standing(is_excluded)) for person, is_excluded in rows]


def people_by_id(organisation_id: int, ids: frozenset[int]) -> list[Person]:
    """Those of these participants who belong to the organisation, by name."""
    if not ids:
        return []
    rows = db.session.scalars(
        select(Participant)
        .where(Participant.organisation_id == organisation_id, Participant.id.in_(ids), Participant.erased_at.is_(None))
        .order_by(func.lower(Participant.last_name), func.lower(Participant.first_name), Participant.id)
    )
    return [_person(person) for person in rows]


def people_matching(organisation_id: int, words: str) -> list[Person]:
    """Up to eight people whose name, e-mail address or number contains every word; none for no words."""
    return [_person(person) for person in people_page(Wanted(organisation_id, words.strip()), size=FOUND).rows] if words.strip() else []


def senders_of(organisation_id: int, channel: Channel) -> list[Sender]:
    """What messages of a channel can leave from."""
    return list(
        db.session.scalars(
            select(Sender)
            .where(Sender.organisation_id == organisation_id, Sender.channel == channel, Sender.is_archived.is_(False))
            .order_by(Sender.id)
        )
    )


def sender_of(sendout: Sendout, channel: Channel) -> Sender | None:
    """What a channel of this send-out leaves from, if that is chosen and still in use."""
    number = sendout.email_sender_id if channel is Channel.EMAIL else sendout.sms_sender_id
    found = db.session.get(Sender, number) if number is not None else None
    return None if found is None or found.is_archived else found


def attached_files(sendout: Sendout) -> list[AttachedFile]:
    """The files that travel along, in the order in which they were attached."""
    rows = db.session.execute(
        select(SendoutAttachment.id, SendoutAttachment.file_name, func.octet_length(SendoutAttachment.content))
        .where(SendoutAttachment.sendout_id == sendout.id, SendoutAttachment.organisation_id == sendout.organisation_id)
        .order_by(SendoutAttachment.id)
    )
    return [AttachedFile(*row) for row in rows]


def field_choices(organisation_id: int) -> list[tuple[str, str]]:
    """The fields that a message can hold: their name in a template, and their name for people."""
    own = db.session.execute(
        select(CustomField.key, CustomField.name)
        .where(CustomField.organisation_id == organisation_id)
        .order_by(func.lower(CustomField.name))
    )
    return [*_FIXED_FIELDS, *((key, name) for key, name in own)]


def someone(organisation_id: int) -> int | None:
    """Anybody of the organisation: whom a preview is shown as while the audience is empty."""
    return db.session.scalars(
        select(Participant.id)
        .where(Participant.organisation_id == organisation_id, Participant.erased_at.is_(None))
        .order_by(Participant.id)
        .limit(1)
    ).one_or_none()


def name_of(person: Participant) -> str:
    """What a person is called where nothing better is known than an address."""
    return f"{person.first_name} {person.last_name}".strip() or person.email_address or person.phone_number or "Somebody without a name"


def _person(person: Participant, standing: str = "") -> Person:
    return Person(person.id, name_of(person), person.email_address or person.phone_number or "no address", standing)


def _standing(is_excluded: bool | None) -> str:  # noqa: FBT001  a column's value
    return "" if is_excluded is None else "exclude" if is_excluded else "include"
