"""Handing over: a slot takes batches, send-out after send-out in turns, until there is none or its time is over.

tokens → claim (commit 1, the hand-over mark) → call → record (commit 2, retried for as long as this process lives).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError

from app.domain.channels import Channel
from app.extensions import db, redis_client
from app.lib.clock import now
from app.messages.claiming import Claim, Work, claim, ready_work
from app.messages.recording import Recorded, record
from workers.carrying import Carrier, EmailSlot, TextSlot
from workers.runtime import draining, job, only_one

SLOT_SECONDS = 20
LONGEST_WAIT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places in which hand-overs happen: `number` of a channel, for urgent or for bulk."""

    channel: Channel
    number: int
    is_urgent: bool

    @property
    def name(self) -> str:
        """Its name, for its lock and its job."""
        return f"{'urgent' if self.is_urgent else 'send'}-{self.channel}-{self.number}"


@job
def send_slot(channel: str, number: int, is_urgent: int) -> int:
    """Hand over for at most 20 seconds. Returns how many messages were accepted. One process at a time holds a slot."""
    slot = Slot(Channel(channel), number, bool(is_urgent))
    with only_one(slot.name) as mine:
        return _work(slot) if mine else 0


def _work(slot: Slot) -> int:
    carrier: Carrier = EmailSlot() if slot.channel is Channel.EMAIL else TextSlot()
    turns = Turns(slot)
    deadline = time.monotonic() + SLOT_SECONDS
    accepted = 0
    while time.monotonic() < deadline and not draining.asked:
        work = turns.next_work()
        if work is None:
            break
        try:
            recorded = hand_over_next(work, carrier)
        except RedisError:
            log.warning("no Redis, no sending", slot=slot.name)
            break
        if recorded is None:
            turns.leave(work)
            continue
        accepted += recorded.accepted_count
        if recorded.wait_seconds > LONGEST_WAIT_SECONDS:
            break
        time.sleep(recorded.wait_seconds)
    return accepted


@dataclass(slots=True)
class Turns:
    """Whose turn it is: organisations one after the other, and their send-outs one after the other."""

    slot: Slot
    queue: list[Work] = field(default_factory=list)
    looked_at: float = 0.0

    def next_work(self) -> Work | None:
        """The next send-out in turn; None when nothing is ready for this slot."""
        if not self.queue or time.monotonic() - self.looked_at > LOOK_AGAIN_SECONDS:
            self._look()
        if not self.queue:
            return None
        work = self.queue.pop(0)
        self.queue.append(work)
        return work

    def leave(self, work: Work) -> None:
        """There was nothing left of it."""
        self.queue = [each for each in self.queue if each != work]

    def _look(self) -> None:
        previous = {work: place for place, work in enumerate(self.queue)}
        ready = ready_work(self.slot.channel, is_urgent=self.slot.is_urgent)
        db.session.rollback()
        self.queue = sorted(_in_turns(ready), key=lambda work: previous.get(work, -1)) if previous else list(_in_turns(ready))
        self.looked_at = time.monotonic()


def _in_turns(ready: list[Work]) -> Iterator[Work]:
    by_organisation: dict[int, list[Work]] = {}
    for work in ready:
        by_organisation.setdefault(work.organisation_id, []).append(work)
    for works in zip_longest(*by_organisation.values()):
        yield from (work for work in works if work is not None)


def hand_over_next(work: Work, carrier: Carrier) -> Recorded | None:
    """Take the next batch of a send-out all the way. None when it has none; raises RedisError when the rate cannot be asked.

    When the tokens must be waited for, nothing is claimed and the wait is in what it returns.
    """
    bucket = carrier.bucket(work)
    wait = bucket.take(redis_client.client, bucket.batch_size)
    if wait > 0:
        return Recorded(0, wait)
    claimed = claim(work, carrier.channel)
    db.session.commit()
    if claimed is None:
        bucket.settle(redis_client.client, bucket.batch_size, 0)
        return None
    handed = carrier.hand_over(claimed)
    recorded = persistently(lambda: record(claimed, handed.outcomes, segments=handed.segments), claimed)
    bucket.settle(redis_client.client, bucket.batch_size, handed.tokens)
    return recorded


def persistently(write: Callable[[], Recorded], claimed: Claim) -> Recorded:
    """Write and commit, again and again while the database is away: what the provider answered must not be lost while we live."""
    pause = 0.1
    while True:
        try:
            recorded = write()
            db.session.commit()
        except (OperationalError, DBAPIError) as problem:
            db.session.rollback()
            log.warning("outcome not written yet", batch_id=claimed.batch_id, problem=type(problem).__name__, at=str(now()))
            time.sleep(pause)
            pause = min(5.0, pause * 2)
        else:
            return recorded
