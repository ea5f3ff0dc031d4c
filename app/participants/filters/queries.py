"""Saved filters, who fits them now, which send-outs name them, and what their conditions may be chosen from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, func, select

from app.domain.conditions import LONGEST_VALUE, MOST_VALUES, Condition, decoded
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import CustomField, Participant, SavedFilter, Sendout, SendoutFilter
from app.participants.filters.compiling import Clause, clause_of
from app.participants.filters.known import Known, known_to, named_in
from app.participants.filters.words import words_of
from app.participants.queries import Wanted, people_count

_LOOKED_THROUGH = 200_000  # people whose values are offered to be ticked: what takes a moment, not a minute
_SENDOUTS = 100


@dataclass(frozen=True, slots=True)
class UsableFilter:
    """A saved filter as it stands now: its conditions in words, what is wrong with them, and their SQL."""

    id: int
    name: str
    sentences: tuple[str, ...]
    troubles: tuple[str, ...]
    clause: Clause


def all_filters(organisation_id: int) -> list[UsableFilter]:
    """The organisation's saved filters by name."""
    asked = select(SavedFilter).where(SavedFilter.organisation_id == organisation_id).order_by(func.lower(SavedFilter.name))
    return usable(organisation_id, db.session.scalars(asked).all())


def usable(organisation_id: int, filters: Sequence[SavedFilter]) -> list[UsableFilter]:
    """These filters as they stand now; each one's parameters are named after it."""
    conditions = {each.id: decoded(each.conditions) for each in filters}
    known = known_to(organisation_id, [named for several in conditions.values() for named in named_in(several)])
    return [_usable(each, conditions[each.id], known) for each in filters]


def find_filter(organisation_id: int, filter_id: int) -> SavedFilter | None:
    """A saved filter of this organisation."""
    return db.session.scalar(select(SavedFilter).where(SavedFilter.organisation_id == organisation_id, SavedFilter.id == filter_id))


def filter_named(organisation_id: int, name: str) -> SavedFilter | None:
    """The saved filter of this name, whatever its case."""
    asked = select(SavedFilter).where(SavedFilter.organisation_id == organisation_id, func.lower(SavedFilter.name) == func.lower(name))
    return db.session.scalar(asked)


def fitting_count(organisation_id: int, filter_: UsableFilter) -> int:
    """How many people fit a filter now."""
    return people_count(Wanted(organisation_id, clause=filter_.clause))


def unfrozen_sendouts(filter_id: int) -> Sequence[Sendout]:
    """Send-outs whose audience names this filter and is not written down yet."""
    return db.session.scalars(
        select(Sendout)
        .join(SendoutFilter, SendoutFilter.sendout_id == Sendout.id)
        .where(SendoutFilter.filter_id == filter_id, Sendout.audience_count.is_(None), Sendout.deleted_at.is_(None))
        .where(Sendout.state != SendoutState.CANCELLED)
        .order_by(Sendout.id.desc())
    ).all()


def values_of(field: CustomField) -> list[str]:
    """What people have in a field, the commonest first."""
    return _commonest(field.organisation_id, Participant.custom[field.key].astext)


def languages_of(organisation_id: int) -> list[str]:
    """The languages that people have, the commonest first."""
    return _commonest(organisation_id, Participant.language)


def sendout_choices(organisation_id: int, chosen: int | None) -> list[tuple[int, str]]:
    """The send-outs that went last, newest first, and the chosen one wherever it stands."""
    went = select(Sendout.id, Sendout.title, Sendout.subject, Sendout.launched_at).where(
        Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None), ~Sendout.is_single
    )
    last = went.where(Sendout.launched_at.is_not(None), Sendout.resend_of.is_(None)).order_by(Sendout.launched_at.desc()).limit(_SENDOUTS)
    rows = list(db.session.execute(last))
    if chosen is not None and chosen not in {row.id for row in rows}:
        rows += db.session.execute(went.where(Sendout.id == chosen))
    return [(row.id, f"{row.title or row.subject or 'Untitled'}{_day(row.launched_at)}") for row in rows]


def _usable(saved: SavedFilter, conditions: Sequence[Condition], known: Known) -> UsableFilter:
    troubles = [trouble for each in conditions if (trouble := known.trouble_with(each)) is not None]
    sentences = tuple(words_of(each, known) for each in conditions)
    return UsableFilter(saved.id, saved.name, sentences, tuple(troubles), clause_of(conditions, known, f"filter_{saved.id}"))


def _commonest(organisation_id: int, value: SQLColumnExpression[Any]) -> list[str]:
    some = (
        select(value.label("value"))
        .where(Participant.organisation_id == organisation_id, Participant.erased_at.is_(None), func.coalesce(value, "") != "")
        .limit(_LOOKED_THROUGH)
        .subquery()
    )
    counted = select(some.c.value).group_by(some.c.value).order_by(func.count().desc(), some.c.value).limit(MOST_VALUES)
    return [each for each in db.session.scalars(counted) if len(each) <= LONGEST_VALUE]


def _day(moment: datetime | None) -> str:
    return f" · {moment.day} {moment:%b %Y}" if moment else ""
