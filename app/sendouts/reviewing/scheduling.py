"""A time to start at, in a zone that was chosen or by each person's own clock, and taking it back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, update

from app.domain.local_time import LateChoice, instant_in, known_zones
from app.domain.sendout_state import SendoutState, Verb, after
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.models import Sendout
from app.sendouts.composing.service import draft_of
from app.sendouts.judgement import judgement_of
from app.sendouts.keeping import forget_people, keep_people
from app.sendouts.local_hours import Hour, hours_of, zones_of
from app.sendouts.reviewing.service import check
from app.sendouts.running import OF_THE_SCHEDULE, UNDO_SECONDS, Actor

FURTHEST = timedelta(days=366)
_YEARS = range(2000, 3000)  # of which any hour is an instant wherever one lives
OWN_CLOCK = "own"  # stands for a zone: each person's
_OF_THE_START = (*OF_THE_SCHEDULE, "launched_at", "launched_by", "leaves_at", "held_reason", "held_trouble")


@dataclass(frozen=True, slots=True)
class Wish:
    """When a send-out is to start, as it was typed: a day and hour, in a zone or by each person's own clock.

    `late` is what those get whose hour has passed; None where nobody has asked yet. `is_todays`: whoever joins later gets nothing.
    """

    local: str
    zone: str
    late: LateChoice | None = None
    is_todays: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """When a send-out starts, as its row says it; the rest where everybody's own clock counts."""

    scheduled_at: datetime
    scheduled_local: datetime | None = None
    local_since_at: datetime | None = None
    late_choice: LateChoice | None = None


class SomeAreLate(Invalid):
    """It is past that hour already where some of the audience live, and nobody has said what they get."""

    def __init__(self, hours: Sequence[Hour]) -> None:
        super().__init__("It is past that hour already where some of them live: say what they get.", "late")
        self.hours = hours


def schedule(sendout_id: int, actor: Actor, wish: Wish, *, typed: int | None) -> None:
    """Let a draft start by itself. Raises Invalid for a time that is past, and for whatever stands against sending it.

    Raises SomeAreLate where that has to be decided first.
    """
    sendout = draft_of(sendout_id, actor)
    check(sendout, actor, typed)
    times = _by_own_clocks(sendout, wish) if wish.zone == OWN_CLOCK else Times(instant(wish.local, wish.zone))
    if not now() < times.scheduled_at < now() + FURTHEST:
        raise Invalid("Choose a time in the coming year.", "at")
    if wish.is_todays:
        keep_people(sendout)
    kept_at = now() if wish.is_todays else None
    scheduled = {
        "state": after(SendoutState.DRAFT, Verb.SCHEDULE), "launched_by": actor.user_id, "people_kept_at": kept_at, **asdict(times),
    }  # fmt: skip
    _move(sendout, Sendout.state == SendoutState.DRAFT, scheduled)


def unschedule(sendout: Sendout) -> None:
    """Make it a draft again, also where it was held at its hour. Raises Conflict where it has started meanwhile."""
    waits = or_(Sendout.state == SendoutState.SCHEDULED, and_(Sendout.state == SendoutState.HELD, Sendout.audience_count.is_(None)))
    _move(sendout, waits, {"state": SendoutState.DRAFT, **dict.fromkeys(_OF_THE_START)})
    forget_people(sendout.id)


def instant(local: str, zone: str) -> datetime:
    """What a date and time field holds, in a zone, as an instant. Raises Invalid. An hour that the clocks skip is the one after it."""
    if zone not in known_zones():
        raise Invalid("Choose a time zone.", "zone")
    return instant_in(_wall_clock(local), ZoneInfo(zone))


def _by_own_clocks(sendout: Sendout, wish: Wish) -> Times:
    """It starts when it is that hour for the first of them; at once where some are late and get it all the same."""
    moment, wall_clock = now(), _wall_clock(wish.local)
    hours = hours_of(zones_of(judgement_of(sendout)), wall_clock)
    late = [hour for hour in hours if hour.due <= moment]
    to_come = [hour.due for hour in hours if hour.due > moment]
    if not to_come:
        raise Invalid("It is past that hour already wherever they live: choose a later one.", "at")
    if late and wish.late is None:
        raise SomeAreLate(late)
    at_once = bool(late) and wish.late is LateChoice.NOW
    starts_at = moment + timedelta(seconds=UNDO_SECONDS) if at_once else to_come[0]
    return Times(starts_at, wall_clock, moment, wish.late or LateChoice.NOW)


def _wall_clock(local: str) -> datetime:
    try:
        naive = datetime.fromisoformat(local)
    except ValueError as error:
        raise Invalid("Choose a day and a time.", "at") from error
    if naive.tzinfo is not None or naive.year not in _YEARS:
        raise Invalid("Choose a day and a time.", "at")
    return naive


def _move(sendout: Sendout, waits: ColumnElement[bool], values: dict[str, object]) -> None:
    if rows_changed(update(Sendout).where(Sendout.id == sendout.id, waits).values(values)) != 1:
        raise Conflict("It has changed meanwhile: look at the send-out again.")
    db.session.expire(sendout)
