"""What events mean for the Unsubscribes list, once their messages stand where they belong (product.md section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from app.domain.channels import Channel
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.domain.keywords import Keyword
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.messages.events_sql import MessageRow
from app.messages.standing import Heard, last_sign_of_life
from app.models import InboundText, Message
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress
from app.unsubscribes.soft_bounces import MailSign, count_soft_bounces, start_anew


@dataclass(frozen=True, slots=True)
class Change:
    """One message before and after a set of events: all that was ever heard of it, and the new ones among them."""

    before: MessageRow
    after: MessageRow
    heard: Sequence[Heard]
    events: Sequence[DeliveryEvent]


_REASONS = {
    Suppress.BOUNCE: SuppressionReason.BOUNCE,
    Suppress.COMPLAINT: SuppressionReason.COMPLAINT,
    Suppress.BAD_EMAIL: SuppressionReason.BAD_EMAIL,
    Suppress.BAD_NUMBER: SuppressionReason.BAD_NUMBER,
    Suppress.STOP: SuppressionReason.STOP,
    Suppress.UNSUBSCRIBE: SuppressionReason.UNSUBSCRIBE,
}


def draw_consequences(changes: Sequence[Change]) -> None:
    """Put addresses on the Unsubscribes list as the new events ask, and count or forget temporary bounces."""
    suppress([entry for change in changes for event in change.events if (entry := _entry(change.after, event)) is not None])
    emails = [change for change in changes if change.after.channel == Channel.EMAIL and change.after.address]
    start_anew([sign for change in emails if (sign := _sign_of_life(change)) is not None])
    count_soft_bounces([sign for change in emails if (sign := _soft_bounce(change)) is not None])


def _entry(message: MessageRow, event: DeliveryEvent) -> NewEntry | None:
    asked = Suppress.UNSUBSCRIBE if event.kind is EventKind.UNSUBSCRIBE else event.suppress
    reason = _REASONS.get(asked)
    if reason is None or message.address is None or (reason is SuppressionReason.STOP and _has_started_since(message, event.occurred_at)):
        return None
    return NewEntry(
        organisation_id=message.organisation_id,
        channel=Channel(message.channel),
        address=message.address,
        reason=reason,
        source=EntrySource.CALLBACK,
        sendout_id=message.sendout_id,
        message_id=message.id,
        proof={"code": event.code, "words": event.words, "at": event.occurred_at, "event": event.event_key},
    )


def _has_started_since(message: MessageRow, moment: datetime) -> bool:
    """Whether they texted START after a STOP that is heard of only now."""
    theirs = InboundText.organisation_id == message.organisation_id, InboundText.from_number == message.address
    return bool(db.session.scalar(select(exists().where(*theirs, InboundText.keyword == Keyword.START, InboundText.received_at > moment))))


def _sign_of_life(change: Change) -> MailSign | None:
    seen_at = last_sign_of_life(change.after.standing, change.heard)
    return None if seen_at is None else _sign(change.after, seen_at)


def _soft_bounce(change: Change) -> MailSign | None:
    bounced = [event.occurred_at for event in change.events if event.suppress is Suppress.SOFT_BOUNCE]
    if not bounced or _sign_of_life(change) is not None or _took_mail_since(change.after, min(bounced)):
        return None
    return _sign(change.after, min(bounced))


def _took_mail_since(message: MessageRow, moment: datetime) -> bool:
    """Whether another mail to this address was delivered or read after the bounce, but heard of before it."""
    is_same_address = func.lower(Message.address) == (message.address or "").lower()
    is_later = func.greatest(Message.delivered_at, Message.opened_at, Message.clicked_at) >= moment
    later = select(Message.id).where(Message.participant_id == message.participant_id, Message.channel == Channel.EMAIL)
    return db.session.scalar(later.where(is_same_address, is_later).limit(1)) is not None


def _sign(message: MessageRow, occurred_at: datetime) -> MailSign:
    return MailSign(message.organisation_id, message.address or "", message.sendout_id, occurred_at)
