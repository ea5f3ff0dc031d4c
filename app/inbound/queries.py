"""Who a text is from, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.keywords import Keyword
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.models import InboundText, Message, Participant, Sender, Sendout
from app.unsubscribes.queries import standing_entries


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Between whom a text went: our side by sender, theirs by the last message to that number, or else by the number alone."""

    organisation_id: int
    sender_id: int
    participant_id: int | None
    message_id: int | None
    sendout_id: int | None
    is_opted_out: bool


def correspondents(text: Text, received_at: datetime) -> Correspondents | None:
    """Between whom this text went; None when nobody here owns where it was sent to."""
    senders = _texted_senders(text)
    if not senders:
        return None
    organisation_id = senders[0].organisation_id
    ours = [sender.id for sender in senders if sender.organisation_id == organisation_id]
    stopped = any(entry.reason == SuppressionReason.STOP for entry in standing_entries(organisation_id, Channel.SMS, text.from_number))
    answered = _last_message(organisation_id, ours, text.from_number, received_at)
    if answered is not None:
        return Correspondents(organisation_id, ours[0], answered.participant_id, answered.id, answered.sendout_id, stopped)
    return Correspondents(organisation_id, ours[0], _participant_of(organisation_id, text.from_number), None, None, stopped)


def last_sender_id(organisation_id: int, address: str, channel: Channel = Channel.SMS) -> int | None:
    """What to answer this number or address from: the sender they last wrote to, else any that can be answered; None without one."""
    texted = select(InboundText.sender_id).where(InboundText.organisation_id == organisation_id, InboundText.from_number == address)
    own = select(Sender.id).where(Sender.organisation_id == organisation_id, Sender.channel == channel, Sender.is_archived.is_(False))
    last = db.session.scalar(texted.order_by(InboundText.id.desc()).limit(1))
    found = list(db.session.scalars(own.where(Sender.kind != "alphanumeric").order_by(Sender.id)))
    return last if last in found else next(iter(found), None)


def addresses_of(people: Sequence[int]) -> list[str]:
    """All that these people write from: both channels are one conversation."""
    asked = select(Participant.phone_number, func.lower(Participant.email_address)).where(Participant.id.in_(people))
    return [each for row in db.session.execute(asked) for each in row if each]


def kept_text(provider_ref: str) -> InboundText:
    """The text that is kept under the provider's reference."""
    return db.session.scalars(select(InboundText).where(InboundText.provider_ref == provider_ref)).one()


def is_overtaken(organisation_id: int, number: str, keyword: Keyword, received_at: datetime) -> bool:
    """Whether this STOP or START, told late, was taken back by a later START or STOP; at the same instant STOP wins."""
    is_theirs = InboundText.organisation_id == organisation_id, InboundText.from_number == number
    opposite, is_later = (
        (Keyword.START, InboundText.received_at > received_at)
        if keyword is Keyword.STOP
        else (Keyword.STOP, InboundText.received_at >= received_at)
    )
    return bool(db.session.scalar(select(exists().where(*is_theirs, InboundText.keyword == opposite, is_later))))


def _texted_senders(text: Text) -> list[Sender]:
    """The sender whose number was texted, before the service that this number belongs to."""
    addresses = [text.to_number, *([text.messaging_service] if text.messaging_service else [])]
    found = db.session.scalars(select(Sender).where(Sender.channel == Channel.SMS, Sender.address.in_(addresses)))
    return sorted(found, key=lambda sender: addresses.index(sender.address))


def _last_message(organisation_id: int, sender_ids: list[int], number: str, before: datetime) -> Message | None:
    asked = (
        select(Message)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.channel == Channel.SMS, Message.address == number, Message.accepted_at.is_not(None), Message.accepted_at <= before)
        .where(Message.organisation_id == organisation_id, Sendout.sms_sender_id.in_(sender_ids))
        .where(~Sendout.audience_rule.has_key("automatic"))  # it said nothing of its own: what comes back answers what came before
    )
    return db.session.scalar(asked.order_by(Message.accepted_at.desc(), Message.id.desc()).limit(1))


def _participant_of(organisation_id: int, number: str) -> int | None:
    """Who has this number on file; else who a person once said it is."""
    asked = select(func.min(Participant.id)).where(Participant.organisation_id == organisation_id, Participant.phone_number == number)
    told = select(InboundText.participant_id).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    known = told.where(InboundText.participant_id.is_not(None)).order_by(InboundText.id.desc()).limit(1)
    return db.session.scalar(asked) or db.session.scalar(known)
