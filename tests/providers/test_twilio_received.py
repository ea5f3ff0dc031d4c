"""Texts that people sent, as Twilio's list has them; and a record told as the event that its callback would have been."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.delivery import DeliveryStatus as Status
from app.domain.events import Suppress
from app.providers.base import Callback, CannotAsk
from app.providers.twilio import TextRecord, TwilioTexts, twilio_client
from app.providers.twilio_callbacks import TwilioReader, reported
from app.providers.twilio_http import PooledHttpClient
from tests.providers.scripted_server import Answer, ScriptedServer, json_answer

ACCOUNT = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
SERVICE = "MG9f8e7d6c5b4a39281706f5e4d3c2b1a0"
OURS, THEIRS = "+15005550006", "+12015550142"
SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def texts(server: ScriptedServer) -> Iterator[TwilioTexts]:
    http_client = PooledHttpClient(server.url)
    yield TwilioTexts(twilio_client(ACCOUNT, "0f1e2d3c4b5a69788796a5b4c3d2e1f0", http_client))
    http_client.close()


def a_page(*messages: dict[str, Any]) -> Answer:
    return json_answer({"messages": list(messages), "next_page_uri": None, "page": 0, "page_size": 200})


def a_listed(sid: str, sent: str = "Fri, 20 Nov 2026 18:30:00 +0000", **values: Any) -> dict[str, Any]:
    return {"sid": sid, "from": THEIRS, "to": OURS, "body": "STOP", "direction": "inbound", "date_sent": sent, "num_media": "0"} | values


def test_received_texts_are_asked_for_by_number_and_time(texts, server):
    server.answers = [a_page(a_listed("SM2", num_segments="2", messaging_service_sid=SERVICE))]

    (listed,) = texts.inbound_since(OURS, SINCE)

    query = parse_qs(urlsplit(server.requests[0].path).query)
    assert (query["To"], query["DateSent>"]) == ([OURS], ["2026-11-20T12:00:00Z"])
    assert listed.received_at == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert (listed.text.provider_ref, listed.text.from_number, listed.text.to_number) == ("SM2", THEIRS, OURS)
    assert (listed.text.body, listed.text.segments, listed.text.messaging_service) == ("STOP", 2, SERVICE)


def test_only_what_people_sent_since_is_listed_and_the_oldest_comes_first(texts, server):
    early, late = "Fri, 20 Nov 2026 13:00:00 +0000", "Fri, 20 Nov 2026 19:00:00 +0000"
    old = "Fri, 20 Nov 2026 11:59:59 +0000"
    server.answers = [
        a_page(a_listed("late", late), a_listed("ours", direction="outbound-api"), a_listed("early", early), a_listed("old", old))
    ]

    listed = texts.inbound_since(OURS, SINCE, SERVICE)

    assert [each.text.provider_ref for each in listed] == ["early", "late"]
    assert {each.text.messaging_service for each in listed} == {SERVICE}


def test_a_picture_is_looked_up(texts, server):
    media = {"sid": "ME1", "content_type": "image/jpeg", "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1.json"}
    server.answers = [a_page(a_listed("MM1", num_media="1")), json_answer({"media_list": [media], "next_page_uri": None})]

    (listed,) = texts.inbound_since(OURS, SINCE)

    assert listed.text.media == (("image/jpeg", f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"),)


def test_the_numbers_of_a_service_are_listed(texts, server):
    server.answers = [
        json_answer({"phone_numbers": [{"sid": "PN1", "phone_number": OURS}], "meta": {"next_page_url": None, "key": "phone_numbers"}})
    ]

    assert texts.numbers_of(SERVICE) == [OURS]
    assert server.requests[0].path.startswith(f"/v1/Services/{SERVICE}/PhoneNumbers")


def test_a_list_that_twilio_refuses_is_not_an_empty_one(texts, server):
    server.answers = [json_answer({"code": 20003, "message": "Authenticate", "status": 401}, 401)]

    with pytest.raises(CannotAsk):
        texts.inbound_since(OURS, SINCE)
    with pytest.raises(CannotAsk):
        texts.numbers_of(SERVICE)


@pytest.mark.parametrize(("word", "code"), [("sent", None), ("delivered", None), ("undelivered", 30003), ("failed", 21610)])
def test_a_record_is_the_event_that_its_callback_would_have_been(word, code):
    record = TextRecord("SM1", THEIRS, OURS, "Hello", word, code, 1, None, SINCE)
    form = f"MessageSid=SM1&MessageStatus={word}&To=%2B12015550142&From=%2B15005550006" + (f"&ErrorCode={code}" if code else "")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    (told,) = TwilioReader([]).read(Callback("https://app.example.com/callbacks/twilio/status", headers, form.encode(), SINCE))

    assert reported(record, datetime.now(UTC)) == told


def test_an_opt_out_in_a_record_is_one():
    record = TextRecord("SM1", THEIRS, OURS, "Hello", "failed", 21610, 1, None)

    event = reported(record, SINCE)

    assert (event.status, event.suppress, event.occurred_at) == (Status.SKIPPED, Suppress.STOP, SINCE)


def test_prices_are_read_page_by_page_as_the_amounts_that_were_charged(texts, server):
    first = a_listed("SM2", price="-0.00830", price_unit="USD")
    second = [a_listed("SM1", price=None, price_unit="usd"), a_listed("SM0", price="-0.01500", price_unit="EUR")]
    next_page = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000&Page=1"
    server.answers = [json_answer({"messages": [first], "next_page_uri": next_page, "page": 0, "page_size": 1000}), a_page(*second)]

    pages = list(texts.prices_between(SINCE, SINCE + timedelta(days=1)))

    query = parse_qs(urlsplit(server.requests[0].path).query)
    assert (query["DateSent>"], query["DateSent<"]) == (["2026-11-20T12:00:00Z"], ["2026-11-21T12:00:00Z"])
    assert [[(each.ref, each.amount, each.currency) for each in page] for page in pages] == [
        [("SM2", Decimal("0.00830"), "USD")],
        [("SM1", None, "USD"), ("SM0", Decimal("0.01500"), "EUR")],
    ]


def test_prices_that_cannot_be_listed_are_asked_for_another_time(texts, server):
    server.answers = [json_answer({"code": 20500}, 500)]

    with pytest.raises(CannotAsk):
        list(texts.prices_between(SINCE, SINCE + timedelta(days=1)))
