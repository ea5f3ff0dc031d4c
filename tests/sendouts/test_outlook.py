"""What Review says before anything goes: the money, what Amazon takes of it today, and when the last of it leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.channels import ChannelPlan
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db, redis_client
from app.lib.clock import now
from app.messages.quota import ACCOUNT_KEY, ask_account
from app.models import PriceList
from app.providers.ses import AccountQuota
from app.sendouts.counting import review_counts
from app.sendouts.personal import personal_check
from app.sendouts.reviewing.outlook import estimated_cost, outlook_of
from tests.factories import saved
from tests.scenes import run_sql
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")

ACCOUNT = AccountQuota(
    max_per_second=1.0, max_24_hours=5_000.0, sent_24_hours=0.0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY"
)


def give_prices(club, text="0.01", email="0.001"):
    saved(PriceList(organisation_id=club.organisation.id, currency="EUR", text_price=Decimal(text), email_price=Decimal(email)))
    db.session.commit()


def amazon_says(**values):
    ask_account(lambda: replace(ACCOUNT, **values))


def coming(club):
    counts = review_counts(club.draft)
    return outlook_of(club.draft, counts, personal_check(club.draft, counts))


def test_a_draft_costs_what_its_real_texts_and_e_mails_cost():
    club = a_club(people=3)
    club.people[1].first_name = "A" * 200
    give_prices(club)

    cost = coming(club).cost

    assert [(each.channel, each.amount, each.certain) for each in cost.charges] == [("sms", 4, 4), ("email", 3, 3)]
    assert (cost.least, cost.most, cost.words) == (Decimal("0.043"), Decimal("0.043"), "0.04 EUR")


def test_who_is_skipped_costs_nothing():
    club = a_club(people=3, channel_plan=ChannelPlan.SMS)
    run_sql("UPDATE participants SET phone_number = NULL WHERE id = :id", id=club.people[0].id)
    give_prices(club)

    assert coming(club).cost.most == Decimal("0.02")


@pytest.mark.parametrize(
    ("plan", "least", "most"),
    [(ChannelPlan.EMAIL_ELSE_SMS, "0.003", "0.033"), (ChannelPlan.SMS_ELSE_EMAIL, "0.03", "0.033")],
)
def test_what_waits_for_the_other_channel_to_fail_may_cost_something(plan, least, most):
    club = a_club(people=3, channel_plan=plan)
    give_prices(club)

    cost = coming(club).cost

    assert (cost.least, cost.most) == (Decimal(least), Decimal(most))


def test_a_budget_has_to_cover_the_most_that_it_may_cost():
    club = a_club(people=3, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    counts = review_counts(club.draft)
    check = personal_check(club.draft, counts)
    unknown = estimated_cost(club.draft, counts, check)
    give_prices(club)

    assert (unknown, estimated_cost(club.draft, counts, check)) == (Decimal(0), Decimal("0.033"))


def test_without_prices_or_with_words_that_cannot_be_read_nobody_says_what_it_costs():
    club = a_club()
    without = coming(club).cost
    give_prices(club)

    assert (without, outlook_of(club.draft, review_counts(club.draft), None).cost) == (None, None)


@pytest.mark.parametrize(
    ("said", "left", "is_enough", "is_ever_enough"),
    [
        ({}, 5_000, True, True),
        ({"max_24_hours": None}, None, True, True),
        ({"sent_24_hours": 4_997.0}, 3, True, True),
        ({"sent_24_hours": 4_998.0}, 2, False, True),
        ({"sent_24_hours": 5_100.0}, 0, False, True),
        ({"max_24_hours": 2.0}, 2, False, False),
        ({"is_sending_enabled": False}, 5_000, False, True),
    ],
)
def test_what_amazon_takes_today_is_held_against_what_it_needs(said, left, is_enough, is_ever_enough):
    club = a_club(people=3)
    amazon_says(**said)

    allowance = coming(club).allowance

    assert (allowance.wanted, allowance.left, allowance.is_enough, allowance.is_ever_enough) == (3, left, is_enough, is_ever_enough)


def test_what_amazon_said_long_ago_or_never_is_not_believed():
    club = a_club()
    never = coming(club).allowance
    amazon_says()
    said = redis_client.client.get(ACCOUNT_KEY)
    assert isinstance(said, bytes)
    redis_client.client.set(ACCOUNT_KEY, said.replace(str(now().year).encode(), b"2001"))

    assert (never, coming(club).allowance) == (None, None)


def test_texts_ask_amazon_for_nothing():
    club = a_club(channel_plan=ChannelPlan.SMS)
    amazon_says(max_24_hours=0.0)

    assert coming(club).allowance is None


def test_it_ends_when_the_slower_channel_has_gone():
    club = a_club(people=3)
    run_sql("UPDATE senders SET segments_per_second = 0.1")
    unknown = coming(club).finish
    amazon_says()

    finish = coming(club).finish

    assert unknown is None
    assert finish.at - finish.starts_at == timedelta(seconds=30)
    assert timedelta(seconds=15) < finish.starts_at - now() <= timedelta(seconds=20)
    assert (finish.first_part, finish.words) == (0, "less than a minute")


def test_an_account_without_a_limit_takes_no_time():
    club = a_club(channel_plan=ChannelPlan.EMAIL)
    amazon_says(max_per_second=None)

    finish = coming(club).finish

    assert finish.at == finish.starts_at


@pytest.mark.parametrize(
    ("choice", "zone", "end"),
    [
        ("wait", "Europe/London", datetime(2027, 7, 2, 7, tzinfo=UTC)),
        ("wait", "America/New_York", datetime(2027, 7, 1, 21, 30, tzinfo=UTC)),
        ("expire", "Europe/London", datetime(2027, 7, 1, 21, 30, tzinfo=UTC)),
    ],
)
def test_quiet_hours_at_the_hour_that_is_chosen_are_waited_for(choice, zone, end):
    at = datetime(2027, 7, 1, 21, 30, tzinfo=UTC)  # half past ten in London
    club = a_club(channel_plan=ChannelPlan.SMS, state=SendoutState.SCHEDULED, scheduled_at=at, quiet_choice=choice)
    run_sql("UPDATE participants SET time_zone = :zone", zone=zone)
    run_sql("UPDATE organisations SET has_quiet_hours = true, time_zone = 'Europe/London'")

    finish = coming(club).finish

    assert timedelta(0) <= finish.at - end < timedelta(seconds=1)


def test_a_first_part_goes_ahead_of_a_large_one(monkeypatch):
    club = a_club(people=3)
    amazon_says()
    monkeypatch.setattr("app.sendouts.reviewing.finish.GUARDED_ABOVE", 2)

    finish = coming(club).finish

    assert (finish.first_part, finish.words) == (1_000, "about 6 minutes")


@pytest.mark.parametrize(
    ("rate", "words"), [(0.05, "less than a minute"), (0.01, "about 5 minutes"), (0.0001, "about 8 hours"), (0.00001, "about 3 days")]
)
def test_a_long_time_is_told_roughly(rate, words):
    club = a_club(people=3, channel_plan=ChannelPlan.EMAIL)
    amazon_says(max_per_second=rate)

    assert coming(club).finish.words == words


def test_review_and_the_summary_say_it(app):
    club = a_club(people=3)
    give_prices(club)
    amazon_says(sent_24_hours=4_998.0)

    page = words_of(club.browser(app).get(club.path("/compose/review")))
    step = words_of(club.browser(app).get(club.path("/compose/message")))

    assert "It costs about <b>0.03 EUR</b>: 3 texts and 3 e-mails" in page
    assert "2 of 3 e-mails can go now" in page
    assert "It takes less than a minute to leave: done by" in page
    assert "<dt>Cost</dt><dd>0.03 EUR</dd>" in page
    assert "<dt>Cost</dt><dd>0.03 EUR</dd>" in step
    assert "<dt>Done by</dt>" in step


@pytest.mark.parametrize(("role", "words"), [(Role.OWNER, "Give them under Settings"), (Role.ORGANISER, "An owner can give them")])
def test_where_no_prices_are_known_it_says_who_can_give_them(app, role, words):
    club = a_club()

    assert words in words_of(club.browser(app, role).get(club.path("/compose/review")))


@pytest.mark.parametrize(("plan", "is_said"), [(ChannelPlan.BOTH, True), (ChannelPlan.SMS, False)])
def test_while_amazon_has_said_nothing_the_page_says_that(app, plan, is_said):
    club = a_club(channel_plan=plan)

    assert ("Amazon has not said lately" in words_of(club.browser(app).get(club.path("/compose/review")))) is is_said


def test_a_scheduled_one_that_amazon_would_not_take_says_that_it_would_wait(app):
    club = a_club(state=SendoutState.SCHEDULED, scheduled_at=now() + timedelta(hours=2))
    amazon_says(max_24_hours=2.0)

    page = words_of(club.browser(app).get(club.path("/compose/review")))

    assert "it does not start, and waits for a person" in page
    assert "Even a whole day\N{RIGHT SINGLE QUOTATION MARK}s limit (2) is too little" in page
