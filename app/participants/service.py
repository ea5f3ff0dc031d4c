"""What is done to people by hand: make, change, note where they agreed to texts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import update

from app.domain.addresses import email_key, suggested_address
from app.extensions import db
from app.lib import clock
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import AuditEntry, Participant, TextConsent
from app.participants import queries
from app.participants.erased import addresses_of, require_not_erased
from app.participants.imports.queries import ADDRESS_CORRECTED
from app.participants.typed import TypedPerson


@dataclass(frozen=True, slots=True)
class Doubts:
    """The address that was probably meant, and others who have one of the typed ones; falsy where there are none."""

    meant: str | None
    sharers: Sequence[Participant]

    def __bool__(self) -> bool:
        return bool(self.meant or self.sharers)


def person_of(organisation_id: int, participant_id: int, *, is_locked: bool = False) -> Participant:
    """A participant of this organisation, whom nobody else changes or erases meanwhile where they are locked; raises NotFound."""
    found = queries.person_of(organisation_id, participant_id, is_locked=is_locked)
    if found is None:
        raise NotFound("There is no such person.")
    return found


def save(organisation_id: int, person: Participant | None, typed: TypedPerson, user_id: int | None) -> Participant:
    """Make a person, or make one as typed; raises Invalid where the member number is somebody else's, or an address was erased.

    An address that is replaced is noted, so that no import brings it back.
    """
    _require_free_member_number(organisation_id, typed, except_id=person.id if person else None)
    require_not_erased(organisation_id, addresses_of(typed.email_address, typed.phone_number))
    if person is None:
        person = Participant(organisation_id=organisation_id, **asdict(typed))
        db.session.add(person)
    else:
        _change(person, typed, user_id)
    db.session.flush()
    return person


def doubts_about(organisation_id: int, typed: TypedPerson, person: Participant | None) -> Doubts:
    """What is worth a question before typed addresses are kept; those that the person has already are not asked about."""
    email = typed.email_address if person is None or person.email_address != typed.email_address else None
    number = typed.phone_number if person is None or person.phone_number != typed.phone_number else None
    others = queries.others_at(organisation_id, email, number, except_id=person.id if person else None)
    return Doubts(suggested_address(email) if email else None, others)


def record_consent(person: Participant, proof: str, user_id: int) -> None:
    """Note where a person agreed to marketing texts; raises Invalid without words for it."""
    if not proof:
        raise Invalid("Say where they agreed, for example “ticked on the 2026 enrolment form”.", "proof")
    given = {"organisation_id": person.organisation_id, "participant_id": person.id, "given_at": clock.now()}
    db.session.add(TextConsent(**given, proof=proof, recorded_by=user_id))


def withdraw_consent(person: Participant) -> None:
    """Note that a person no longer agrees; raises Conflict where they did not."""
    standing = update(TextConsent).where(TextConsent.participant_id == person.id, TextConsent.withdrawn_at.is_(None))
    if not db.session.scalars(standing.values(withdrawn_at=clock.now()).returning(TextConsent.id)).all():
        raise Conflict("There is no consent on file to withdraw.")


def _change(person: Participant, typed: TypedPerson, user_id: int | None) -> None:
    for name, flag in (("email_address", "is_bad_email"), ("phone_number", "is_bad_number")):
        was, became = getattr(person, name), getattr(typed, name)
        if was != became:
            setattr(person, flag, False)
        if was and was != became:
            _note_correction(person, user_id, was, became)
    for name, value in asdict(typed).items():
        setattr(person, name, value)


def _require_free_member_number(organisation_id: int, typed: TypedPerson, *, except_id: int | None) -> None:
    owner = queries.has_member_number(organisation_id, typed.member_number, except_id=except_id) if typed.member_number else None
    if owner is not None:
        raise Invalid(f"{owner.first_name} {owner.last_name} has this member number.", "member_number")


def _note_correction(person: Participant, user_id: int | None, was: str, became: str | None) -> None:
    who = {"organisation_id": person.organisation_id, "user_id": user_id, "object_kind": "participant", "object_id": person.id}
    db.session.add(AuditEntry(**who, action=ADDRESS_CORRECTED, detail={"was": email_key(was), "became": became}))
