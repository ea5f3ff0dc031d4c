"""The Unsubscribes list: addresses and numbers that must not be written to, each with reason, scope, source, time and proof."""

from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class UnsubscribeEntry(Base):
    """One reason not to write to one address; it stands until lifted. Rows are never deleted: together they are the address's history.

    `address` is the key form: e-mail in lower case, number in E.164. After erasure it holds a keyed hash and `is_hashed`.
    """

    __tablename__ = "unsubscribe_entries"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("reason", SuppressionReason),
        one_of("scope", SuppressionScope),
        Index(
            "uq_unsubscribe_entries_standing",
            "organisation_id",
            "channel",
            "address",
            "reason",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_unsubscribe_entries_recent", "organisation_id", text("id DESC")),
        Index("ix_unsubscribe_entries_reason", "organisation_id", "reason", "id", postgresql_where=text("lifted_at IS NULL")),
        Index("ix_unsubscribe_entries_lifted", "organisation_id", "id", postgresql_where=text("lifted_at IS NOT NULL")),
        Index("ix_unsubscribe_entries_searched", "address", postgresql_using="gin", postgresql_ops={"address": "gin_trgm_ops"}),
        Index("ix_unsubscribe_entries_hashed", "organisation_id", postgresql_where=text("is_hashed")),
        Index("ix_unsubscribe_entries_sendout", "sendout_id", postgresql_where=text("sendout_id IS NOT NULL")),
        Index(
            "ix_unsubscribe_entries_made",
            "sendout_id",
            "organisation_id",
            postgresql_where=text("sendout_id IS NOT NULL AND lifted_at IS NULL"),
        ),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]  # when it came to stand here; `proof` may name an earlier time
    organisation_id: Mapped[OrganisationFK]
    channel: Mapped[Words]
    address: Mapped[Words]
    is_hashed: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[Words]
    scope: Mapped[Words]
    source: Mapped[Words]  # callback | reply | link | one_click | user | import
    sendout_id: Mapped[BigInt | None]
    message_id: Mapped[BigInt | None]
    inbound_text_id: Mapped[BigInt | None]
    created_by: Mapped[UserFK | None]
    proof: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))  # words, code, time, user agent
    lifted_at: Mapped[UTCDateTime | None]
    lifted_by: Mapped[UserFK | None]
    lift_reason: Mapped[Words | None]


class SoftBounce(Base):
    """A temporary bounce of an address in one send-out; three in a row over 14 days put it on the list, a delivery clears them."""

    __tablename__ = "soft_bounces"
    __table_args__ = (Index("uq_soft_bounces", "organisation_id", "address", "sendout_id", unique=True),)

    id: Mapped[IntPK]
    organisation_id: Mapped[OrganisationFK]
    address: Mapped[Words]
    sendout_id: Mapped[BigInt]
    occurred_at: Mapped[UTCDateTime]
