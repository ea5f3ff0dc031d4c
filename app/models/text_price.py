"""What the provider charged for texts, and how far its list has been read."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, Numeric, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import CreatedAt, OrganisationFK, UTCDateTime, Words


class TextPrice(Base):
    """The charge for one text, sent or received, under the provider's own name for it; comes hours after the text."""

    __tablename__ = "text_prices"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount_not_negative"),)

    provider_ref: Mapped[Words] = mapped_column(primary_key=True)
    organisation_id: Mapped[OrganisationFK]
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 5))
    currency: Mapped[Words]
    heard_at: Mapped[CreatedAt]


class PriceDay(Base):
    """A day (UTC) of the provider's list: how often it was read for prices, and in the present round from its end back to where."""

    __tablename__ = "price_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    rounds: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    due_at: Mapped[CreatedAt]
    listed_until: Mapped[UTCDateTime | None]
