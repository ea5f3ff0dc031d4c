"""Putting receipts into effect: the job behind app.callbacks.service, one at a time."""

import time

import structlog
from sqlalchemy.exc import OperationalError

from app.callbacks.service import apply_due_receipts
from app.extensions import db
from workers.runtime import draining, job, only_one

LINGER_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.2
LONGEST_SECONDS = 300.0

log = structlog.get_logger(__name__)


@job
def apply_receipts() -> int:
    """Apply receipts, set by set, until none has come for a while. Returns how many; 0 when another process is at it."""
    with only_one("apply-receipts") as mine:
        return drain() if mine else 0


def drain(linger_seconds: float = LINGER_SECONDS) -> int:
    """Apply what is due and what comes until nothing has for so long, or until told to stop. Returns how many receipts it took."""
    taken = 0
    started = last_seen = time.monotonic()
    while not draining.asked and time.monotonic() - last_seen < linger_seconds and time.monotonic() - started < LONGEST_SECONDS:
        count = _apply_set()
        taken += count
        if count:
            last_seen = time.monotonic()
        else:
            time.sleep(LOOK_AGAIN_SECONDS)
    return taken


def _apply_set() -> int:
    """One set, one transaction; a deadlock or a database that went away costs nothing but time."""
    try:
        count = apply_due_receipts()
        db.session.commit()
    except OperationalError as problem:
        db.session.rollback()
        log.warning("receipts put off", problem=type(problem.orig).__name__)
        return 0
    return count
