"""Periodic work, in a loop of our own that outlives Redis and PostgreSQL: what is due, lost, empty or to be folded.

Each task runs under an advisory lock, so that any number of these loops may run. RQ's own cron ends when Redis is away.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.jobs import (
    ANNOUNCE_APPROVAL,
    APPLY_RECEIPTS,
    ASK_ACCOUNT,
    ASK_PRICES,
    CHECK_TEXTS,
    CLEAN_UP,
    FIND_INBOUND,
    LAUNCH,
    LAUNCH_URGENT,
    RUN_IMPORT,
    RUN_REPLY_TASKS,
    SETTLE,
    JobKind,
    ask_for,
)
from app.messages.counts import squash_deltas
from app.messages.guarding import watch
from app.messages.rates import BATCH_LIMIT
from app.messages.releasing import Position, release_fallbacks
from app.messages.settling import expire_leases, expire_slot, slots_in_use
from app.sendouts.running import cancel_ready
from workers.heartbeats import beat
from workers.runtime import application, draining, is_held, only_one
from workers.slots import ask_for_slots

TICK_SECONDS = 0.5
FOUND_TOO_LATE = "It was to start more than six hours ago. Look whether it is still useful, then resume or cancel it."

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Task:
    """Something to do every so often; `next_at` on the monotonic clock, which no clock jump moves."""

    run: Callable[[], None]
    every_seconds: float
    next_at: float = field(default=0.0)

    def is_due(self) -> bool:
        """Whether its time has come; moves the next time on."""
        if time.monotonic() < self.next_at:
            return False
        self.next_at = time.monotonic() + self.every_seconds
        return True


class Waiting:
    """How far this schedule has looked through what waits for the other channel; another begins at the first."""

    def __init__(self) -> None:
        self._position = Position()

    def release(self) -> None:
        """Look at the next rows."""
        self._position = release_fallbacks(BATCH_LIMIT, self._position).position
        db.session.commit()


waiting = Waiting()


def fill_slots() -> None:
    """Ask for a job for every free slot whose channel has work, and for the receipts that wait."""
    ask_for_slots()
    waiting = db.session.execute(text("SELECT EXISTS (SELECT FROM callback_receipts WHERE applied_at IS NULL AND due_at <= now())"))
    if waiting.scalar_one() and not is_held("apply-receipts"):
        ask_for(APPLY_RECEIPTS, "apply-receipts")
    db.session.commit()


def follow_replies() -> None:
    """Ask for the job that answers, forwards and announces received texts when something is due, or was left by a dead worker."""
    due = text("""SELECT EXISTS (SELECT FROM reply_tasks WHERE state = 'due' AND due_at <= now())
                  OR EXISTS (SELECT FROM reply_tasks WHERE state = 'doing')""")
    if db.session.execute(due).scalar_one() and not is_held("reply-tasks"):
        ask_for(RUN_REPLY_TASKS, "reply-tasks")
    db.session.commit()


def start_due() -> None:
    """Start what was scheduled for now, and ask again for launches and imports whose job was lost."""
    db.session.execute(
        text("""UPDATE sendouts SET state = CASE WHEN scheduled_at < now() - interval '6 hours' THEN 'held' ELSE 'launching' END,
                       held_reason = CASE WHEN scheduled_at < now() - interval '6 hours' THEN :too_late END,
                       launched_at = now(), leaves_at = now()
                WHERE state = 'scheduled' AND scheduled_at <= now()"""),
        {"too_late": FOUND_TOO_LATE},
    )
    db.session.commit()
    due = db.session.execute(
        text("""SELECT id, is_urgent FROM sendouts WHERE (state = 'launching' AND coalesce(leaves_at, now()) <= now())
                OR (audience_count IS NOT NULL AND frozen_at IS NULL)""")
    ).all()
    for sendout_id, is_urgent in due:
        if not is_held(f"launch-{sendout_id}"):
            ask_for(LAUNCH_URGENT if is_urgent else LAUNCH, f"launch-{sendout_id}", sendout_id)
    for (import_id,) in db.session.execute(text("SELECT id FROM participant_imports WHERE state = 'running'")).all():
        if not is_held(f"import-{import_id}"):
            ask_for(RUN_IMPORT, f"import-{import_id}", import_id)
    db.session.commit()


def sweep() -> None:
    """Put what a dead worker held in doubt, release what waited for the other channel, and finish cancellations."""
    expire_leases()
    db.session.commit()
    for slot in slots_in_use():
        with only_one(slot) as holder_is_dead:
            if holder_is_dead:
                expire_slot(slot)
                db.session.commit()
    waiting.release()
    for (sendout_id,) in db.session.execute(
        text("""SELECT s.id FROM sendouts s WHERE s.state = 'cancelled'
                AND (EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.state = 'ready')
                     OR EXISTS (SELECT FROM messages m
                                WHERE m.sendout_id = s.id AND m.status = 'pending' AND m.fallback_until IS NOT NULL))""")
    ).all():
        cancel_ready(sendout_id, None)
        db.session.commit()


def guard() -> None:
    """Let the rest of large send-outs follow their first part, or hold what goes wrong."""
    watch()
    db.session.commit()


def settle() -> None:
    """Ask for the settling job when something is in doubt."""
    if db.session.execute(text("SELECT EXISTS (SELECT FROM messages WHERE status = 'in_doubt')")).scalar_one() and not is_held("settle"):
        ask_for(SETTLE, "settle")
    db.session.commit()


def announce_approvals() -> None:
    """Ask for the e-mails about drafts that wait for approval, where the job was lost."""
    unannounced = text("""SELECT id FROM sendouts WHERE state = 'draft' AND approval_asked_at < now() - interval '5 seconds'
                          AND approval_decided_at IS NULL AND approval_announced_at IS NULL""")
    for sendout_id in db.session.scalars(unannounced).all():
        ask_for(ANNOUNCE_APPROVAL, f"announce-approval-{sendout_id}", sendout_id)
    db.session.commit()


def reconcile() -> None:
    """Ask for the inquiries about texts that are long on their way; the job itself knows whose turn it is."""
    _ask_alone(CHECK_TEXTS, "check-texts")


def find_inbound() -> None:
    """Ask for a look into Twilio's list of received texts."""
    _ask_alone(FIND_INBOUND, "find-inbound")


def find_prices() -> None:
    """Ask for a look into what Twilio has charged; the job itself knows whose turn it is."""
    _ask_alone(ASK_PRICES, "ask-prices")


def look_at_account() -> None:
    """Ask for a look at the SES account."""
    ask_for(ASK_ACCOUNT, "ask-account")


def clean_up() -> None:
    """Ask for what is old to be thrown away."""
    _ask_alone(CLEAN_UP, "clean-up")


def fold_counts() -> None:
    """Fold the counters' deltas into their totals."""
    squash_deltas()
    db.session.commit()


def sign_of_life() -> None:
    """Say that the schedule is alive, and forget processes that have been silent for a day; the web's silence is remembered."""
    beat(f"schedule@{os.uname().nodename}:{os.getpid()}", "schedule")
    db.session.execute(text("DELETE FROM heartbeats WHERE seen_at < now() - interval '1 day' AND name <> 'web'"))
    db.session.commit()


def _ask_alone(kind: JobKind, name: str) -> None:
    if not is_held(name):
        ask_for(kind, name)
    db.session.commit()


def tasks() -> list[Task]:
    """Everything periodic, with its interval."""
    every_tick = [Task(fill_slots, 0.5), Task(start_due, 1), Task(sweep, 1)]
    now_and_then = [
        Task(announce_approvals, 10),
        Task(reconcile, 60),
        Task(find_inbound, 600),
        Task(find_prices, 600),
        Task(look_at_account, 300),
        Task(clean_up, 3_600),
    ]
    often = [Task(guard, 2), Task(settle, 2), Task(follow_replies, 2), Task(fold_counts, 2), Task(sign_of_life, 10)]
    return [*every_tick, *often, *now_and_then]


def run_due(task: Task) -> None:
    """Run a task that is due, alone among all schedules; whatever is away is there again at the next tick."""
    try:
        with only_one(f"schedule-{task.run.__name__}") as mine:
            if mine:
                task.run()
    except (SQLAlchemyError, RedisError) as problem:
        log.warning("task put off", task=task.run.__name__, problem=type(problem).__name__)
    finally:
        db.session.remove()


def main(todo: Callable[[], list[Task]] = tasks) -> None:
    """Loop until told to stop."""
    signal.signal(signal.SIGTERM, draining.ask)
    signal.signal(signal.SIGINT, draining.ask)
    everything = todo()
    with application().app_context():
        while not draining.asked:
            for task in everything:
                if task.is_due():
                    run_due(task)
            time.sleep(TICK_SECONDS / 5)


if __name__ == "__main__":
    main()
