"""Callbacks as they arrived: stored before they are answered, applied after."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import CreatedAt, IntPK, UTCDateTime, Words, one_of


class ReceiptKind(StrEnum):
    """Which door a callback came through; TRACKING is our own pixel and links."""

    SES = "ses"
    TWILIO_STATUS = "twilio_status"
    TWILIO_INBOUND = "twilio_inbound"
    TRACKING = "tracking"


class CallbackReceipt(Base):
    """A verified callback, raw. `applied_at` once it has had its effect; parked ones (`tries` > 0) wait for their message to be known."""

    __tablename__ = "callback_receipts"
    __table_args__ = (
        UniqueConstraint("kind", "receipt_key"),
        one_of("kind", ReceiptKind),
        Index("ix_callback_receipts_waiting", "due_at", "id", postgresql_where=text("applied_at IS NULL")),
    )

    id: Mapped[IntPK]
    received_at: Mapped[CreatedAt]
    kind: Mapped[Words]
    receipt_key: Mapped[Words]
    url: Mapped[Words]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    due_at: Mapped[CreatedAt]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    applied_at: Mapped[UTCDateTime | None]
    problem: Mapped[Words | None]  # why it was parked or could not be read
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class ServerTrouble(Base):
    """A callback that we answered with 5xx; over it nothing is settled until it has come again, by the key of its receipt.

    `happened_at` is the last time, by PostgreSQL's clock. `receipt_key` None: it could not be read, or there were too many to keep.
    """

    __tablename__ = "server_troubles"

    id: Mapped[IntPK]
    happened_at: Mapped[CreatedAt]
    kind: Mapped[Words]
    receipt_key: Mapped[Words | None]
