"""Keys by which our users' own programs come in, and what those have asked for under a name of their own."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words


class ApiKey(Base):
    """A key of an organisation's; the key itself is kept nowhere, only its SHA-256. It is good for its scopes until revoked."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_api_keys_organisation", "organisation_id", "id"))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    created_by: Mapped[UserFK | None]
    name: Mapped[Words]
    hint: Mapped[Words]  # how it begins, to know it by
    digest: Mapped[Words]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_used_at: Mapped[UTCDateTime | None]  # to the minute
    revoked_at: Mapped[UTCDateTime | None]


class ApiRequest(Base):
    """A request that named itself by an idempotency key, with its answer: made again, it has no effect and the same answer."""

    __tablename__ = "api_requests"
    __table_args__ = (UniqueConstraint("key_id", "idempotency_key"), Index("ix_api_requests_created", "created_at"))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    key_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("api_keys.id", ondelete="CASCADE"))
    idempotency_key: Mapped[Words]  # its SHA-256, as programs put addresses into it
    fingerprint: Mapped[Words]  # of method, path and body: SHA-256, too
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
