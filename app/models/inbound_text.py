"""Texts that people sent to our numbers, and e-mails in which they answered."""

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import Channel
from app.domain.keywords import Keyword
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class InboundText(Base):
    """A text received; one from an unknown number is kept too. It belongs to the last message handed over to that number before it.

    An answer by e-mail is one of another `channel`: `from_number` is the address it came from, and it has no segments.
    """

    __tablename__ = "inbound_texts"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sender_id"], ["senders.organisation_id", "senders.id"]),
        one_of("keyword", Keyword),
        one_of("channel", Channel),
        Index("uq_inbound_texts_ref", "provider_ref", unique=True),
        Index("ix_inbound_texts_recent", "organisation_id", text("id DESC")),
        Index("ix_inbound_texts_number", "organisation_id", "from_number", "id"),
        Index("ix_inbound_texts_unread", "organisation_id", postgresql_where=text("read_at IS NULL")),
        Index(
            "ix_inbound_texts_review",
            "organisation_id",
            "id",
            postgresql_where=text("keyword = 'likely_stop' AND reviewed_at IS NULL"),
        ),
        Index(
            "ix_inbound_texts_unanswered",
            "organisation_id",
            "received_at",
            postgresql_where=text("answered_at IS NULL AND done_at IS NULL AND keyword NOT IN ('stop', 'start')"),
        ),
    )

    id: Mapped[IntPK]
    received_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    sender_id: Mapped[BigInt]
    channel: Mapped[Words] = mapped_column(server_default=Channel.SMS)
    from_number: Mapped[Words]
    body: Mapped[Words]
    media: Mapped[list[list[str]]] = mapped_column(JSONB, server_default=text("'[]'"))  # [content type, URL]
    provider_ref: Mapped[Words]
    keyword: Mapped[Words]
    segments: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    doubt: Mapped[Words | None]  # why an e-mail may not be from whom it says
    participant_id: Mapped[BigInt | None]
    message_id: Mapped[BigInt | None]
    read_at: Mapped[UTCDateTime | None]
    answered_at: Mapped[UTCDateTime | None]  # when a person first answered after it
    done_at: Mapped[UTCDateTime | None]
    done_by: Mapped[UserFK | None]
    reviewed_at: Mapped[UTCDateTime | None]  # a likely opt-out that a person has decided on
