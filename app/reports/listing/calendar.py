"""What is scheduled, as the weeks of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_

from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import Sendout
from app.reports.listing.queries import visible
from app.web.filters import zone

MOST = 500  # in one month: more would be no calendar
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Planned:
    """A send-out that is to leave, and when by the organisation's clock."""

    sendout: Sendout
    at: datetime

    @property
    def is_held(self) -> bool:
        """Whether its hour came and somebody has to look at it."""
        return self.sendout.state == SendoutState.HELD

    @property
    def plan(self) -> ChannelPlan:
        """The channels it goes by."""
        return ChannelPlan(self.sendout.channel_plan)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `is_beside` where it belongs to the month before or after."""

    date: date
    is_beside: bool
    is_today: bool
    planned: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday on. `next_planned`: when the first leaves that comes after it, if any does."""

    first: date
    weeks: Sequence[Sequence[Day]]
    next_planned: date | None

    @property
    def count(self) -> int:
        """How many leave on its own days."""
        return sum(len(day.planned) for week in self.weeks for day in week if not day.is_beside)

    @property
    def before(self) -> date:
        """The first of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date:
        """The first of the month after."""
        return (self.first + timedelta(days=32)).replace(day=1)


def month_of(organisation_id: int, asked: date | None) -> Month:
    """The month of this day, or of today, with what is scheduled in it."""
    today = now().astimezone(zone()).date()
    first = (asked or today).replace(day=1)
    begins = first - timedelta(days=first.weekday())
    days = [begins + timedelta(days=number) for number in range(6 * _WEEK)]
    planned = _planned(organisation_id, days[0], days[-1] + timedelta(days=1))
    cells = [Day(day, day.month != first.month, day == today, [each for each in planned if each.at.date() == day]) for day in days]
    weeks = [cells[start : start + _WEEK] for start in range(0, len(cells), _WEEK)]
    month = Month(first, [week for week in weeks if not all(day.is_beside for day in week)], None)
    return Month(month.first, month.weeks, _next_after(organisation_id, month.following))


def _planned(organisation_id: int, since: date, until: date) -> list[Planned]:
    within = and_(Sendout.scheduled_at >= _midnight(since), Sendout.scheduled_at < _midnight(until))
    asked = visible(organisation_id).where(_waits(), within).order_by(Sendout.scheduled_at, Sendout.id).limit(MOST)
    return [Planned(each, each.scheduled_at.astimezone(zone())) for each in db.session.scalars(asked) if each.scheduled_at]


def _next_after(organisation_id: int, day: date) -> date | None:
    later = visible(organisation_id).where(_waits(), Sendout.scheduled_at >= _midnight(day))
    at = db.session.scalar(later.with_only_columns(func.min(Sendout.scheduled_at)))
    return at.astimezone(zone()).date() if at else None


def _waits() -> ColumnElement[bool]:
    """Scheduled, or held at its hour before anything of it was resolved."""
    is_held = and_(Sendout.state == SendoutState.HELD, Sendout.audience_count.is_(None))
    return or_(Sendout.state == SendoutState.SCHEDULED, is_held)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone())
