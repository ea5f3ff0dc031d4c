"""What people do with the buttons of a message: confirm that they have read it, and answer its question. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain.shown import Facts
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid, NotFound
from app.messages.events_sql import locked_messages
from app.messages.facts import record_facts
from app.models import Answer, AnswerSource, Message, Sendout


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it came. `choice` counts from 1."""

    message_id: int
    choice: int
    at: datetime
    source: AnswerSource
    inbound_text_id: int | None = None


def acknowledge(message_id: int) -> bool:
    """Note that somebody has confirmed to have read it; the first time stands. Returns whether this was the first."""
    return record_facts(message_id, Facts(acknowledged_at=now()))


def answer(given: Given) -> bool:
    """Keep an answer: the latest counts, those before it are its history. Returns whether it changed what counts.

    Raises NotFound for a message that is gone, Invalid for a choice that its question does not have.
    """
    if not locked_messages([given.message_id]):
        raise NotFound("The message that this answers is not kept any more.")
    message = db.session.get_one(Message, given.message_id)
    sendout = db.session.get_one(Sendout, message.sendout_id)
    if not 1 <= given.choice <= len(sendout.choices):
        raise Invalid("Choose one of the answers.", "choice")
    record_facts(given.message_id, Facts(responded_at=given.at))
    before = latest_answer(given.message_id)
    if before is not None and before.choice == given.choice:
        return False
    is_latest = before is None or before.given_at <= given.at
    if before is not None and is_latest:
        before.replaced_at = given.at
        db.session.flush()  # only one may stand
    db.session.add(_row(message, given, replaced_at=None if before is None or is_latest else before.given_at))
    db.session.flush()
    return is_latest


def latest_answer(message_id: int) -> Answer | None:
    """The answer that counts."""
    return db.session.scalars(select(Answer).where(Answer.message_id == message_id, Answer.replaced_at.is_(None))).one_or_none()


def _row(message: Message, given: Given, *, replaced_at: datetime | None) -> Answer:
    return Answer(
        organisation_id=message.organisation_id,
        sendout_id=message.sendout_id,
        message_id=message.id,
        channel=message.channel,
        choice=given.choice,
        source=given.source,
        inbound_text_id=given.inbound_text_id,
        given_at=given.at,
        replaced_at=replaced_at,
    )
