"""A time to start at, in a zone that was chosen, and taking it back."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ColumnElement, and_, or_, update

from app.domain.sendout_state import SendoutState, Verb, after
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.models import Sendout
from app.sendouts.composing.service import draft_of
from app.sendouts.reviewing.service import check
from app.sendouts.running import Actor

FURTHEST = timedelta(days=366)
_OF_THE_START = ("scheduled_at", "launched_at", "launched_by", "leaves_at", "held_reason", "held_trouble")


def schedule(sendout_id: int, actor: Actor, at: datetime, *, typed: int | None) -> None:
    """Let a draft start by itself. Raises Invalid for a time that is past, and for whatever stands against sending it."""
    sendout = draft_of(sendout_id, actor)
    check(sendout, actor, typed)
    if not now() < at < now() + FURTHEST:
        raise Invalid("Choose a time in the coming year.", "at")
    scheduled = {"state": after(SendoutState.DRAFT, Verb.SCHEDULE), "scheduled_at": at, "launched_by": actor.user_id}
    _move(sendout, Sendout.state == SendoutState.DRAFT, scheduled)


def unschedule(sendout: Sendout) -> None:
    """Make it a draft again, also where it was held at its hour. Raises Conflict where it has started meanwhile."""
    waits = or_(Sendout.state == SendoutState.SCHEDULED, and_(Sendout.state == SendoutState.HELD, Sendout.audience_count.is_(None)))
    _move(sendout, waits, {"state": SendoutState.DRAFT, **dict.fromkeys(_OF_THE_START)})


def instant(local: str, zone: str) -> datetime:
    """What a date and time field holds, in a zone, as an instant. Raises Invalid. An hour that the clocks skip is the one after it."""
    if zone not in available_timezones():
        raise Invalid("Choose a time zone.", "zone")
    try:
        naive = datetime.fromisoformat(local)
    except ValueError as error:
        raise Invalid("Choose a day and a time.", "at") from error
    if naive.tzinfo is not None:
        raise Invalid("Choose a day and a time.", "at")
    return naive.replace(tzinfo=ZoneInfo(zone))


def _move(sendout: Sendout, waits: ColumnElement[bool], values: dict[str, object]) -> None:
    if rows_changed(update(Sendout).where(Sendout.id == sendout.id, waits).values(values)) != 1:
        raise Conflict("It has changed meanwhile: look at the send-out again.")
    db.session.expire(sendout)
