"""Lists and who is on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import CustomField, ListMembership, Participant, ParticipantList, Sendout, SendoutList


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list with how many are on it, and how many of them each channel can reach."""

    id: int
    name: str
    created_at: datetime
    people: int
    emails: int
    numbers: int


def all_lists(organisation_id: int) -> Sequence[ListLine]:
    """The organisation's lists by name."""
    members = (
        select(
            ListMembership.list_id,
            func.count().label("people"),
            func.count(Participant.email_address).label("emails"),
            func.count(Participant.phone_number).label("numbers"),
        )
        .join(Participant, Participant.id == ListMembership.participant_id)
        .where(ListMembership.organisation_id == organisation_id)
        .group_by(ListMembership.list_id)
        .subquery()
    )
    counted = [func.coalesce(column, 0) for column in (members.c.people, members.c.emails, members.c.numbers)]
    rows = db.session.execute(
        select(ParticipantList.id, ParticipantList.name, ParticipantList.created_at, *counted)
        .outerjoin(members, members.c.list_id == ParticipantList.id)
        .where(ParticipantList.organisation_id == organisation_id)
        .order_by(func.lower(ParticipantList.name))
    )
    return [ListLine(*row) for row in rows]


def list_choices(organisation_id: int) -> list[tuple[int, str]]:
    """Id and name of every list, by name."""
    mine = select(ParticipantList.id, ParticipantList.name).where(ParticipantList.organisation_id == organisation_id)
    return [(number, name) for number, name in db.session.execute(mine.order_by(func.lower(ParticipantList.name)))]


def list_sizes(organisation_id: int) -> list[tuple[int, str, int]]:
    """Id, name and number of people of every list, by name."""
    people = select(func.count()).where(ListMembership.list_id == ParticipantList.id).scalar_subquery()
    mine = select(ParticipantList.id, ParticipantList.name, people).where(ParticipantList.organisation_id == organisation_id)
    return [(row[0], row[1], row[2]) for row in db.session.execute(mine.order_by(func.lower(ParticipantList.name)))]


def find_list(organisation_id: int, list_id: int) -> ParticipantList | None:
    """A list of this organisation."""
    return db.session.scalar(
        select(ParticipantList).where(ParticipantList.organisation_id == organisation_id, ParticipantList.id == list_id)
    )


def list_named(organisation_id: int, name: str) -> ParticipantList | None:
    """The list of this name, whatever its case."""
    return db.session.scalar(
        select(ParticipantList).where(
            ParticipantList.organisation_id == organisation_id, func.lower(ParticipantList.name) == func.lower(name)
        )
    )


def people_count(list_id: int) -> int:
    """How many are on a list."""
    return db.session.scalar(select(func.count()).where(ListMembership.list_id == list_id)) or 0


def waiting_sendouts(list_id: int) -> Sequence[Sendout]:
    """Send-outs whose audience names or leaves out this list and is not written down yet: what its end would change."""
    return db.session.scalars(
        select(Sendout)
        .join(SendoutList, SendoutList.sendout_id == Sendout.id)
        .where(SendoutList.list_id == list_id, Sendout.audience_count.is_(None), Sendout.deleted_at.is_(None))
        .where(Sendout.state != SendoutState.CANCELLED)
        .order_by(Sendout.id.desc())
    ).all()


def exported_rows(organisation_id: int, list_id: int, fields: Sequence[CustomField]) -> Iterator[list[object]]:
    """A list's people as rows for CSV, header first, under names that an import knows again."""
    yield ["First name", "Last name", "E-mail", "Mobile number", "Language", "Member number", "About", *(field.name for field in fields)]
    people = (
        select(Participant)
        .join(ListMembership, ListMembership.participant_id == Participant.id)
        .where(ListMembership.list_id == list_id, Participant.organisation_id == organisation_id)
        .order_by(func.lower(Participant.last_name), func.lower(Participant.first_name), Participant.id)
        .execution_options(yield_per=500)
    )
    for person in db.session.scalars(people):
        standard = [person.first_name, person.last_name, person.email_address, person.phone_number, person.language, person.member_number]
        yield [*standard, ", ".join(person.about), *(person.custom.get(field.key) for field in fields)]
