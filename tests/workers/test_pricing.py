"""Prices as Twilio reports them: read from its list a day at a time, hours later, in rounds that end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.replies import TaskKind
from app.extensions import db
from app.lib.clock import now
from app.messages.prices import MOST_ROUNDS
from app.models import PriceDay, ReplyTask, TextPrice
from app.providers.twilio import PricedText
from tests.factories import a_message, a_received_text, an_organisation, saved
from tests.reports.mixtures import a_participant_of, a_running_sendout
from tests.scenes import run_sql
from workers import pricing
from workers.pricing import ask_prices
from workers.runtime import only_one

pytestmark = pytest.mark.usefixtures("database", "carriers")

NOON = datetime.combine(now().date() - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)  # of yesterday: long ago enough


@pytest.fixture
def club():
    return an_organisation()


@pytest.fixture
def sendout(club):
    return a_running_sendout(club, ChannelPlan.SMS)


def a_text(sendout, ref, at=NOON, **values):
    went = {"status": "delivered", "provider_ref": ref, "accepted_at": at}
    message = a_message(sendout, a_participant_of(sendout), Channel.SMS, **(went | values))
    db.session.commit()
    return message


def priced(ref, amount="0.00830", currency="USD", at=NOON):
    return PricedText(ref, None if amount is None else Decimal(amount), currency, at)


def prices():
    db.session.rollback()
    found = db.session.execute(select(TextPrice.provider_ref, TextPrice.amount, TextPrice.currency).order_by(TextPrice.provider_ref))
    return [(ref, str(amount), currency) for ref, amount, currency in found]


def another_round():
    run_sql("UPDATE price_days SET due_at = now()")
    return ask_prices()


def test_what_went_came_and_was_forwarded_has_its_price_and_what_is_not_ours_has_none(club, sendout, carriers):
    a_text(sendout, "SM1")
    text = a_received_text(club, provider_ref="SM2", received_at=NOON)
    values = {"organisation_id": club.id, "text_id": text.id, "kind": TaskKind.FORWARD_TEXT, "address": "+12015550199"}
    saved(ReplyTask(**values, state="done", done_at=NOON, provider_ref="SM3"))
    db.session.commit()
    carriers.texts.priced = [[priced("SM1"), priced("SM2", "0.00750", "EUR")], [priced("SM3"), priced("SM9")]]

    assert ask_prices() == 3

    assert prices() == [("SM1", "0.00830", "USD"), ("SM2", "0.00750", "EUR"), ("SM3", "0.00830", "USD")]
    assert len(carriers.texts.priced_asked) == 1


def test_a_price_that_comes_late_is_found_in_a_later_round(sendout, carriers):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM1", None)]]
    first = ask_prices()
    carriers.texts.priced = [[priced("SM1")]]
    too_early = ask_prices()

    assert (first, too_early, another_round()) == (0, 0, 1)
    assert prices() == [("SM1", "0.00830", "USD")]


def test_once_all_prices_are_known_nobody_is_asked(sendout, carriers):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM1")]]

    ask_prices()
    another_round()

    assert len(carriers.texts.priced_asked) == 1


def test_rounds_end_where_a_price_never_comes(sendout, carriers):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM1", None)]]

    for _ in range(MOST_ROUNDS + 3):
        another_round()

    assert len(carriers.texts.priced_asked) == MOST_ROUNDS


def test_rounds_are_ever_further_apart(sendout, carriers):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM1", None)]]
    pauses = []

    for _ in range(3):
        another_round()
        db.session.rollback()
        pauses.append(round((db.session.scalars(select(PriceDay.due_at)).one() - now()).total_seconds() / 3_600))

    assert pauses == [1, 2, 4]


@pytest.mark.parametrize(
    ("at", "values"),
    [
        (now() - timedelta(minutes=20), {}),
        (now() - timedelta(days=30), {}),
        (NOON, {"status": "skipped", "skip_reason": "stopped"}),
        (NOON, {"provider_ref": None}),
    ],
    ids=["just now", "long ago", "skipped", "never taken"],
)
def test_what_cannot_have_a_price_is_not_asked_for(sendout, carriers, at, values):
    a_text(sendout, "SM1", at, **values)

    ask_prices()

    assert carriers.texts.priced_asked == []


def test_a_day_that_is_too_long_for_one_run_goes_on_where_it_ended(sendout, carriers, monkeypatch):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM8", at=NOON + timedelta(hours=2))], [priced("SM1")]]
    monkeypatch.setattr(pricing, "LONGEST_SECONDS", 0.0)
    ask_prices()
    ask_prices()

    monkeypatch.setattr(pricing, "LONGEST_SECONDS", 20.0)
    ask_prices()

    assert [until for _, until in carriers.texts.priced_asked][-1] <= NOON + timedelta(days=1)
    assert prices() == [("SM1", "0.00830", "USD")]


def test_a_corrected_price_replaces_the_first(sendout, carriers):
    a_text(sendout, "SM1")
    a_text(sendout, "SM2")
    carriers.texts.priced = [[priced("SM1"), priced("SM2", None)]]
    ask_prices()
    carriers.texts.priced = [[priced("SM1", "0.00790"), priced("SM2")]]

    another_round()

    assert prices() == [("SM1", "0.00790", "USD"), ("SM2", "0.00830", "USD")]


def test_while_twilio_is_away_nothing_is_noted(sendout):
    a_text(sendout, "SM1")

    assert ask_prices() == 0
    assert db.session.scalar(select(PriceDay.day)) is None


def test_one_process_asks_at_a_time(sendout, carriers):
    a_text(sendout, "SM1")
    carriers.texts.priced = [[priced("SM1")]]

    with only_one("ask-prices"):
        assert ask_prices() == 0

    assert prices() == []
