"""How a send-out is getting on: how much has gone, how fast, until when, and why it waits if it does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownStatus
from app.extensions import db
from app.lib.clock import now
from app.messages.send_path import one_by_one_until
from app.models import Sendout
from app.reports.chips import Chip, Counts, Totals
from app.reports.details.later import Later, later_of
from app.web.installation import settings

WINDOW_SECONDS = 30
BUSY_SECONDS = 2  # between two looks at a send-out under way
QUIET_SECONDS = 10  # and at one that has gone, while something is still heard of it
QUIET_AFTER = timedelta(minutes=10)
STUCK_AFTER = timedelta(seconds=60)
UNSEEN_AFTER = timedelta(seconds=90)  # a worker says that it is alive every 15 to 30 seconds

_LATELY = text("""
    SELECT coalesce(sum(message_count), 0) AS gone, min(claimed_at) AS since
    FROM batches WHERE sendout_id = :sendout_id AND state = 'done' AND claimed_at > now() - make_interval(secs => :window)""")
_SLOWED = text("""
    SELECT ready_at FROM batches
    WHERE sendout_id = :sendout_id AND state = 'ready' AND attempt > 0 AND ready_at > now() - interval '5 seconds' LIMIT 1""")
_FALLBACKS = text("""
    SELECT count(*) AS people, max(fallback_until) AS until FROM messages
    WHERE sendout_id = :sendout_id AND fallback_until IS NOT NULL AND status = 'pending'""")
_ASLEEP = text("""
    SELECT coalesce(sum(message_count), 0) AS texts, min(quiet_until) AS first, max(quiet_until) AS last FROM batches
    WHERE sendout_id = :sendout_id AND channel = 'sms' AND state = 'ready' AND quiet_until > now()""")
_DOUBTS = text("""
    SELECT count(*) FILTER (WHERE b.claimed_at > now() - make_interval(secs => :window)) AS young,
           count(*) FILTER (WHERE b.claimed_at <= now() - make_interval(secs => :window)
                              AND b.doubt_left_at IS NULL) AS old
    FROM messages m JOIN batches b ON b.id = m.batch_id
    WHERE m.sendout_id = :sendout_id AND m.status = 'in_doubt'""")
_WORKER_SEEN = text("SELECT max(seen_at) FROM heartbeats WHERE kind LIKE 'worker%'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing leaves at the moment, for people; `until` when it goes on by itself, if that is known."""

    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The line of truth, and what stands around it. `parts` add up to `everything`.

    `one_by_one_until`: e-mails go in single calls for now, because Amazon slows bulk ones down.
    """

    parts: tuple[tuple[int, str], ...]
    everything: int
    old_doubts: int = 0
    per_second: float = 0.0
    seconds_left: int | None = None
    last_progress_at: datetime | None = None
    waiting: Waiting | None = None
    refresh_seconds: int | None = None
    fallbacks: int = 0
    one_by_one_until: datetime | None = None
    later: Sequence[Later] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read about a send-out under way."""

    sendout: Sendout
    to_go: int
    fallbacks: int = 0
    fallback_until: datetime | None = None
    slowed_until: datetime | None = None
    young_doubts: int = 0
    asleep: int = 0
    asleep_until: datetime | None = None
    later: Sequence[Later] = ()
    instant: datetime = field(default_factory=now)

    @property
    def is_asleep(self) -> bool:
        """Whether nothing is left but what waits for people's quiet hours to end, or for an hour of their own."""
        waits = self.asleep + self.until_later
        return waits > 0 and waits >= self.to_go - self.fallbacks

    @property
    def until_later(self) -> int:
        """How many messages wait for their people's own hour."""
        return sum(each.messages for each in self.later)


def progress_of(sendout: Sendout, counts: Counts, chip: Chip) -> Progress:
    """Where a send-out stands at this moment."""
    totals = Totals.of(sendout, counts)
    parts = _parts(counts)
    doubts = _ask(_DOUBTS, sendout, window=settings().settle_seconds) if totals.in_doubt else None
    seen = _look(sendout, totals, doubts.young if doubts else 0)
    speed = _speed(sendout) if sendout.state == SendoutState.RUNNING and totals.unfinished else 0.0
    going = max(0, totals.unfinished - seen.fallbacks - seen.asleep - seen.until_later)
    return Progress(
        parts,
        sum(people for people, _ in parts),
        old_doubts=doubts.old if doubts else 0,
        per_second=speed,
        seconds_left=int(going / speed) + 1 if speed and going else None,
        last_progress_at=sendout.last_progress_at,
        waiting=None if chip.is_finished else _why_waiting(seen),
        refresh_seconds=_refresh_seconds(sendout, chip, is_asleep=seen.is_asleep),
        fallbacks=seen.fallbacks,
        one_by_one_until=_one_by_one_until(sendout) if going and not chip.is_finished else None,
        later=seen.later,
    )


def _one_by_one_until(sendout: Sendout) -> datetime | None:
    is_sending_mail = sendout.state == SendoutState.RUNNING and Channel.EMAIL in ChannelPlan(sendout.channel_plan).channels
    return one_by_one_until() if is_sending_mail else None


def _parts(counts: Counts) -> tuple[tuple[int, str], ...]:
    """What became of every row as far as handing over goes: everything that is not one of the others has gone."""
    shown = {status: sum(each.shown.get(status, 0) for each in counts.values()) for status in ShownStatus}
    to_go = shown[ShownStatus.PENDING] + shown[ShownStatus.SENDING]
    doubtful, skipped, cancelled = shown[ShownStatus.IN_DOUBT], shown[ShownStatus.SKIPPED], shown[ShownStatus.CANCELLED]
    gone = sum(shown.values()) - to_go - doubtful - skipped - cancelled
    named = ((gone, "gone out"), (to_go, "still to go"), (doubtful, "in doubt"), (skipped, "skipped"), (cancelled, "cancelled"))
    return tuple((people, words) for people, words in named if people or words == "gone out")


def _look(sendout: Sendout, totals: Totals, young_doubts: int) -> _Seen:
    if sendout.state != SendoutState.RUNNING or not totals.unfinished:
        return _Seen(sendout, totals.unfinished, young_doubts=young_doubts)
    fallbacks = _ask(_FALLBACKS, sendout) if ChannelPlan(sendout.channel_plan).fallback else None
    slowed = db.session.scalar(_SLOWED, {"sendout_id": sendout.id})
    asleep = _ask(_ASLEEP, sendout)
    return _Seen(
        sendout,
        totals.unfinished,
        fallbacks=fallbacks.people if fallbacks else 0,
        fallback_until=fallbacks.until if fallbacks else None,
        slowed_until=slowed,
        young_doubts=young_doubts,
        asleep=asleep.texts,
        asleep_until=asleep.last,
        later=later_of(sendout),
    )


def _speed(sendout: Sendout) -> float:
    """Hand-overs a second over the last half minute."""
    lately = _ask(_LATELY, sendout, window=WINDOW_SECONDS)
    if not lately.gone:
        return 0.0
    seconds: float = (now() - lately.since).total_seconds()
    return float(lately.gone) / max(1.0, seconds)


def _why_waiting(seen: _Seen) -> Waiting | None:
    by_state = {
        SendoutState.LAUNCHING: _before_start,
        SendoutState.PAUSED: lambda _: Waiting("Paused: nothing leaves until somebody presses Resume."),
        SendoutState.HELD: lambda held: Waiting(held.sendout.held_reason or "It was stopped for a person to look at."),
        SendoutState.RUNNING: _under_way,
    }
    why = by_state.get(SendoutState(seen.sendout.state))
    return why(seen) if why else None


def _before_start(seen: _Seen) -> Waiting | None:
    leaves_at = seen.sendout.leaves_at
    if leaves_at is not None and leaves_at > seen.instant:
        return Waiting("Nothing has left yet: it can still be undone.")
    if leaves_at is not None and leaves_at < seen.instant - STUCK_AFTER:
        return _no_worker(seen.instant) or Waiting("Waiting for its turn to start.")
    return Waiting("Putting the audience together.")


def _under_way(seen: _Seen) -> Waiting | None:
    if not seen.to_go:
        return Waiting(f"Finding out whether {seen.young_doubts:,} of them arrived: the connection broke.") if seen.young_doubts else None
    return _held_back(seen) or _slow(seen)


def _held_back(seen: _Seen) -> Waiting | None:
    """What is not to go yet."""
    sendout = seen.sendout
    if seen.to_go == seen.fallbacks:
        first, _ = ChannelPlan(sendout.channel_plan).channels
        other = "e-mail" if first is Channel.EMAIL else "text"
        return Waiting(f"{seen.fallbacks:,} wait for their {other}: they get the other message only if it fails.", seen.fallback_until)
    if seen.is_asleep and seen.later:
        return Waiting("The rest waits for its hour, by the clock of each person.", max(each.due for each in seen.later))
    if seen.is_asleep:
        return Waiting(f"{_texts(seen.asleep)} for quiet hours to end where the people are.", seen.asleep_until)
    if sendout.first_part_to is not None and sendout.first_part_passed_at is None:
        return Waiting("A first part goes ahead. The rest follows by itself as soon as it is clear that all is well with it.")
    return None


def _slow(seen: _Seen) -> Waiting | None:
    """Why what may go does not."""
    if seen.slowed_until is not None:
        return Waiting("The delivery service asked us to slow down; it goes on by itself.")
    last = seen.sendout.last_progress_at
    if last is None or last < seen.instant - STUCK_AFTER:
        return _no_worker(seen.instant) or Waiting("Waiting for its turn: others are being sent first.")
    return None


def _texts(count: int) -> str:
    return "1 text waits" if count == 1 else f"{count:,} texts wait"


def _no_worker(instant: datetime) -> Waiting | None:
    seen_at = db.session.scalar(_WORKER_SEEN)
    if seen_at is not None and seen_at > instant - UNSEEN_AFTER:
        return None
    return Waiting("The program that sends is not running. Nothing is lost; tell whoever runs this service.")


def _refresh_seconds(sendout: Sendout, chip: Chip, *, is_asleep: bool) -> int | None:
    """How soon to look again; None once nothing more is to be expected."""
    state = SendoutState(sendout.state)
    if is_asleep:
        return QUIET_SECONDS
    if state is SendoutState.LAUNCHING or (state is SendoutState.RUNNING and not chip.is_finished):
        return BUSY_SECONDS
    heard_at = sendout.last_progress_at
    is_heard_of = heard_at is not None and heard_at > now() - QUIET_AFTER
    is_out = state in (SendoutState.RUNNING, SendoutState.PAUSED, SendoutState.HELD, SendoutState.CANCELLED)
    return QUIET_SECONDS if is_out and is_heard_of else None


def _ask(statement: Any, sendout: Sendout, **parameters: object) -> Any:
    return db.session.execute(statement, {"sendout_id": sendout.id, **parameters}).one()
