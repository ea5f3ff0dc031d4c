"""Who a text is from and what it answers; and the conversations that texts and messages make."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, null, or_, select, union_all

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


@dataclass(frozen=True, slots=True)
class Conversation:
    """All texts from one number, as a line of the queue."""

    number: str
    participant_id: int | None
    first_name: str | None
    last_name: str | None
    last_text_id: int
    last_at: datetime
    last_words: str
    last_keyword: str
    unread_count: int
    open_count: int
    review_count: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said, by us (`is_ours`) or by them, over either channel."""

    at: datetime
    is_ours: bool
    channel: str
    words: str
    status: str  # ours: the status shown; theirs: the keyword
    message_id: int | None
    text_id: int | None
    sendout_id: int | None
    media: list[list[str]] | None


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


def kept_text(provider_ref: str) -> InboundText:
    """The text that is kept under the provider's reference."""
    return db.session.scalars(select(InboundText).where(InboundText.provider_ref == provider_ref)).one()


def conversations(organisation_id: int, *, before_id: int | None = None, limit: int = 50) -> list[Conversation]:
    """One line a number that has texted us, the one that wrote last first; those whose last text is older than `before_id`."""
    per_number = _per_number(organisation_id).subquery()
    last = per_number.c.last_text_id
    asked = (
        select(
            InboundText.from_number, InboundText.participant_id, Participant.first_name, Participant.last_name, last,
            InboundText.received_at, InboundText.body, InboundText.keyword,
            per_number.c.unread_count, per_number.c.open_count, per_number.c.review_count,
        )
        .join(per_number, InboundText.id == last)
        .outerjoin(Participant, Participant.id == InboundText.participant_id)
        .order_by(last.desc())
        .limit(limit)
    )  # fmt: skip
    if before_id is not None:
        asked = asked.where(last < before_id)
    return [Conversation(*row) for row in db.session.execute(asked)]


def conversation(organisation_id: int, number: str, *, limit: int = 200) -> list[Turn]:
    """The last turns with one number, oldest first: its texts, and our messages over both channels to whoever they are from."""
    both = union_all(_theirs(organisation_id, number), _ours(organisation_id, number)).subquery()
    rows = db.session.execute(select(both).order_by(both.c.at.desc()).limit(limit))
    return [Turn(*row) for row in rows][::-1]


def unread_count(organisation_id: int) -> int:
    """How many texts nobody has read yet."""
    asked = select(func.count()).where(InboundText.organisation_id == organisation_id, InboundText.read_at.is_(None))
    return db.session.scalar(asked) or 0


def texts_to_review(organisation_id: int, *, limit: int = 50) -> list[InboundText]:
    """Likely opt-outs on which nobody has decided yet, the oldest first."""
    asked = select(InboundText).where(
        InboundText.organisation_id == organisation_id, InboundText.keyword == Keyword.LIKELY_STOP, InboundText.reviewed_at.is_(None)
    )
    return list(db.session.scalars(asked.order_by(InboundText.id).limit(limit)))


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
    )
    return db.session.scalar(asked.order_by(Message.accepted_at.desc(), Message.id.desc()).limit(1))


def _participant_of(organisation_id: int, number: str) -> int | None:
    asked = select(func.min(Participant.id)).where(Participant.organisation_id == organisation_id, Participant.phone_number == number)
    return db.session.scalar(asked)


def _per_number(organisation_id: int) -> Select[int, int, int, int]:
    is_in_review = InboundText.reviewed_at.is_(None) & (InboundText.keyword == Keyword.LIKELY_STOP)
    return (
        select(
            func.max(InboundText.id).label("last_text_id"),
            func.count().filter(InboundText.read_at.is_(None)).label("unread_count"),
            func.count().filter(InboundText.done_at.is_(None)).label("open_count"),
            func.count().filter(is_in_review).label("review_count"),
        )
        .where(InboundText.organisation_id == organisation_id)
        .group_by(InboundText.from_number)
    )


def _theirs(organisation_id: int, number: str) -> Select[*tuple[Any, ...]]:
    text = InboundText
    return select(
        text.received_at.label("at"), literal(value=False), literal(Channel.SMS.value), text.body, text.keyword,
        text.message_id, text.id, null(), text.media,
    ).where(text.organisation_id == organisation_id, text.from_number == number)  # fmt: skip


def _ours(organisation_id: int, number: str) -> Select[*tuple[Any, ...]]:
    is_from_them = and_(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    people = select(InboundText.participant_id).where(is_from_them, InboundText.participant_id.is_not(None))
    words = case((Message.channel == Channel.SMS, Sendout.sms_body), else_=Sendout.subject)
    return (
        select(
            Message.accepted_at, literal(value=True), Message.channel, words, Message.shown_status,
            Message.id, null(), Message.sendout_id, null(),
        )
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.organisation_id == organisation_id, Message.accepted_at.is_not(None))
        .where(or_(Message.participant_id.in_(people), Message.address == number))
    )  # fmt: skip
