"""What a message costs in a send-out of a million against one of ten thousand: worker and PostgreSQL, the two in turns."""

import time

from sqlalchemy import text

from app.extensions import db
from app.messages.claiming import Work
from bench.figures.resolve import resolved_sendout
from bench.ground import NotMeasured
from bench.plan import Bench, Result, middle
from bench.workers import wait_until_resolved, workers
from bench.world import scalar, start, vacuum
from workers.carrying import EmailSlot
from workers.sending import hand_over_next

BATCH = 50
SLOT = "bench"


def growth(bench: Bench) -> Result:
    """Slices of the large one between whole small ones; a round is one of each."""
    large = _frozen(bench, bench.size.many)
    small = [_frozen(bench, bench.size.few) for _ in range(bench.size.growth_rounds)]
    vacuum()
    carrier = EmailSlot()
    _cost(bench, large, carrier)  # warm-up
    pairs = [(_cost(bench, large, carrier), _cost(bench, each, carrier)) for each in small]
    return {
        "cost_ratio": round(middle([many for many, _ in pairs]) / middle([few for _, few in pairs]), 3),
        "cpu_ms_per_message_many": middle([many for many, _ in pairs]),
        "cpu_ms_per_message_few": middle([few for _, few in pairs]),
        "pairs": pairs,
    }


def _frozen(bench: Bench, count: int) -> int:
    """A send-out with all its messages in the ledger and none handed over; paused."""
    unused = "SELECT max(id) FROM sendouts WHERE audience_count = :count AND first_accepted_at IS NULL AND state = 'paused'"
    found = scalar(unused, count=count)
    sendout_id = int(found) if found else resolved_sendout(bench, count)
    if not found:
        with workers(bench.ground, "default"):
            start(bench.club, sendout_id)
            wait_until_resolved(sendout_id)
    _let("running", sendout_id)  # taken, so that the next one is another
    db.session.execute(text("UPDATE sendouts SET first_accepted_at = now() WHERE id = :id"), {"id": sendout_id})
    db.session.commit()
    return sendout_id


def _cost(bench: Bench, sendout_id: int, carrier: EmailSlot) -> float:
    """CPU milliseconds for each message of one slice, in this process and PostgreSQL."""
    work = Work(sendout_id, bench.club.id)
    taken = 0
    own, servers = time.process_time(), bench.ground.meter.cpu_seconds()["postgresql"]
    while taken < bench.size.slice:
        recorded = hand_over_next(work, carrier, SLOT)
        if recorded is None:
            break
        taken += recorded.accepted_count
    used = time.process_time() - own + bench.ground.meter.cpu_seconds()["postgresql"] - servers
    if taken < bench.size.slice * 9 // 10:
        raise NotMeasured(f"only {taken} messages were there to hand over")
    return round(1000 * used / taken, 4)


def _let(state: str, sendout_id: int) -> None:
    db.session.execute(text("UPDATE sendouts SET state = :state WHERE id = :id"), {"state": state, "id": sendout_id})
    db.session.commit()
