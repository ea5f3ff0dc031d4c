"""Taking tasks and writing down what became of them. Two commits around each call: a task whose end is unknown is not done again."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import SmallInteger, and_, case, cast, select, update

from app.domain.replies import TaskKind, TaskState
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.storable import storable_text
from app.models import ReplyTask
from app.providers.base import Accepted, Outcome, Refused, Throttled

GIVEN_UP_AFTER = timedelta(hours=24)
FOLDED = (TaskKind.ANNOUNCE_EMAIL, TaskKind.ANNOUNCE_TEXT)
_STILL_THROTTLED = "It could not be sent for a day: {}"


@dataclass(frozen=True, slots=True)
class End:
    """What became of a task; with `wait_seconds` it is due again."""

    state: TaskState
    words: str | None = None
    provider_ref: str | None = None
    segments: int | None = None
    sendout_id: int | None = None
    wait_seconds: float = 0.0


def skipped(words: str) -> End:
    """It was not to be done after all, and why."""
    return End(TaskState.SKIPPED, words)


def put_off(seconds: float, words: str) -> End:
    """Not now."""
    return End(TaskState.DUE, words, wait_seconds=seconds)


def end_of(outcome: Outcome, segments: int | None = None) -> End:
    """What a provider's answer makes of a task."""
    if isinstance(outcome, Accepted):
        return End(TaskState.DONE, provider_ref=outcome.ref, segments=outcome.segments or segments)
    if isinstance(outcome, Throttled):
        return put_off(outcome.retry_after_seconds, outcome.words)
    if isinstance(outcome, Refused):
        return End(TaskState.FAILED, outcome.words)
    return End(TaskState.IN_DOUBT, outcome.why)


def take_task() -> list[ReplyTask]:
    """Take the next task that is due, with all others of its person's that are told in one go; none when nothing is due.

    The caller commits before it does anything.
    """
    due = select(ReplyTask).where(ReplyTask.state == TaskState.DUE, ReplyTask.due_at <= now())
    first = db.session.scalars(due.order_by(ReplyTask.due_at, ReplyTask.id).limit(1).with_for_update(skip_locked=True)).first()
    if first is None:
        return []
    taken = [first]
    if first.kind in FOLDED:
        same = and_(
            ReplyTask.organisation_id == first.organisation_id,
            ReplyTask.kind == first.kind,
            ReplyTask.address == first.address,
            ReplyTask.state == TaskState.DUE,
        )
        taken = list(db.session.scalars(select(ReplyTask).where(same).order_by(ReplyTask.id).with_for_update(skip_locked=True)))
    for task in taken:
        task.state, task.claimed_at = TaskState.DOING, now()
    db.session.flush()
    return taken


def finish(task_ids: list[int], end: End) -> int:
    """Write down what became of tasks in our hands; returns how many still were. The first of them bears the cost."""
    instant = now()
    is_first = ReplyTask.id == min(task_ids)
    ended = update(ReplyTask).where(ReplyTask.id.in_(task_ids), ReplyTask.state == TaskState.DOING)
    words = storable_text(end.words) if end.words else None
    if end.state is not TaskState.DUE:
        values = {"state": end.state, "done_at": instant, "provider_ref": end.provider_ref, "sendout_id": end.sendout_id}
        segments = case((is_first, cast(end.segments, SmallInteger)))
        return rows_changed(ended.values(claimed_at=None, words=words, segments=segments, **values))
    is_old = ReplyTask.created_at < instant - GIVEN_UP_AFTER
    again = {"state": TaskState.DUE, "due_at": instant + timedelta(seconds=end.wait_seconds), "words": words}
    given_up = {"state": TaskState.FAILED, "done_at": instant, "words": _STILL_THROTTLED.format(words)}
    count = rows_changed(ended.where(is_old).values(claimed_at=None, **given_up))
    return count + rows_changed(ended.values(claimed_at=None, **again))


def recover() -> int:
    """Judge what a dead worker had in its hands; returns how many. The caller holds the job's name, so nobody is at them.

    An automatic answer is one send-out however often it is asked for, so that goes again; whether anything else left is unknown.
    """
    is_repeatable = ReplyTask.kind == TaskKind.AUTO_REPLY
    dead = update(ReplyTask).where(ReplyTask.state == TaskState.DOING)
    again = rows_changed(dead.where(is_repeatable).values(state=TaskState.DUE, claimed_at=None))
    unknown = {"state": TaskState.IN_DOUBT, "done_at": now(), "words": "The worker died while it was being sent; it may have gone."}
    return again + rows_changed(dead.where(~is_repeatable).values(claimed_at=None, **unknown))
