"""What an organisation pays for its messages, as its owner has written it down."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import OrganisationFK, Words


class PriceList(Base):
    """One organisation's prices and monthly budget; none until an owner has given them."""

    __tablename__ = "price_lists"
    __table_args__ = (
        CheckConstraint("text_price >= 0 AND received_price >= 0 AND email_price >= 0", name="prices_not_negative"),
        CheckConstraint("monthly_budget >= 0", name="budget_not_negative"),
    )

    organisation_id: Mapped[OrganisationFK] = mapped_column(primary_key=True)
    currency: Mapped[Words] = mapped_column(server_default="USD")
    text_price: Mapped[Decimal] = mapped_column(Numeric(10, 5), server_default=text("0"))  # a part
    received_price: Mapped[Decimal] = mapped_column(Numeric(10, 5), server_default=text("0"))  # a part
    email_price: Mapped[Decimal] = mapped_column(Numeric(10, 5), server_default=text("0"))
    monthly_budget: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
