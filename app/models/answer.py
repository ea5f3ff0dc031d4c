"""What people answered to the question in a message."""

from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import Channel
from app.extensions import Base
from app.models.types import BigInt, IntPK, UTCDateTime, Words, one_of


class AnswerSource(StrEnum):
    """How an answer came: from the page behind the message's link, or texted back."""

    PAGE = "page"
    TEXT = "text"


class Answer(Base):
    """One answer to a send-out's question; the latest of a message is the one that nothing has replaced, the others are its history.

    `choice` counts from 1 into the send-out's choices, as they are numbered in a text.
    """

    __tablename__ = "answers"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        one_of("channel", Channel),
        one_of("source", AnswerSource),
        Index("uq_answers_latest", "message_id", unique=True, postgresql_where=text("replaced_at IS NULL")),
        Index("ix_answers_message", "message_id", "id"),
        Index("ix_answers_sendout", "sendout_id", "channel", "choice", postgresql_where=text("replaced_at IS NULL")),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    sendout_id: Mapped[BigInt]
    message_id: Mapped[BigInt]
    channel: Mapped[Words]
    choice: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[Words]
    inbound_text_id: Mapped[BigInt | None]  # the text that it came in
    given_at: Mapped[UTCDateTime]
    replaced_at: Mapped[UTCDateTime | None]
