"""People who sign in, and what they are in which organisation."""

from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.replies import Announced
from app.domain.roles import Role
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class User(Base, UserMixin):
    """A person who signs in; the columns are those that Flask-Security asks for, and a name."""

    __tablename__ = "users"

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    name: Mapped[Words]
    email: Mapped[Words] = mapped_column(unique=True)
    phone_number: Mapped[Words | None]
    password: Mapped[Words | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    fs_uniquifier: Mapped[Words] = mapped_column(unique=True)
    confirmed_at: Mapped[UTCDateTime | None]
    tf_primary_method: Mapped[Words | None]
    tf_totp_secret: Mapped[Words | None]
    tf_phone_number: Mapped[Words | None]

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]
        """None: roles are held by membership of an organisation, not by the person."""
        return []


class Membership(Base):
    """A user's role in one organisation."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"), one_of("role", Role), one_of("announced_by", Announced))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Words]
    announced_by: Mapped[Words] = mapped_column(server_default=Announced.NOTHING)  # how they hear of new replies


class AuditEntry(Base):
    """Who did what to what, and when; append-only."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_object", "object_kind", "object_id"),
        Index("ix_audit_entries_corrected", "organisation_id", postgresql_where=text("action = 'address corrected'")),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK] = mapped_column(index=True)
    user_id: Mapped[UserFK | None]
    action: Mapped[Words]
    object_kind: Mapped[Words]
    object_id: Mapped[BigInt | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
