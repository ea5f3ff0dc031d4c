"""From a person's Pause to the last hand-over."""

import time

from app.domain.channels import Channel
from app.extensions import db
from app.sendouts.running import Actor
from app.sendouts.running import pause as press_pause
from bench.plan import Bench, Result
from bench.workers import wait_until_taken, workers
from bench.world import compose, list_of, start, vacuum

UNDER_WAY = 2_000  # messages, before it is paused
QUIET_SECONDS = 2.0


def pause(bench: Bench) -> Result:
    """The longest of some rounds: a promise to a person is kept every time."""
    found = [_paused(bench) for _ in range(max(3, bench.size.rounds))]
    return {"seconds": round(max(found), 3), "all_seconds": [round(each, 3) for each in found]}


def _paused(bench: Bench) -> float:
    sendout_id = compose(bench.club, list_of(bench.club, bench.size.email, only_plain=True), Channel.EMAIL)
    vacuum()
    with workers(bench.ground, "sending=2", "default"):
        bench.ground.forget()
        start(bench.club, sendout_id)
        wait_until_taken(bench.ground, min(UNDER_WAY, bench.size.email // 4))
        press_pause(sendout_id, Actor(bench.club.id, None))
        db.session.commit()
        pressed = time.monotonic()
        time.sleep(QUIET_SECONDS)
        return max(0.0, bench.ground.taken()[1] - pressed)
