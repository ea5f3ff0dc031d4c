"""Starting a send-out: the audience is frozen, then written into the ledger chunk by chunk."""

from redis.exceptions import RedisError

from app.extensions import db
from app.messages.quota import ses_rate
from app.messages.rates import BATCH_LIMIT, Bucket
from app.models import Sender, Sendout
from app.sendouts.freezing import BatchSizes, freeze_audience, freeze_chunk
from app.sendouts.reviewing.starting import hold_if_wrong
from app.web.installation import providers
from workers.runtime import draining, job, only_one


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
        is_more = True
        while is_more and not draining.asked:
            is_more = freeze_chunk(sendout_id, sizes)
            db.session.commit()


def batch_sizes(sendout_id: int) -> BatchSizes:
    """A second's worth of what the account and the sender allow, at most 50."""
    try:
        rate = ses_rate(providers().account_quota)
    except RedisError:
        rate = float(BATCH_LIMIT)
    sendout = db.session.get_one(Sendout, sendout_id)
    sender = db.session.get(Sender, sendout.sms_sender_id) if sendout.sms_sender_id else None
    text_rate = sender.segments_per_second if sender else None
    return BatchSizes(Bucket("ses", rate).batch_size, Bucket("sms", text_rate).batch_size)
