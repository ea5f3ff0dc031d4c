"""Our workers and schedule while something is measured, and waiting for a send-out to be through."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.extensions import db
from bench.ground import Ground, NotMeasured, wait_until
from bench.world import scalar, statuses

WORKERS = "workers"
RARELY_SECONDS = 0.25


@contextmanager
def workers(ground: Ground, *queues: str, **settings: str) -> Iterator[None]:
    """`python -m workers` with these queues, and the schedule, both counted as workers; returns once all of them live."""
    began = scalar("SELECT clock_timestamp()")
    wanted = 1 + sum(int(queue.partition("=")[2] or 1) for queue in queues)
    with (
        ground.running(WORKERS, f"{sys.executable} -m workers {' '.join(queues)}", **settings),
        ground.running(WORKERS, f"{sys.executable} -m workers.schedule", **settings),
    ):
        alive = "SELECT count(*) FROM heartbeats WHERE seen_at > :began AND name <> 'web'"
        wait_until(lambda: scalar(alive, began=began) >= wanted, "the workers do not start", 120)
        time.sleep(1)
        yield


def wait_until_taken(ground: Ground, count: int) -> float:
    """Wait until the sink has so many; returns when the last came, which it knows: a look costs it and us as much as fifty messages."""
    wait_until(lambda: ground.taken()[0] >= count, f"the sink has not taken {count} messages", every=RARELY_SECONDS)
    return ground.taken()[1]


def wait_until_recorded(sendout_id: int, count: int) -> None:
    """Wait until every batch is done, then make sure that the ledger has everybody as sent."""
    left = "SELECT count(*) FROM batches WHERE sendout_id = :id AND state <> 'done'"
    wait_until(lambda: scalar(left, id=sendout_id) == 0, "batches stay open")
    found = statuses(sendout_id)
    if found.get("sent") != count:
        raise NotMeasured(f"the ledger has {found}, not {count} sent")


def wait_until_resolved(sendout_id: int) -> None:
    """Wait until every person of its audience has a row."""
    asked = "SELECT frozen_at IS NOT NULL FROM sendouts WHERE id = :id"
    wait_until(lambda: bool(scalar(asked, id=sendout_id)), "the audience is not resolved")


def finish(sendout_id: int) -> None:
    """Have nobody take anything more of a send-out that was only partly sent."""
    db.session.execute(text("UPDATE sendouts SET state = 'paused' WHERE id = :id"), {"id": sendout_id})
    db.session.commit()
