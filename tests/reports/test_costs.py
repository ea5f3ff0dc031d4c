"""Costs as a page, prices as an owner types them, and the budget that asks before it is used up."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import Message, PriceList, Sendout, TextPrice
from tests import factories
from tests.browser import Browser

PRICES = {"currency": "EUR", "text_price": "0,0083", "received_price": "0.0075", "email_price": "0.0001", "monthly_budget": "25"}


@pytest.fixture
def club():
    return factories.an_organisation()


@pytest.fixture
def owner(app, club):
    return _as(app, club, Role.OWNER)


@pytest.fixture
def organiser(app, club):
    return _as(app, club, Role.ORGANISER)


def _as(app, club, role):
    user = factories.a_member(club, role)
    db.session.commit()
    return Browser(app, user)


def words_of(answer):
    return " ".join(answer.text.split())


def texts_sent(club, count=3, segments=2):
    sender = factories.a_sender(club, Channel.SMS, address="+15005550006")
    went = {"state": "running", "launched_at": now(), "channel_plan": ChannelPlan.SMS}
    sendout = factories.a_sendout(club, title="Match off", **went, sms_sender_id=sender.id)
    for _ in range(count):
        person = factories.a_participant(club)
        factories.a_message(sendout, person, Channel.SMS, status="delivered", accepted_at=now(), segments=segments)
    skipped = factories.a_participant(club)
    factories.a_message(sendout, skipped, Channel.SMS, status="skipped", skip_reason="stopped")
    db.session.commit()
    return sendout


def a_price_list(club, **values):
    factories.a_price_list(club, **({"email_price": Decimal("0.01"), "currency": "EUR"} | values))
    db.session.commit()


def a_ready_draft(club):
    """A send-out to two people that nothing stands against."""
    people = [factories.a_participant(club) for _ in range(2)]
    senders = {"email_sender_id": factories.a_sender(club).id, "reply_to": "sam@club.example"}
    sendout = factories.a_sendout(club, factories.a_list(club, *people), channel_plan=ChannelPlan.EMAIL, **senders)
    db.session.commit()
    return sendout


def state_of(sendout):
    db.session.expire_all()
    return db.session.get_one(Sendout, sendout.id).state


def test_prices_are_kept_as_typed(club, owner):
    assert owner.post("/settings/costs", PRICES).status_code == 303

    kept = db.session.get_one(PriceList, club.id)
    assert (kept.currency, kept.text_price, kept.monthly_budget) == ("EUR", Decimal("0.00830"), Decimal("25.00"))
    assert 'value="0.0083"' in owner.get("/settings/costs").text


@pytest.mark.parametrize(("typed", "kept"), [("1,000", 1_000), ("12,345.50", 12_345.5), ("12,5", 12.5), ("999999", 999_999)])
def test_a_budget_is_read_as_it_is_meant(club, owner, typed, kept):
    owner.post("/settings/costs", PRICES | {"monthly_budget": typed})

    assert db.session.get_one(PriceList, club.id).monthly_budget == Decimal(str(kept))


@pytest.mark.parametrize(
    ("field", "value"),
    [("text_price", "much"), ("email_price", "-1"), ("text_price", "100000"), ("monthly_budget", "NaN"), ("currency", "XXX")],
)
def test_a_price_that_is_none_is_refused_beside_its_field(club, owner, field, value):
    answer = owner.post("/settings/costs", PRICES | {field: value})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.get(PriceList, club.id) is None


@pytest.mark.parametrize(
    ("by", "name"),
    [("channel", "Texts"), ("sender", "+15005550006"), ("sendout", "Match off"), ("list", "one by one"), ("month", "Together")],
)
def test_the_page_adds_up_by_everything(club, organiser, by, name):
    texts_sent(club)
    a_price_list(club)

    page = words_of(organiser.get(f"/reports/costs?by={by}"))

    assert name in page
    assert page.count("0.06 EUR") == 2
    assert "charged as 6 short texts" in page


def test_a_treasurer_sees_the_costs_and_nothing_else(app, club):
    sendout_id = texts_sent(club).id
    treasurer = _as(app, club, Role.TREASURER)

    start, page = treasurer.get("/"), treasurer.get("/reports/costs?by=sendout")

    assert start.location == "/reports/costs"
    assert "Match off" in page.text
    assert [path for path in ("/sendouts/", "/participants", "/search", "/reports/compare", "/replies") if f'"{path}' in page.text] == []
    assert [treasurer.get(path).status_code for path in ("/home", "/reports/messages", f"/sendouts/{sendout_id}")] == [403, 403, 403]


def test_without_prices_there_are_numbers_and_no_amounts(club, organiser):
    texts_sent(club)

    page = words_of(organiser.get("/reports/costs"))

    assert "charged as 6 short texts" in page
    assert "Nobody has written down" in page


def test_what_twilio_charged_stands_beside_the_estimate_by_currency(club, organiser):
    sendout = texts_sent(club)
    a_price_list(club)
    rows = [row for row in db.session.scalars(select(Message).where(Message.sendout_id == sendout.id)) if row.accepted_at]
    for number, (row, currency) in enumerate(zip(rows, ("USD", "EUR"), strict=False)):
        row.provider_ref = f"SM{number}"
        factories.saved(TextPrice(provider_ref=row.provider_ref, organisation_id=club.id, amount=Decimal("0.016"), currency=currency))
    db.session.commit()

    page = words_of(organiser.get("/reports/costs"))

    assert (page.count("0.02 USD"), page.count("0.02 EUR"), page.count("0.06 EUR")) == (2, 2, 2)
    assert "for 2 of 3 texts so far" in page


def test_a_price_of_another_organisation_is_not_counted(club, organiser):
    sendout = texts_sent(club, count=1)
    other = factories.an_organisation(name="Hillside School", short_name="Hillside")
    row = db.session.scalars(select(Message).where(Message.sendout_id == sendout.id, Message.accepted_at.is_not(None))).one()
    row.provider_ref = "SM1"
    factories.saved(TextPrice(provider_ref="SM1", organisation_id=other.id, amount=Decimal(9), currency="USD"))
    db.session.commit()

    page = words_of(organiser.get("/reports/costs"))

    assert ("9.00 USD" in page, "not yet" in page) == (False, True)


def test_a_month_that_makes_no_sense_is_this_one(organiser):
    assert organiser.get("/reports/costs?month=2026-99&by=nothing").status_code == 200


def test_from_four_fifths_on_everybody_is_warned(club, organiser):
    texts_sent(club, count=4)
    a_price_list(club, monthly_budget=Decimal("0.10"))

    assert "budget are used: 0.08 of 0.10 EUR" in words_of(organiser.get("/reports/costs"))
    assert "Four fifths" in words_of(organiser.get("/home"))


def test_what_the_budget_does_not_cover_an_organiser_cannot_start(club, organiser):
    texts_sent(club, count=4)
    a_price_list(club, monthly_budget=Decimal("0.10"))
    draft = a_ready_draft(club)

    answer = organiser.post(f"/sendouts/{draft.id}/launch", {"over_budget": "yes"})

    assert answer.status_code == 422
    assert "an owner has to agree" in words_of(answer)
    assert state_of(draft) == "draft"


@pytest.mark.parametrize(("data", "state"), [({}, "draft"), ({"over_budget": "yes"}, "launching")])
def test_an_owner_is_asked_and_may_go_beyond_the_budget(club, owner, data, state):
    texts_sent(club, count=5)
    a_price_list(club, monthly_budget=Decimal("0.10"))
    draft = a_ready_draft(club)

    owner.post(f"/sendouts/{draft.id}/launch", data)

    assert state_of(draft) == state


def test_within_the_budget_nobody_is_asked(club, organiser):
    texts_sent(club)
    a_price_list(club, monthly_budget=Decimal(10))
    draft = a_ready_draft(club)

    organiser.post(f"/sendouts/{draft.id}/launch")

    assert state_of(draft) == "launching"


def test_an_urgent_text_passes(club, organiser):
    texts_sent(club, count=9)
    a_price_list(club, monthly_budget=Decimal("0.10"))
    person = factories.a_participant(club)
    db.session.commit()

    answer = organiser.post(
        "/urgent",
        {"text": "Riverside: no training", "participant_id": person.id, "useful_hours": "3", "seen_count": "1", "form_token": "t"},
    )

    assert answer.status_code == 303


def test_beyond_the_budget_each_resend_asks_its_owner_once(club, owner):
    sent = texts_sent(club)
    sent.asks_confirmation, sent.audience_count, sent.channel_plan = True, 4, ChannelPlan.SMS
    a_price_list(club, monthly_budget=Decimal("0.01"))

    page = owner.get(f"/sendouts/{sent.id}/resend").text

    assert page.count('name="over_budget"') == 1
