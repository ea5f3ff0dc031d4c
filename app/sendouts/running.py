"""The verbs on a send-out that has left the composer: launch, undo, pause, resume, cancel. Each is a compare-and-set."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text, update

from app.domain.sendout_state import SendoutState, Verb, after, allows
from app.extensions import db, rows_changed
from app.jobs import LAUNCH, LAUNCH_URGENT, enqueue_after_commit
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.messages.spending import require_budget
from app.models import Sendout
from app.sendouts.keeping import forget_people

UNDO_SECONDS = 20
URGENT_UNDO_SECONDS = 10
OF_THE_SCHEDULE = ("scheduled_at", "scheduled_local", "local_since_at", "late_choice", "people_kept_at")

_CANCEL_READY = text("""
    WITH stopped AS (
        UPDATE batches SET state = 'done' WHERE id IN (
            SELECT id FROM batches WHERE sendout_id = :sendout_id AND state = 'ready' ORDER BY id LIMIT 2000 FOR UPDATE)
        RETURNING id),
    locked AS (
        SELECT m.id FROM messages m
        WHERE m.sendout_id = :sendout_id AND m.status = 'pending'
          AND (m.batch_id IN (SELECT id FROM stopped) OR (m.batch_id IS NULL AND m.fallback_until IS NOT NULL))
        ORDER BY m.id FOR UPDATE)
    UPDATE messages SET status = 'cancelled', cancelled_by = :user_id, fallback_until = NULL FROM locked WHERE messages.id = locked.id""")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, for which organisation. `may_overspend`: an owner who has agreed to go beyond the month's budget."""

    organisation_id: int
    user_id: int | None
    may_overspend: bool = False


def launch(sendout_id: int, actor: Actor, *, undo_seconds: int | None = None) -> None:
    """Start a send-out: nothing leaves for the seconds in which it can be undone. Raises Conflict when it is no draft any more.

    Raises NotAllowed where the month's budget is used up, unless it is urgent or an owner has agreed.
    """
    sendout = _one(sendout_id, actor)
    if not (sendout.is_urgent or actor.may_overspend):
        require_budget(sendout.organisation_id)
    seconds = undo_seconds if undo_seconds is not None else URGENT_UNDO_SECONDS if sendout.is_urgent else UNDO_SECONDS
    instant = now()
    leaves_at = instant + timedelta(seconds=seconds)
    started = {"launched_at": instant, "launched_by": actor.user_id, "leaves_at": leaves_at}
    _move(sendout, Verb.LAUNCH, {**dict.fromkeys(OF_THE_SCHEDULE), **started})  # a scheduled one, too: who sends it now means everybody
    forget_people(sendout_id)
    if seconds == 0:
        enqueue_after_commit(LAUNCH_URGENT if sendout.is_urgent else LAUNCH, sendout.id, job_id=f"launch-{sendout.id}")


def undo_launch(sendout_id: int, actor: Actor) -> None:
    """Take Send back while nothing has left: a draft again. Raises Conflict when the seconds are over."""
    sendout = _one(sendout_id, actor)
    if sendout.leaves_at is None or sendout.leaves_at <= now() or sendout.audience_count is not None:
        raise Conflict("It is already going out. You can still pause or cancel it.")
    undone: dict[str, object] = {"state": SendoutState.DRAFT, "launched_at": None, "launched_by": None, "leaves_at": None}
    _set(sendout, (SendoutState.LAUNCHING,), undone)


def pause(sendout_id: int, actor: Actor) -> None:
    """Stop before the next hand-over; what a worker has in its hands still goes."""
    _move(_one(sendout_id, actor), Verb.PAUSE)


def resume(sendout_id: int, actor: Actor) -> None:
    """Go on after a pause, after whatever held it was put right, or all the same: what the guard rail held it for, it lets pass now."""
    sendout = _one(sendout_id, actor)
    values: dict[str, object] = {"held_reason": None}
    if sendout.audience_count is None:
        values["scheduled_at"] = None  # a person starts it now, whatever its hour was
    if sendout.held_trouble is not None:
        values |= {
            "held_trouble": None,
            "waived_troubles": [*sendout.waived_troubles, sendout.held_trouble],
            "first_part_passed_at": sendout.first_part_passed_at or now(),
        }
    _move(sendout, Verb.RESUME, values)


def cancel(sendout_id: int, actor: Actor) -> None:
    """End it: what waits becomes Cancelled, what is handed over keeps its story.

    The messages before the send-out, in the order in which events lock them: the other way round the two would wait for each other.
    """
    sendout = _one(sendout_id, actor)
    cancel_ready(sendout_id, actor.user_id)
    _move(sendout, Verb.CANCEL)
    forget_people(sendout_id)  # in the order of the start


def cancel_ready(sendout_id: int, user_id: int | None) -> int:
    """Cancel the batches of a cancelled send-out that are ready, at most 2,000 at once; the schedule calls it for what came ready later."""
    return rows_changed(_CANCEL_READY, {"sendout_id": sendout_id, "user_id": user_id})


def _one(sendout_id: int, actor: Actor) -> Sendout:
    found = db.session.scalars(
        select(Sendout).where(Sendout.id == sendout_id, Sendout.organisation_id == actor.organisation_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such send-out.")
    return found


def _move(sendout: Sendout, verb: Verb, values: dict[str, object] | None = None) -> None:
    """Apply a verb from whatever state the send-out is in, if that state allows it."""
    state = SendoutState(sendout.state)
    if not allows(state, verb):
        raise Conflict(f"This send-out is {state} by now, so that cannot be done any more.")
    _set(sendout, (state,), {"state": after(state, verb), **(values or {})})


def _set(sendout: Sendout, allowed: tuple[SendoutState, ...], values: dict[str, object]) -> None:
    """Compare-and-set: of two who press at once, one wins and the other is told."""
    if rows_changed(update(Sendout).where(Sendout.id == sendout.id, Sendout.state.in_(allowed)).values(values)) != 1:
        raise Conflict("Somebody was faster: look at the send-out again.")
    db.session.expire(sendout)
