"""What the list of send-outs can be narrowed to, and what that asks of a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.lib.clock import now
from app.models import Sendout
from app.web.filters import zone


class StateFilter(StrEnum):
    """As the chips say it."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    PAUSED = "paused"
    HELD = "held"
    CANCELLED = "cancelled"


class Since(StrEnum):
    """How far back: by when it was sent, else is to be, else was saved last."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


SINCE_WORDS = {Since.MONTH: "This month", Since.QUARTER: "Last 3 months", Since.YEAR: "Last 12 months"}
_DAYS = {Since.QUARTER: 92, Since.YEAR: 366}


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the page was asked for; nothing chosen is everything. `made_by` is who made or sent it."""

    search: str = ""
    state: StateFilter | None = None
    channel: Channel | None = None
    made_by: int | None = None
    since: Since | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is narrowed: then resends are rows of their own, since their original may not be among them."""
        return bool(self.search or self.state or self.channel or self.made_by or self.since)

    @property
    def arguments(self) -> dict[str, str | int | None]:
        """What asks for the same again."""
        return {"q": self.search or None, "state": self.state, "channel": self.channel, "by": self.made_by, "since": self.since}


def conditions(narrowed: ListFilter) -> list[ColumnElement[bool]]:
    """What each row has to be."""
    found: list[ColumnElement[bool]] = []
    if narrowed.search:
        words = narrowed.search
        found.append(or_(Sendout.title.icontains(words, autoescape=True), Sendout.subject.icontains(words, autoescape=True)))
    if narrowed.state is not None:
        found.append(_in_state(narrowed.state))
    if narrowed.channel is not None:
        found.append(Sendout.channel_plan.in_([plan for plan in ChannelPlan if narrowed.channel in plan.channels]))
    if narrowed.made_by is not None:
        found.append(or_(Sendout.created_by == narrowed.made_by, Sendout.launched_by == narrowed.made_by))
    if narrowed.since is not None:
        found.append(func.coalesce(Sendout.launched_at, Sendout.scheduled_at, Sendout.saved_at) >= _begin(narrowed.since))
    return found


def _begin(since: Since) -> datetime:
    today = now().astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return today.replace(day=1) if since is Since.MONTH else today - timedelta(days=_DAYS[since])


def _in_state(wanted: StateFilter) -> ColumnElement[bool]:
    is_out = Sendout.state.in_((SendoutState.LAUNCHING, SendoutState.RUNNING))
    by_progress = {
        StateFilter.SENDING: and_(is_out, Sendout.first_accepted_at.is_(None)),
        StateFilter.SENT: and_(is_out, Sendout.first_accepted_at.is_not(None), Sendout.first_delivered_at.is_(None)),
        StateFilter.DELIVERED: and_(is_out, Sendout.first_delivered_at.is_not(None)),
    }
    return by_progress.get(wanted, Sendout.state == wanted.value)
