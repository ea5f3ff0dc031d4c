"""Prices and budget, as an owner gives them; every change is in the audit log. Nothing here commits."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.costs import Prices
from app.extensions import db
from app.models import PriceList
from app.users.audit import record
from app.web.forms import FormReader

CURRENCIES = ("USD", "EUR", "GBP", "AUD", "CAD", "CHF", "DKK", "INR", "JPY", "NOK", "NZD", "PLN", "SEK", "ZAR")
_BELOW = Decimal(100_000)
_BUDGET_BELOW = Decimal(1_000_000)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?")  # "1,000" is a thousand, "0,008" a price with a decimal comma


@dataclass(frozen=True, slots=True)
class TypedPrices:
    """What an owner typed, as it is kept."""

    currency: str
    text_price: Decimal
    received_price: Decimal
    email_price: Decimal
    monthly_budget: Decimal | None


def read_prices(form: FormReader) -> TypedPrices:
    """The form; look at its errors."""
    budget = form.words("monthly_budget")
    return TypedPrices(
        form.one_of("currency", CURRENCIES),
        _decimal(form, "text_price"),
        _decimal(form, "received_price"),
        _decimal(form, "email_price"),
        _decimal(form, "monthly_budget", _BUDGET_BELOW) if budget else None,
    )


def save_prices(organisation_id: int, typed: TypedPrices) -> None:
    """Keep the prices; they count for what was sent before, too, since they only estimate."""
    row = db.session.get(PriceList, organisation_id) or PriceList(organisation_id=organisation_id)
    for name in ("currency", "text_price", "received_price", "email_price", "monthly_budget"):
        setattr(row, name, getattr(typed, name))
    db.session.add(row)
    budget = None if typed.monthly_budget is None else str(typed.monthly_budget)
    record("prices changed", "organisation", organisation_id, currency=typed.currency, monthly_budget=budget)


def typed_before(prices: Prices | None) -> dict[str, str]:
    """The form's values as they stand now."""
    if prices is None:
        return {"currency": CURRENCIES[0]}
    budget = "" if prices.monthly_budget is None else f"{prices.monthly_budget:f}"
    return {
        "currency": prices.currency,
        "text_price": _plain(prices.text),
        "received_price": _plain(prices.received),
        "email_price": _plain(prices.email),
        "monthly_budget": budget,
    }


def _plain(price: Decimal) -> str:
    return f"{price:f}".rstrip("0").rstrip(".")


def _decimal(form: FormReader, name: str, below: Decimal = _BELOW) -> Decimal:
    typed = form.words(name)
    try:
        value = Decimal(typed.replace(",", "" if _THOUSANDS.fullmatch(typed) else ".") or "0")
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 <= value < below):
        form.errors[name] = "Type an amount such as 0.0083."
        return Decimal(0)
    return value
