"""Saved filters: conditions under a name, and the send-outs whose audience names them."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, Words


class SavedFilter(Base):
    """Conditions that all have to hold (`app.domain.conditions`); its people are looked for anew whenever it is used."""

    __tablename__ = "saved_filters"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("jsonb_array_length(conditions) > 0", name="has_conditions"),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    created_by: Mapped[UserFK | None]
    name: Mapped[Words]
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class SendoutFilter(Base):
    """A saved filter in a send-out's audience, or left out of it."""

    __tablename__ = "sendout_filters"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["organisation_id", "filter_id"], ["saved_filters.organisation_id", "saved_filters.id"], ondelete="CASCADE"),
        Index("ix_sendout_filters_filter", "filter_id"),
    )

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    filter_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    is_excluded: Mapped[bool] = mapped_column(server_default=sql("false"))
