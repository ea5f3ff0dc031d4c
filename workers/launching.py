"""Starting a send-out: the audience is frozen, then written into the ledger: a small chunk first, then large ones, two at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from redis.exceptions import RedisError

from app.extensions import db
from app.messages.quota import ses_rate
from app.messages.rates import BATCH_LIMIT, Bucket
from app.models import Sender, Sendout
from app.sendouts.freezing import (
    BatchSizes,
    chunks_at_once,
    chunks_left,
    end_freeze,
    freeze_audience,
    freeze_beside,
    freeze_chunk,
)
from app.sendouts.reviewing.starting import hold_if_wrong
from app.web.installation import providers
from workers.runtime import draining, job, only_one
from workers.slots import ask_for_slots


@job
def launch_sendout(sendout_id: int) -> None:
    """Freeze and write until it is done; begun again after a death, it goes on where it was. What was scheduled is looked at first."""
    with only_one(f"launch-{sendout_id}") as mine:
        if not mine:
            return
        if hold_if_wrong(sendout_id):
            db.session.commit()
            return
        db.session.rollback()
        freeze_audience(sendout_id)
        db.session.commit()
        sizes = batch_sizes(sendout_id)
        if draining.asked:
            return
        is_more = freeze_chunk(sendout_id, sizes)
        db.session.commit()
        ask_for_slots()  # the first leave while the others are written
        if is_more:
            _freeze_rest(sendout_id, sizes)


def _freeze_rest(sendout_id: int, sizes: BatchSizes) -> None:
    chunks, at_once = iter(chunks_left(sendout_id)), chunks_at_once(sendout_id)
    db.session.commit()
    with ThreadPoolExecutor(at_once, thread_name_prefix="freeze") as pool:
        lanes = [pool.submit(_freeze_chunks, sendout_id, sizes, chunks) for _ in range(at_once)]
    for lane in lanes:
        lane.result()
    end_freeze(sendout_id)
    db.session.commit()


@job
def _freeze_chunks(sendout_id: int, sizes: BatchSizes, chunks: Iterator[int]) -> None:
    """Take chunk after chunk of those that no other lane has taken."""
    for number in chunks:
        if draining.asked:
            return
        freeze_beside(sendout_id, sizes, number)
        db.session.commit()


def batch_sizes(sendout_id: int) -> BatchSizes:
    """A second's worth of what the account and the sender allow, at most 50: as many where SES does not say, since they stay so large."""
    try:
        rate = ses_rate(providers().account_quota, unknown=float(BATCH_LIMIT))
    except RedisError:
        rate = float(BATCH_LIMIT)
    sendout = db.session.get_one(Sendout, sendout_id)
    sender = db.session.get(Sender, sendout.sms_sender_id) if sendout.sms_sender_id else None
    text_rate = sender.segments_per_second if sender else None
    return BatchSizes(Bucket("ses", rate).batch_size, Bucket("sms", text_rate).batch_size)
