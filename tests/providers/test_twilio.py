"""Texts are handed to Twilio as its API asks for it, and every answer becomes one of four words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.providers.base import Accepted, CannotAsk, OutgoingText, Refused, Throttled, Unknown
from app.providers.error_outcomes import ERROR_OUTCOMES, NEXT_DAY, Scope, TextOutcome, error_outcome, has_left
from app.providers.twilio import TextRecord, TwilioTexts, status_callback_url, twilio_client
from app.providers.twilio_http import PooledHttpClient
from tests.providers.outcomes import word
from tests.providers.payloads import names, sample
from tests.providers.scripted_server import Answer, ScriptedServer, json_answer

ACCOUNT = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
SERVICE = "MG9f8e7d6c5b4a39281706f5e4d3c2b1a0"
MESSAGES_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def a_text(sender: str = "+15005550006") -> OutgoingText:
    callback = status_callback_url("https://app.example.com", 7, 2)
    return OutgoingText(7, 2, "+15005550101", sender, "Pool closed today é", callback)


def texts_over(api_url: str, read_seconds: float = 20) -> Iterator[TwilioTexts]:
    http_client = PooledHttpClient(api_url, read_seconds=read_seconds)
    yield TwilioTexts(twilio_client(ACCOUNT, "0f1e2d3c4b5a69788796a5b4c3d2e1f0", http_client))
    http_client.close()


@pytest.fixture
def texts(server: ScriptedServer) -> Iterator[TwilioTexts]:
    yield from texts_over(server.url + "/")


@pytest.fixture
def impatient_texts(server: ScriptedServer) -> Iterator[TwilioTexts]:
    yield from texts_over(server.url, read_seconds=0.2)


@pytest.fixture
def texts_to_nobody(dead_url: str) -> Iterator[TwilioTexts]:
    yield from texts_over(dead_url)


def error_answer(code: int, status: int = 400) -> Answer:
    return json_answer({"code": code, "message": "why", "more_info": "…", "status": status}, status)


def test_a_text_is_handed_over_with_our_id_in_its_callback(texts, server):
    server.answers = [json_answer(sample("twilio/api/201-queued-from-number.json"), 201)]

    outcome = texts.hand_over(a_text())

    (request,) = server.requests
    assert outcome == Accepted("SM00000000000000000000000000000001", 1)
    assert (request.method, request.path) == ("POST", MESSAGES_PATH)
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.body.decode()) == {
        "To": ["+15005550101"],
        "From": ["+15005550006"],
        "Body": ["Pool closed today é"],
        "StatusCallback": ["https://app.example.com/callbacks/twilio/status?m=7&a=2#rc=3&rp=5xx,ct,rt"],
    }


@pytest.mark.parametrize("name", ["201-accepted-messaging-service", "201-scheduled"])
def test_a_messaging_service_chooses_the_sender_and_knows_no_segments_yet(texts, server, name):
    answer = sample(f"twilio/api/{name}.json")
    server.answers = [json_answer(answer, 201)]

    outcome = texts.hand_over(a_text(SERVICE))

    sent = parse_qs(server.requests[0].body.decode())
    assert outcome == Accepted(answer["sid"], None)
    assert sent["MessagingServiceSid"] == [SERVICE]
    assert "From" not in sent


def test_a_sender_whose_name_begins_like_a_services_is_none(texts, server):
    texts.hand_over(a_text("MG Motors"))

    sent = parse_qs(server.requests[0].body.decode())
    assert (sent["From"], "MessagingServiceSid" in sent) == (["MG Motors"], False)


def test_the_callback_url_asks_twilio_to_try_again():
    url = urlsplit(status_callback_url("https://app.example.com/", 12, 3))

    assert (url.path, url.query, url.fragment) == ("/callbacks/twilio/status", "m=12&a=3", "rc=3&rp=5xx,ct,rt")


API_ERRORS = {
    "error-20003": "hold",
    "error-20404": "hold",
    "error-20429": Throttled,
    "error-20500": Unknown,
    "error-20503": Unknown,
    "error-21211": "address",
    "error-21408": "message",
    "error-21602": "message",
    "error-21603": "hold",
    "error-21604": "address",
    "error-21606": "hold",
    "error-21608": "hold",
    "error-21610": "opted_out",
    "error-21611": Throttled,
    "error-21612": "message",
    "error-21614": "address",
    "error-21617": "message",
    "error-21635": "address",
    "error-21703": "hold",
    "error-21704": "hold",
    "error-html-502": Unknown,
    "error-rfc9457": "message",  # an answer of 400: refused, whatever its shape
}
ANSWERS = {"201-queued-from-number", "201-accepted-messaging-service", "201-scheduled", "200-fetch-undelivered"}


def test_every_sample_answer_is_in_a_table():
    assert names("twilio/api/*") == sorted(f"twilio/api/{name}.json" for name in API_ERRORS.keys() | ANSWERS)


@pytest.mark.parametrize("name", API_ERRORS)
def test_each_sample_error_has_its_word(texts, server, name):
    error = sample(f"twilio/api/{name}.json")
    if "text" in error:
        server.answers = [Answer(error["http_status"], error["text"].encode(), error["headers"])]
    else:
        server.answers = [json_answer(error["body"], error["http_status"], error.get("headers"))]

    outcome = texts.hand_over(a_text())

    assert (outcome.blame if isinstance(outcome, Refused) else word(outcome)) == API_ERRORS[name]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, b"slow down"), Throttled),
        (Answer(401, b"who are you"), "hold"),
        (Answer(403, b"<html>"), "hold"),
        (Answer(404, b"<html>"), Refused),
        (Answer(408, b""), Unknown),
        (Answer(301, b""), Unknown),
        (Answer(201, b"<html>"), Unknown),
        (Answer(201, b"{}"), Unknown),
        (error_answer(30022), Throttled),
        (error_answer(30017), Throttled),
        (error_answer(30023), "hold"),
        (json_answer({"code": 63038, "message": "Account exceeded the daily messages limit", "status": 429}, 429), "hold"),
        (error_answer(30410), Unknown),
        (error_answer(30003), Refused),
        (error_answer(99999), Refused),
        (json_answer({"type": "t", "title": "t", "status": "odd", "code": "odd"}, 400), Unknown),
        (json_answer({"type": "t", "title": "t", "status": 400, "code": "odd"}, 400), Refused),
    ],
)
def test_other_answers_to_a_text(texts, server, answer, expected):
    server.answers = [answer]

    assert word(texts.hand_over(a_text())) == expected


def test_a_refusal_is_told_in_plain_words(texts, server):
    server.answers = [error_answer(21614), error_answer(99999)]

    listed, unlisted = texts.hand_over(a_text()), texts.hand_over(a_text())

    assert listed == Refused("21614", "This number does not belong to a mobile phone.", "address")
    assert unlisted == Refused("99999", "Twilio gave error 99999.", "message")


def test_a_hold_says_who_has_to_do_what(texts, server):
    server.answers = [error_answer(21606)]

    outcome = texts.hand_over(a_text())

    assert isinstance(outcome, Throttled)
    assert outcome.hold
    assert outcome.hold.endswith("then resume.")


@pytest.mark.parametrize("answer", [Answer(is_reset=True), Answer(hang_seconds=5)], ids=["reset", "time-out"])
def test_no_answer_after_connecting_is_in_doubt(impatient_texts, server, answer):
    server.answers = [answer]

    assert word(impatient_texts.hand_over(a_text())) is Unknown
    assert len(server.requests) == 1


def test_never_connected_is_no_failure_of_the_recipient(texts_to_nobody):
    assert word(texts_to_nobody.hand_over(a_text())) is Throttled


def test_connections_are_kept_and_the_sdk_may_name_its_own_time_out(server):
    http_client = PooledHttpClient(connect_seconds=1)

    answers = [http_client.request("GET", f"{server.url}/a?b=1", {"c": ["2", "3"]}, timeout=3) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert server.requests[0].path == "/a?b=1&c=2&c=3"
    http_client.close()


def a_listed_text(number: int, created: str | None) -> dict[str, Any]:
    return {**sample("twilio/api/201-queued-from-number.json"), "sid": f"SM{number}", "date_created": created}


def test_texts_to_a_number_end_at_the_first_that_is_older(texts, server):
    first = {"messages": [a_listed_text(3, None), a_listed_text(2, "Wed, 04 Mar 2026 09:15:02 +0000")], "next_page_uri": "/2010-04-01/next"}
    second = {"messages": [a_listed_text(1, "Wed, 04 Mar 2026 09:00:00 +0000"), a_listed_text(0, None)]}
    server.answers = [json_answer(first), json_answer(second)]

    found = texts.texts_to("+15005550101", datetime(2026, 3, 4, 9, 10, tzinfo=UTC))

    assert [text.ref for text in found] == ["SM3", "SM2"]
    assert [request.path for request in server.requests] == [f"{MESSAGES_PATH}?To=%2B15005550101&PageSize=50", "/2010-04-01/next"]


def test_fewer_texts_than_a_page_are_all_found(texts, server):
    server.answers = [json_answer({"messages": [a_listed_text(1, "Wed, 04 Mar 2026 09:15:02 +0000")]})]

    assert len(texts.texts_to("+15005550101", datetime(2026, 3, 4, tzinfo=UTC))) == 1


def test_one_text_is_fetched_as_twilio_keeps_it(texts, server):
    server.answers = [json_answer(sample("twilio/api/200-fetch-undelivered.json"))]

    found = texts.fetch("SM00000000000000000000000000000004")

    assert found == TextRecord(
        ref="SM00000000000000000000000000000004",
        to="+15005550101",
        sender="+15005550006",
        body="Pool closed today. Reply STOP to opt out",
        status="undelivered",
        error_code=30005,
        segments=1,
        created_at=datetime(2026, 3, 4, 9, 15, 2, tzinfo=UTC),
        updated_at=datetime(2026, 3, 4, 9, 15, 2, tzinfo=UTC),
    )


@pytest.mark.parametrize("answer", [Answer(503), Answer(404), Answer(200, b"<html>"), Answer(is_reset=True)])
def test_what_twilio_does_not_say_is_not_known(texts, server, answer):
    server.answers = [answer]

    with pytest.raises(CannotAsk):
        texts.fetch("SM1")
    with pytest.raises(CannotAsk):
        texts.texts_to("+15005550101", datetime(2026, 3, 4, tzinfo=UTC))


def test_without_an_account_texts_are_held(server, monkeypatch):
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    server.answers = [error_answer(20003, 401)]
    http_client = PooledHttpClient(server.url)

    outcome = TwilioTexts(twilio_client("", "", http_client)).hand_over(a_text())

    assert word(outcome) == "hold"
    assert "authorization" not in server.requests[0].headers
    http_client.close()


CODES = sample("twilio/error-outcomes.json")["codes"]


def test_the_table_of_codes_is_that_of_the_sample():
    expected = {entry["code"]: (entry["outcome"], entry["scope"]) for entry in CODES}

    assert {code: (meaning.outcome, meaning.scope) for code, meaning in ERROR_OUTCOMES.items()} == expected


def test_the_codes_that_wait_for_the_next_day_are_those_of_the_sample():
    assert {entry["code"] for entry in CODES if entry["retry"] == "next day"} == NEXT_DAY


def test_each_code_has_a_sentence_of_its_own():
    assert all(meaning.words.endswith(".") for meaning in ERROR_OUTCOMES.values())


@pytest.mark.parametrize(("code", "words"), [(None, "Twilio gave no reason."), (12345, "Twilio gave error 12345.")])
def test_what_is_not_listed_is_final_for_this_text(code, words):
    meaning = error_outcome(code)

    assert (meaning.outcome, meaning.scope, meaning.words) == (TextOutcome.PERMANENT, Scope.MESSAGE, words)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (30007, True),
        (30004, True),
        (None, True),
        (99999, True),
        (30002, False),
        (30034, False),
        (30037, False),
        (21408, False),
        (30111, False),
    ],
)
def test_a_final_failure_has_left_unless_twilio_stopped_it(code, expected):
    assert has_left(code) is expected
