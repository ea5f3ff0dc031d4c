"""The ledger: one row a person and channel of a send-out, skips included, and the batches they are handed over in."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.events import EventKind
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, UTCDateTime, Words, one_of

SHOWN_STATUS_SQL = """CASE
    WHEN status IN ('skipped', 'cancelled', 'complaint') THEN status
    WHEN opted_out_at IS NOT NULL THEN CASE opted_out_by WHEN 'stop' THEN 'stopped' ELSE 'unsubscribed' END
    WHEN status IN ('bounced', 'bad_email', 'bad_number', 'failed', 'not_sent') THEN status
    WHEN responded_at IS NOT NULL THEN 'responded'
    WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'
    WHEN wrote_back_at IS NOT NULL THEN 'wrote_back'
    WHEN clicked_at IS NOT NULL THEN 'clicked'
    WHEN opened_at IS NOT NULL THEN 'opened'
    ELSE status END"""


class BatchState(StrEnum):
    """A batch waits, is in a worker's hands, or has every outcome recorded."""

    READY = "ready"
    OPEN = "open"
    DONE = "done"


class Batch(Base):
    """The unit of sending: at most 50 messages of one send-out and channel, one provider call for e-mail.

    The commit that opens it is the hand-over mark; `attempt` fences every later write. An expired lease means in doubt.
    """

    __tablename__ = "batches"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        one_of("channel", Channel),
        one_of("state", BatchState),
        CheckConstraint("(state = 'open') = (lease_until IS NOT NULL)", name="open_has_lease"),
        Index("ix_batches_ready", "sendout_id", "channel", "id", postgresql_where=text("state = 'ready'")),
        Index("ix_batches_open", "lease_until", postgresql_where=text("state = 'open'")),
        Index("ix_batches_claimed", "sendout_id", "claimed_at"),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    sendout_id: Mapped[BigInt]
    channel: Mapped[Words]
    state: Mapped[Words] = mapped_column(server_default=BatchState.READY)
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    message_count: Mapped[int] = mapped_column(SmallInteger)
    ready_at: Mapped[CreatedAt]  # not taken before: set forward when the provider throttles, or where it is quiet
    quiet_until: Mapped[UTCDateTime | None]  # texts that wait for their people's quiet hours to end
    local_zone: Mapped[Words | None]  # everybody in it lives there, and it is ready at their own hour
    claimed_at: Mapped[UTCDateTime | None]
    lease_until: Mapped[UTCDateTime | None]
    slot: Mapped[Words | None]  # who took it last: while it is open and the slot's lock is free, its holder is dead
    looked_at: Mapped[UTCDateTime | None]  # texts in doubt: when the provider's list was last searched for them
    doubt_left_at: Mapped[UTCDateTime | None]  # a person chose to leave what is in doubt of this hand-over


class Message(Base):
    """One send-out, one participant, one channel; a skip is a row too. Facts hold the earliest event time.

    No key to participants, batches or users: at a million rows it costs half as much again, and the freeze's INSERT … SELECT proves the
    first two.
    That its organisation has the send-out is proved once a statement, by trigger; it goes with the send-out.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("participant_id", "sendout_id", "channel"),  # by the participant first: it finds a person's messages, too
        one_of("channel", Channel),
        one_of("status", DeliveryStatus),
        one_of("skip_reason", SkipReason),
        CheckConstraint("(status = 'skipped') = (skip_reason IS NOT NULL)", name="skip_has_reason"),
        CheckConstraint("(opted_out_at IS NULL) = (opted_out_by IS NULL)", name="opt_out_has_method"),
        Index("uq_messages_provider_ref", "provider_ref", unique=True, postgresql_where=text("provider_ref IS NOT NULL")),
        Index("ix_messages_unsettled", "batch_id", postgresql_where=text("status IN ('pending', 'in_doubt')")),
        Index("ix_messages_in_doubt", "channel", "id", postgresql_where=text("status = 'in_doubt'")),
        Index(
            "ix_messages_waiting",
            "sendout_id",
            "fallback_until",
            postgresql_where=text("fallback_until IS NOT NULL AND status = 'pending'"),
        ),
        Index("ix_messages_shown", "sendout_id", "channel", "shown_status", "id"),
        Index("ix_messages_unconfirmed", "accepted_at", postgresql_where=text("channel = 'sms' AND status = 'sent'")),
        Index(
            "ix_messages_machine",
            "sendout_id",
            "channel",
            "shown_status",
            postgresql_where=text("machine_opened_at IS NOT NULL OR machine_clicked_at IS NOT NULL"),
        ),
        Index("ix_messages_acknowledged", "sendout_id", "channel", postgresql_where=text("acknowledged_at IS NOT NULL")),
        Index("ix_messages_organisation", "organisation_id", "id"),
        Index("ix_messages_number", "address", "accepted_at", postgresql_where=text("channel = 'sms' AND accepted_at IS NOT NULL")),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    sendout_id: Mapped[BigInt]
    participant_id: Mapped[BigInt]
    channel: Mapped[Words]
    address: Mapped[Words | None]  # as frozen; None when there was none, or after erasure
    batch_id: Mapped[BigInt | None]
    fallback_until: Mapped[UTCDateTime | None]  # waits for the other channel to fail until then
    status: Mapped[Words] = mapped_column(server_default=DeliveryStatus.PENDING)
    skip_reason: Mapped[Words | None]
    duplicate_of: Mapped[BigInt | None]  # the participant who gets it at this address
    cancelled_by: Mapped[BigInt | None]  # a user

    provider_ref: Mapped[Words | None]  # SES MessageId or Twilio SID
    error_code: Mapped[Words | None]
    error_words: Mapped[Words | None]
    segments: Mapped[int | None] = mapped_column(SmallInteger)  # texts: what it costs
    accepted_at: Mapped[UTCDateTime | None]
    delivered_at: Mapped[UTCDateTime | None]

    opened_at: Mapped[UTCDateTime | None]
    machine_opened_at: Mapped[UTCDateTime | None]
    clicked_at: Mapped[UTCDateTime | None]
    machine_clicked_at: Mapped[UTCDateTime | None]
    acknowledged_at: Mapped[UTCDateTime | None]
    responded_at: Mapped[UTCDateTime | None]
    wrote_back_at: Mapped[UTCDateTime | None]
    opted_out_at: Mapped[UTCDateTime | None]
    opted_out_by: Mapped[Words | None]  # stop | link | one_click | complaint | provider

    shown_status: Mapped[Words] = mapped_column(Computed(SHOWN_STATUS_SQL, persisted=True))


class MessageEvent(Base):
    """What was heard of a message, once each; append-only. `message_id` has no key, for the writing speed of a million."""

    __tablename__ = "message_events"
    __table_args__ = (
        UniqueConstraint("channel", "event_key"),
        one_of("channel", Channel),
        one_of("kind", EventKind),
        Index("ix_message_events_message", "message_id", "occurred_at"),
    )

    id: Mapped[IntPK]
    received_at: Mapped[CreatedAt]
    organisation_id: Mapped[BigInt]
    message_id: Mapped[BigInt]
    channel: Mapped[Words]
    event_key: Mapped[Words]
    kind: Mapped[Words]
    status: Mapped[Words | None]
    is_machine: Mapped[bool | None]
    occurred_at: Mapped[UTCDateTime]
    code: Mapped[Words | None]
    words: Mapped[Words | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class SendoutCount(Base):
    """How many rows of a send-out and channel stand under a counter, as of the last squash of the deltas.

    Counters: `shown:<status>`, `skip:<reason>`, and `fact:` accepted, delivered, opened, machine_opened, clicked, machine_clicked.
    """

    __tablename__ = "sendout_counts"
    __table_args__ = (ForeignKeyConstraint(["sendout_id"], ["sendouts.id"], ondelete="CASCADE"),)

    sendout_id: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[Words] = mapped_column(primary_key=True)
    counter: Mapped[Words] = mapped_column(primary_key=True)
    amount: Mapped[BigInt]


class SendoutCountDelta(Base):
    """A change of a counter, written by the statement triggers on `messages`; read together with the totals in one statement."""

    __tablename__ = "sendout_count_deltas"
    __table_args__ = (Index("ix_sendout_count_deltas_sendout", "sendout_id"),)

    id: Mapped[IntPK]
    sendout_id: Mapped[BigInt]
    channel: Mapped[Words]
    counter: Mapped[Words]
    amount: Mapped[BigInt]
