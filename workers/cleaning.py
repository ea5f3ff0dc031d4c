"""Throwing away what has served, a little at a time, so that nobody waits for it."""

import time
from collections.abc import Callable

from app.api.idempotency import forget_requests
from app.extensions import db
from app.messages.retention import STEPS, drop_traces
from app.participants.imports.service import forget_unstarted
from app.reports.privacy.callbacks import empty_callbacks
from workers.runtime import draining, job, only_one

AT_ONCE = 5_000
LONGEST_SECONDS = 20.0
_STEPS = (*STEPS, empty_callbacks, forget_requests, forget_unstarted)


@job
def clean_up() -> int:
    """One round; what it does not manage, the next one does. Returns how many rows it touched."""
    with only_one("clean-up") as mine:
        if not mine:
            return 0
        touched = drop_traces()
        db.session.commit()
        return touched + sum(_all_of(step) for step in _STEPS)


def _all_of(step: Callable[[int], int]) -> int:
    deadline = time.monotonic() + LONGEST_SECONDS / len(_STEPS)
    touched = 0
    while not draining.asked and time.monotonic() < deadline:
        count = step(AT_ONCE)
        db.session.commit()
        touched += count
        if count < AT_ONCE:
            break
    return touched
