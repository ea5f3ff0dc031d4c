"""Who the organisation's people are, and how it stands with their addresses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, text, tuple_

from app.domain.addresses import email_key
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.models import ListMembership, Participant, ParticipantList, TextConsent, UnsubscribeEntry
from app.participants.arrays import any_text
from app.participants.filters.compiling import Clause
from app.participants.search import is_said_of

PAGE_SIZE = 50
_SHORTEST_NUMBER = 4
_SHORT_LIST = 20_000
_ORDER = (func.lower(Participant.last_name), func.lower(Participant.first_name), Participant.id)
_NUMBER = re.compile(r"[\d\s()+/.-]{6,}")  # with the spaces that people dial by


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an address gets less than everything: the gravest entry that stands against it."""

    reason: SuppressionReason
    scope: SuppressionScope
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a page of people asks for."""

    organisation_id: int
    search: str = ""
    list_id: int | None = None
    not_on_list_id: int | None = None
    clause: Clause | None = None  # of a filter


@dataclass(frozen=True, slots=True)
class People:
    """A page of people by name, how it stands with their addresses, and the key of the next page."""

    rows: Sequence[Participant]
    standings: Mapping[str, Standing]
    next_cursor: int | None


def person_of(organisation_id: int, participant_id: int, *, is_locked: bool = False) -> Participant | None:
    """A participant of this organisation who has not been erased."""
    asked = _people(Wanted(organisation_id)).where(Participant.id == participant_id)
    if is_locked:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(asked)


def is_known(organisation_id: int, participant_id: int) -> bool:
    """Whether the organisation has or had this participant."""
    asked = select(Participant.id).where(Participant.organisation_id == organisation_id, Participant.id == participant_id)
    return db.session.scalar(asked) is not None


def merged_into(organisation_id: int, participant_id: int) -> int | None:
    """Who has become of an entry that was merged; None for any other."""
    asked = select(Participant.merged_into).where(Participant.organisation_id == organisation_id, Participant.id == participant_id)
    return db.session.scalar(asked)


def own_ids(person: Participant) -> list[int]:
    """The entry itself, those merged into it, and those merged into these: a send-out that wrote to several left a message with each."""
    own = select(Participant.id).where(Participant.id == person.id).cte("own", recursive=True)
    entries = own.union(select(Participant.id).where(Participant.merged_into == own.c.id))
    return list(db.session.scalars(select(entries.c.id)))


def people_page(wanted: Wanted, after: int | None = None, size: int = PAGE_SIZE) -> People:
    """The people by last and first name, from behind the person `after` on."""
    place = None
    if after is not None:
        last = select(*_ORDER).where(Participant.id == after, Participant.organisation_id == wanted.organisation_id)
        place = db.session.execute(last).one_or_none()
    rows = db.session.scalars(_in_order(wanted, place, size + 1)).all()
    shown = rows[:size]
    return People(shown, standings_of(wanted.organisation_id, shown), shown[-1].id if len(rows) > size else None)


def people_count(wanted: Wanted) -> int:
    """How many people are asked for."""
    return db.session.scalar(select(func.count()).select_from(_people(wanted).subquery())) or 0


def standings_of(organisation_id: int, people: Iterable[Participant]) -> dict[str, Standing]:
    """For each of their addresses (key form) that stands on the Unsubscribes list, why; the gravest entry where there are several."""
    keys = [key for person in people for key in address_keys(person)]
    entries = db.session.scalars(
        select(UnsubscribeEntry)
        .where(
            UnsubscribeEntry.organisation_id == organisation_id,
            UnsubscribeEntry.lifted_at.is_(None),
            UnsubscribeEntry.address == any_text(keys),
        )
        .order_by(UnsubscribeEntry.scope == SuppressionScope.ALL, UnsubscribeEntry.id.desc())
    )
    return {each.address: Standing(SuppressionReason(each.reason), SuppressionScope(each.scope), each.created_at) for each in entries}


def address_keys(person: Participant) -> list[str]:
    """A person's addresses in the form in which the Unsubscribes list keeps them."""
    email = [email_key(person.email_address)] if person.email_address else []
    return [*email, *([person.phone_number] if person.phone_number else [])]


def others_at(organisation_id: int, email: str | None, number: str | None, *, except_id: int | None) -> Sequence[Participant]:
    """Other people who have one of these addresses; three at most."""
    here = []
    if email:
        here.append(func.lower(Participant.email_address) == email_key(email))
    if number:
        here.append(Participant.phone_number == number)
    if not here:
        return []
    asked = _people(Wanted(organisation_id)).where(or_(*here), Participant.id != (except_id or 0))
    return db.session.scalars(asked.order_by(Participant.id).limit(3)).all()


def has_member_number(organisation_id: int, number: str, *, except_id: int | None) -> Participant | None:
    """Who else has this member number."""
    asked = _people(Wanted(organisation_id)).where(Participant.member_number == number, Participant.id != (except_id or 0))
    return db.session.scalar(asked)


def lists_of(person: Participant) -> Sequence[ParticipantList]:
    """The lists that a person is on, by name."""
    return db.session.scalars(
        select(ParticipantList)
        .join(ListMembership, ListMembership.list_id == ParticipantList.id)
        .where(ListMembership.participant_id == person.id)
        .order_by(func.lower(ParticipantList.name))
    ).all()


def consents_of(person: Participant) -> Sequence[TextConsent]:
    """Everything on file about a person's consent to marketing texts, newest first."""
    return db.session.scalars(
        select(TextConsent).where(TextConsent.participant_id == person.id).order_by(TextConsent.given_at.desc(), TextConsent.id.desc())
    ).all()


def _in_order(wanted: Wanted, place: Row[*tuple[Any, ...]] | None, limit: int) -> Select[Participant]:
    """The first of those wanted behind a place in the order of names.

    Those looked for are found first and put in order then: in the order of names, all the Smiths stand behind 900,000 others.
    """
    if not (wanted.search or wanted.clause or _is_short(wanted.list_id)):
        behind = [tuple_(*_ORDER) > tuple_(*place)] if place else []
        return _people(wanted).where(*behind).order_by(*_ORDER).limit(limit)
    keys: list[Any] = [column.label(f"key_{number}") for number, column in enumerate(_ORDER)]
    found = _people(wanted).with_only_columns(*keys).cte("found").prefix_with("MATERIALIZED")
    behind = [tuple_(*found.c) > tuple_(*place)] if place else []
    first = select(found.c.key_2).where(*behind).order_by(*found.c).limit(limit)
    return select(Participant).where(Participant.id.in_(first)).order_by(*_ORDER)


def _is_short(list_id: int | None) -> bool:
    """Whether a list is one whose people are found sooner by it than in the order of names."""
    if list_id is None:
        return False
    some = select(ListMembership.participant_id).where(ListMembership.list_id == list_id).limit(_SHORT_LIST).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) < _SHORT_LIST


def _people(wanted: Wanted) -> Select[Participant]:
    asked = select(Participant).where(Participant.organisation_id == wanted.organisation_id, Participant.erased_at.is_(None))
    if wanted.list_id is not None:
        asked = asked.where(_is_on(wanted.list_id))
    if wanted.not_on_list_id is not None:
        asked = asked.where(~_is_on(wanted.not_on_list_id))
    if wanted.clause is not None:
        asked = asked.where(text(wanted.clause.sql).bindparams(**wanted.clause.parameters))
    words = [wanted.search] if _NUMBER.fullmatch(wanted.search) else wanted.search.split()[:8]
    return asked.where(*(_matches(word) for word in words))


def _is_on(list_id: int) -> ColumnElement[bool]:
    return exists().where(ListMembership.list_id == list_id, ListMembership.participant_id == Participant.id)


def _matches(word: str) -> ColumnElement[bool]:
    """A word of a search: part of a name or address, a whole member number, or digits of a number as somebody dials it."""
    found = [is_said_of(word), Participant.member_number == word]
    digits = re.sub(r"\D", "", word).lstrip("0")
    if len(digits) >= _SHORTEST_NUMBER:
        found.append(and_(is_said_of(digits), Participant.phone_number.contains(digits)))
    return or_(*found)
