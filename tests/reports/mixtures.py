"""Send-outs whose messages stand in any mixture of statuses, as the report's tests need them."""

from datetime import timedelta

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import Batch, Message, Organisation
from tests.factories import a_message, a_participant, a_sender, a_sendout, saved

FACTS = {
    "responded": "responded_at", "acknowledged": "acknowledged_at", "wrote_back": "wrote_back_at",
    "clicked": "clicked_at", "opened": "opened_at",
}  # fmt: skip
NOT_ACCEPTED = ("pending", "in_doubt", "skipped", "cancelled")


def a_running_sendout(organisation, plan=ChannelPlan.EMAIL, **values):
    """One that has been frozen; give it rows by `a_row`."""
    senders = {"email_sender_id": a_sender(organisation).id, "sms_sender_id": a_sender(organisation, Channel.SMS).id}
    started = {
        "state": SendoutState.RUNNING,
        "launched_at": now() - timedelta(days=2),
        "frozen_at": now() - timedelta(days=2),
        "audience_count": 0,
    }
    return a_sendout(organisation, channel_plan=plan, **(senders | started | values))


def a_row(sendout, standing, channel=Channel.EMAIL, person=None, **values):
    """A message that is shown as `standing`, or skipped as "skipped:<reason>"."""
    person = person or a_participant_of(sendout)
    if person.id not in {message.participant_id for message in rows_of(sendout)}:
        sendout.audience_count += 1
    return a_message(sendout, person, channel, **(columns(standing) | values))


def columns(standing):
    """The columns that make a message stand so."""
    status, _, reason = standing.partition(":")
    if reason:
        return {"status": "skipped", "skip_reason": reason}
    facts: dict[str, object] = {}
    if status in FACTS:
        facts, status = {FACTS[status]: now()}, "delivered"
    elif status in ("stopped", "unsubscribed"):
        facts, status = {"opted_out_at": now(), "opted_out_by": "stop" if status == "stopped" else "link"}, "delivered"
    elif status == "machine":
        facts, status = {"machine_opened_at": now()}, "delivered"
    if status in ("delivered", "complaint"):
        facts["delivered_at"] = now()
    if status not in NOT_ACCEPTED:
        facts["accepted_at"] = now()
    return {"status": status} | facts


def a_doubtful_row(sendout, minutes=60, **values):
    """A message in doubt whose hand-over was so many minutes ago."""
    batch = a_batch(sendout, claimed_at=now() - timedelta(minutes=minutes), state="done")
    return a_row(sendout, "in_doubt", batch_id=batch.id, **values)


def a_batch(sendout, **values):
    defaults = {
        "organisation_id": sendout.organisation_id,
        "sendout_id": sendout.id,
        "channel": Channel.EMAIL,
        "message_count": 1,
        "attempt": 1,
    }
    return saved(Batch(**(defaults | values)))


def a_participant_of(sendout, **values):
    return a_participant(db.session.get_one(Organisation, sendout.organisation_id), **values)


def rows_of(sendout):
    return db.session.query(Message).filter_by(sendout_id=sendout.id).all()
