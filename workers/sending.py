"""Handing over: a slot takes batches, send-out after send-out in turns, until there is none or its time is over.

tokens → claim (commit 1, the hand-over mark) → call → record (commit 2, retried for as long as this process lives).

What only read ends with a commit, too: at a rollback psycopg forgets what it has prepared, and has it parsed and planned anew.

A slot that has much to do, and waits for much of its time, gets more lanes, threads that do the same: one works while the
others wait for the provider or the database. Where one is busy all the time, they would only be in each other's way.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from app.domain.channels import Channel
from app.extensions import commit_each_statement, db, is_each_committed, redis_client
from app.lib.clock import now
from app.messages.claiming import Claim, Work, claim
from app.messages.recording import Recorded, is_recorded_at_once, record
from app.messages.settling import expire_slot
from workers.carrying import Carrier, EmailSlot, HandedOver, TextSlot
from workers.runtime import draining, job, only_one
from workers.slots import Slot, ask_for_slots
from workers.turns import Turns

SLOT_SECONDS = 20
LONGEST_WAIT_SECONDS = 1.0
TAKEN_PAUSE_SECONDS = 0.1  # another has its last batch in its hands
LANES = 4
MUCH = 100  # messages that one lane has handed over before the others join it
WORTH_LANES = 1.6  # times as long as it worked: bulk calls take twice that and more on one machine, single ones hardly longer

log = structlog.get_logger(__name__)


@job
def send_slot(channel: str, number: int, is_urgent: int) -> int:
    """Hand over for at most 20 seconds. Returns how many messages were accepted. One process at a time holds a slot."""
    slot = Slot(Channel(channel), number, bool(is_urgent))
    deadline = time.monotonic() + SLOT_SECONDS
    with only_one(slot.name) as mine:
        if not mine:
            return 0
        expire_slot(slot.name)  # what is still open in this slot was left there by one who died
        db.session.commit()
        accepted = _work(slot, deadline)
    if time.monotonic() >= deadline:
        ask_for_slots()  # there was work to the last moment, and the schedule may look half a second later
    return accepted


def _work(slot: Slot, deadline: float) -> int:
    kind: type[EmailSlot | TextSlot] = EmailSlot if slot.channel is Channel.EMAIL else TextSlot
    carrier: Carrier = kind(is_urgent=slot.is_urgent)
    began, worked = time.monotonic(), time.thread_time()
    accepted = 0
    with ThreadPoolExecutor(LANES - 1, thread_name_prefix="lane") as pool:
        others: list[Future[int]] = []
        for count in _accepted_counts(slot, carrier, deadline):
            accepted += count
            if accepted >= MUCH and not others and _waits(time.monotonic() - began, time.thread_time() - worked):
                others = [pool.submit(_other_lane, slot, carrier, deadline) for _ in range(LANES - 1)]
    return accepted + sum(other.result() for other in others)


def _waits(passed: float, worked: float) -> bool:
    return passed > WORTH_LANES * worked


@job
def _other_lane(slot: Slot, carrier: Carrier, deadline: float) -> int:
    return sum(_accepted_counts(slot, carrier, deadline))


def _accepted_counts(slot: Slot, carrier: Carrier, deadline: float) -> Iterator[int]:
    """Batch after batch, until nothing is ready or the time is over: how many of each were accepted."""
    turns = Turns(slot.channel, slot.is_urgent)
    while time.monotonic() < deadline and not draining.asked:
        work = turns.next_work()
        if work is None:
            if not _rested(turns):
                break
            continue
        try:
            recorded = hand_over_next(work, carrier, slot.name)
        except RedisError:
            log.warning("no Redis, no sending", slot=slot.name)
            break
        yield recorded.accepted_count if recorded else 0
        turns.rest(work, recorded.wait_seconds if recorded else TAKEN_PAUSE_SECONDS)


def _rested(turns: Turns) -> bool:
    """Wait until somebody may go on; False when that is not worth staying for."""
    wait = turns.wait_seconds
    if wait is None or wait > LONGEST_WAIT_SECONDS:
        return False
    time.sleep(wait)
    return True


def hand_over_next(work: Work, carrier: Carrier, slot: str) -> Recorded | None:
    """Take the next batch of a send-out all the way. None when it has none; raises RedisError when the rate cannot be asked.

    When the tokens must be waited for, nothing is claimed and the wait is in what it returns.
    """
    bucket = carrier.bucket(work)
    wait = bucket.take(redis_client.client, bucket.batch_size)
    if wait > 0:
        return Recorded(0, wait)
    _begin(is_one_statement=work.is_claimed_at_once)
    claimed = claim(work, carrier.channel, slot=slot)
    _commit()
    if claimed is None:
        bucket.settle(redis_client.client, bucket.batch_size, 0)
        return None
    handed = carrier.hand_over(claimed)
    recorded = persistently(lambda: _record(claimed, handed), claimed)
    bucket.settle(redis_client.client, bucket.batch_size, handed.tokens)
    if recorded.hold is None:  # what holds one send-out is no reason for others to wait
        bucket.rest(redis_client.client, recorded.wait_seconds)
    carrier.learn(handed, bucket)
    return recorded


def _record(claimed: Claim, handed: HandedOver) -> Recorded:
    _begin(is_one_statement=is_recorded_at_once(handed.outcomes))
    return record(claimed, handed.outcomes, segments=handed.segments)


def _begin(*, is_one_statement: bool) -> None:
    """One statement needs no transaction around it; from batch to batch the connection stays as it is."""
    if is_one_statement:
        commit_each_statement()
    elif is_each_committed():
        db.session.commit()


def _commit() -> None:
    """The mark in the ledger: what was written is there for good, whoever dies."""
    if not is_each_committed():
        db.session.commit()


def persistently(write: Callable[[], Recorded], claimed: Claim) -> Recorded:
    """Write and commit, again and again while the database is away or a standby: what the provider answered must not be lost while we live.

    Anything else that it refuses, it would refuse for ever: that is raised, and the batch ends in doubt.
    """
    pause = 0.1
    while True:
        try:
            recorded = write()
            _commit()
        except (OperationalError, InterfaceError, InternalError) as problem:
            db.session.rollback()
            if isinstance(problem, InternalError) and not isinstance(problem.orig, ReadOnlySqlTransaction):
                raise
            log.warning("outcome not written yet", batch_id=claimed.batch_id, problem=type(problem).__name__, at=str(now()))
            time.sleep(pause)
            pause = min(5.0, pause * 2)
        else:
            return recorded
