"""What messages cost, by the prices that an owner has written down, and how a month's budget stands."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

WARNING_SHARE = Decimal("0.8")


class ChargeKind(StrEnum):
    """What was charged for, in the order of the page's columns; what was skipped costs nothing."""

    SENT = "sent"
    AUTO_REPLIED = "auto_replied"
    RECEIVED = "received"
    FORWARDED = "forwarded"
    EMAIL = "email"
    SKIPPED = "skipped"


class BudgetLevel(StrEnum):
    """How much of a month's budget is used."""

    FINE = "fine"
    WARNING = "warning"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class Prices:
    """In `currency`: one part of a text sent, one of a text received, one e-mail; and what a month may cost, if that is limited."""

    currency: str
    text: Decimal
    received: Decimal
    email: Decimal
    monthly_budget: Decimal | None = None


def price_of(kind: ChargeKind, prices: Prices) -> Decimal:
    """The price of one part (texts) or one message (e-mail)."""
    if kind is ChargeKind.SKIPPED:
        return Decimal(0)
    if kind is ChargeKind.EMAIL:
        return prices.email
    return prices.received if kind is ChargeKind.RECEIVED else prices.text


def money(amount: Decimal, currency: str) -> str:
    """An amount for people: "1,204.50 USD"; what would be rounded to nothing is said to be little."""
    if 0 < amount <= Decimal("0.005"):
        return f"less than 0.01 {currency}"
    return f"{amount:,.2f} {currency}"


def budget_level(spent: Decimal, budget: Decimal | None) -> BudgetLevel:
    """FINE without a budget; from four fifths of it on WARNING, from all of it on USED_UP."""
    if budget is None:
        return BudgetLevel.FINE
    if spent >= budget:
        return BudgetLevel.USED_UP
    return BudgetLevel.WARNING if spent >= WARNING_SHARE * budget else BudgetLevel.FINE
