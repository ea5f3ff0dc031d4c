"""Prices and budgets: what is charged, what is free, and when somebody is warned or asked."""

from decimal import Decimal

import pytest

from app.domain.costs import BudgetLevel, ChargeKind, Prices, budget_level, money, price_of

PRICES = Prices("USD", text=Decimal("0.0083"), received=Decimal("0.0075"), email=Decimal("0.0001"))


@pytest.mark.parametrize(
    ("kind", "price"),
    [
        ("sent", "0.0083"),
        ("auto_replied", "0.0083"),
        ("forwarded", "0.0083"),
        ("received", "0.0075"),
        ("email", "0.0001"),
        ("skipped", "0"),
    ],
)
def test_everything_but_a_skip_has_its_price(kind, price):
    assert price_of(ChargeKind(kind), PRICES) == Decimal(price)


@pytest.mark.parametrize(
    ("spent", "budget", "level"),
    [
        ("1000", None, "fine"),
        ("79.99", "100", "fine"),
        ("80", "100", "warning"),
        ("99.99", "100", "warning"),
        ("100", "100", "used_up"),
        ("0", "0", "used_up"),
    ],
)
def test_a_budget_warns_at_four_fifths_and_is_used_up_at_the_whole(spent, budget, level):
    assert budget_level(Decimal(spent), None if budget is None else Decimal(budget)) is BudgetLevel(level)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "0.00 USD"),
        ("0.0001", "less than 0.01 USD"),
        ("0.005", "less than 0.01 USD"),
        ("0.006", "0.01 USD"),
        ("4.125", "4.12 USD"),
        ("1204.5", "1,204.50 USD"),
    ],
)
def test_money_is_written_for_people(amount, words):
    assert money(Decimal(amount), "USD") == words
