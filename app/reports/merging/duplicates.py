"""People who may be the same: by one address, one number, or one name and day of birth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.domain.addresses import email_key
from app.extensions import db
from app.models import CustomFieldKind, Participant
from app.participants.arrays import any_id
from app.participants.custom_fields import custom_fields

GROUPS = 50  # of each kind
_MOST_PEOPLE = 6  # of one group: more are no slip, but an address that many use


@dataclass(frozen=True, slots=True)
class Group:
    """People who share something, and what it is in words. `is_likely`: their names do not tell them apart."""

    why: str
    people: Sequence[Participant]
    is_likely: bool


def possible_duplicates(organisation_id: int) -> list[Group]:
    """The first groups of each kind, those of one name before those who may be a family."""
    groups = [*_of("same e-mail address", organisation_id, func.lower(Participant.email_address))]
    groups += _of("same mobile number", organisation_id, Participant.phone_number)
    for field in custom_fields(organisation_id):
        if field.kind == CustomFieldKind.DATE:
            name = func.lower(func.concat_ws(" ", Participant.first_name, Participant.last_name))
            groups += _of(f"same name and {field.name}", organisation_id, name, Participant.custom[field.key].astext)
    known: dict[tuple[int, ...], Group] = {}
    for group in groups:
        known.setdefault(tuple(person.id for person in group.people), group)
    return sorted(known.values(), key=lambda group: not group.is_likely)


def people_like(person: Participant, search: str = "") -> Sequence[Participant]:
    """Others who may be this person: whoever shares an address, or the last name and an initial; with `search`, whom it finds."""
    asked = _present(person.organisation_id).where(Participant.id != person.id)
    found = _found_by(search) if search else _alike(person)
    order = (func.lower(Participant.last_name), func.lower(Participant.first_name), Participant.id)
    return db.session.scalars(asked.where(found).order_by(*order).limit(20)).all()


def _present(organisation_id: int) -> Select[Participant]:
    return select(Participant).where(Participant.organisation_id == organisation_id, Participant.erased_at.is_(None))


def _alike(person: Participant) -> ColumnElement[bool]:
    initial = person.first_name[:1].lower()
    same_name = and_(
        func.lower(Participant.last_name) == person.last_name.lower(),
        func.lower(Participant.first_name).startswith(initial, autoescape=True),
    )
    ways: list[ColumnElement[bool]] = [same_name] if person.last_name else []
    if person.email_address:
        ways.append(func.lower(Participant.email_address) == email_key(person.email_address))
    if person.phone_number:
        ways.append(Participant.phone_number == person.phone_number)
    return or_(*ways) if ways else Participant.id < 0


def _found_by(search: str) -> ColumnElement[bool]:
    name = func.concat_ws(" ", Participant.first_name, Participant.last_name, Participant.email_address, Participant.phone_number)
    return and_(*(name.icontains(word, autoescape=True) for word in search.split()[:5]))


def _of(why: str, organisation_id: int, *shared: Any) -> list[Group]:
    """Groups in the order of what they share, which an index has: the first are found without looking at everybody."""
    ids = func.array_agg(Participant.id)
    asked = select(ids).where(Participant.organisation_id == organisation_id, Participant.erased_at.is_(None))
    for each in shared:
        asked = asked.where(each.is_not(None), each != "")
    several = asked.group_by(*shared).having(func.count().between(2, _MOST_PEOPLE)).order_by(*shared).limit(GROUPS)
    found = list(db.session.scalars(several))
    people = _people(number for group in found for number in group)
    return [_group(why, [people[number] for number in sorted(group)]) for group in found]


def _people(ids: Iterable[int]) -> dict[int, Participant]:
    return {person.id: person for person in db.session.scalars(select(Participant).where(Participant.id == any_id(ids)))}


def _group(why: str, people: list[Participant]) -> Group:
    is_likely = all(_may_be_one(people[0], other) for other in people[1:])
    return Group(why if is_likely else f"{why}, other names: perhaps a family", people, is_likely)


def _may_be_one(one: Participant, other: Participant) -> bool:
    pairs = ((one.first_name, other.first_name), (one.last_name, other.last_name))
    return all(not a or not b or a.casefold() == b.casefold() for a, b in pairs)
