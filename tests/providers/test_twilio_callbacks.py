"""What Twilio posts: signed over the public URL, and read into our words."""

import json
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus as Status
from app.domain.delivery import join_statuses
from app.domain.events import DeliveryEvent, EventKind, InboundText, Suppress
from app.domain.keywords import Keyword, read_keyword
from app.providers.base import BadSignature, Callback, Unreadable
from app.providers.twilio_callbacks import TwilioReader, twiml
from tests.providers.payloads import names, sample, sample_bytes

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
STATUS_URL = "https://app.example.com/callbacks/twilio/status?m=42&a=1"
INBOUND_URL = "https://app.example.com/callbacks/twilio/inbound"
RECEIVED = datetime(2026, 3, 4, 9, 20, tzinfo=UTC)
CASES = sample("twilio/signatures.json")


def a_callback(body: bytes, url: str = STATUS_URL, **headers: str) -> Callback:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Callback(url, {"content-type": FORM, **named}, body, RECEIVED)


def signed_callback(case: dict[str, Any]) -> Callback:
    """A case of the sample as it would arrive."""
    if "raw_body" in case:
        body, kind = case["raw_body"].encode(), "application/json"
    elif str(case.get("body", "")).endswith(".form"):
        body, kind = sample_bytes(case["body"]), FORM
    else:
        pairs = [(name, value) for name, value in case.get("pairs") or case["params"].items()]
        body, kind = urlencode(pairs).encode(), FORM
    headers = {"content-type": kind, **{name.lower(): value for name, value in case.get("headers", {}).items()}}
    if case["x_twilio_signature"] is not None:
        headers["x-twilio-signature"] = case["x_twilio_signature"]
    return Callback(case["url"], headers, body, RECEIVED)


def is_signed(reader: TwilioReader, callback: Callback) -> bool:
    try:
        reader.verify(callback)
    except BadSignature:
        return False
    return True


def label(case: dict[str, Any]) -> str:
    return str(case.get("label") or case.get("body"))


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_signature_is_believed_exactly_when_the_sample_says_so(case):
    is_shared = "X-Twilio-Webhooks-Signature-Settings" in case.get("headers", {})
    reader = TwilioReader([TOKEN], shared_key=case["auth_token"]) if is_shared else TwilioReader([case["auth_token"]])

    assert is_signed(reader, signed_callback(case)) is case["valid"]


@pytest.mark.parametrize("case", [case for case in CASES if case["valid"]], ids=label)
def test_no_signature_is_believed_under_another_token(case):
    assert not is_signed(TwilioReader(["another"]), signed_callback(case))
    assert not is_signed(TwilioReader([]), signed_callback(case))
    assert not is_signed(TwilioReader([""]), signed_callback(case))


def test_around_a_rotation_both_tokens_are_believed():
    case = next(case for case in CASES if case["valid"])

    assert is_signed(TwilioReader(["the new one", TOKEN]), signed_callback(case))


def test_a_request_cannot_choose_the_algorithm_without_a_shared_key():
    (case,) = [case for case in CASES if "HMAC_SHA256" in label(case)]

    assert not is_signed(TwilioReader([case["auth_token"]]), signed_callback(case))


def test_with_a_shared_key_ordinary_signatures_stay_good():
    case = next(case for case in CASES if case["valid"])

    assert is_signed(TwilioReader([TOKEN], shared_key="secret"), signed_callback(case))


@pytest.mark.parametrize(
    ("url", "params", "signature"),
    [
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"},
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            "https://example.com/myapp.php?foo=1&bar=2",
            {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310", "To": "+18005551212"},
            "L/OH5YylLD5NRKLltdqwSvS0BnU=",
        ),
    ],
)
def test_the_vectors_of_twilios_own_documentation_hold(url, params, signature):
    callback = a_callback(urlencode(params).encode(), url, x_twilio_signature=signature)

    assert is_signed(TwilioReader(["12345"]), callback)


addresses = st.builds(
    "{}://{}{}/callbacks?{}".format,
    st.sampled_from(["https", "http"]),
    st.sampled_from(["app.example.com", "127.0.0.1"]),
    st.sampled_from(["", ":443", ":80", ":8000"]),
    st.sampled_from(["", "m=1&a=2", "x=%C3%A9"]),
)
forms = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), min_size=1, max_size=6)


class Many(dict[str, list[str]]):
    """A form as Twilio's own helper wants it."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


@given(addresses, forms)
def test_signatures_are_those_of_twilios_own_helper(url, pairs):
    form = Many()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    signature = RequestValidator(TOKEN).compute_signature(url, form)

    callback = a_callback(urlencode(pairs).encode(), url, x_twilio_signature=signature)

    assert is_signed(TwilioReader([TOKEN]), callback)
    assert not is_signed(TwilioReader([TOKEN]), a_callback(callback.body + b"&x=y", url, x_twilio_signature=signature))


def test_a_get_is_signed_over_the_url_alone():
    signature = RequestValidator(TOKEN).compute_signature(INBOUND_URL, {})

    assert is_signed(TwilioReader([TOKEN]), Callback(INBOUND_URL, {"x-twilio-signature": signature}, b""))


@pytest.mark.parametrize(
    "callback",
    [
        a_callback(b"\xff", x_twilio_signature="x"),
        a_callback(b"&".join([b"a=1"] * 600), x_twilio_signature="x"),
        a_callback(b"a=1", content_type="application/json", x_twilio_signature="x"),
        a_callback(b"a=1", x_twilio_signature="é\udcff"),
    ],
)
def test_what_cannot_be_checked_is_refused(callback):
    assert not is_signed(TwilioReader([TOKEN]), callback)


SENT = (Status.SENT, Suppress.NOTHING)
FAILED = (Status.FAILED, Suppress.NOTHING)
NOT_SENT = (Status.NOT_SENT, Suppress.NOTHING)
BAD_NUMBER = (Status.BAD_NUMBER, Suppress.BAD_NUMBER)

REPORTS: dict[str, tuple[Status | None, Suppress]] = {
    "queued": SENT,
    "sending": SENT,
    "sent": SENT,
    "delivered": (Status.DELIVERED, Suppress.NOTHING),
    "delivered-no-dlr-date": (Status.DELIVERED, Suppress.NOTHING),
    "read-whatsapp": (Status.DELIVERED, Suppress.NOTHING),
    "canceled": NOT_SENT,
    "failed-21610": (Status.SKIPPED, Suppress.STOP),
    "failed-30001": FAILED,
    "failed-30002": NOT_SENT,
    "failed-30010": NOT_SENT,
    "failed-30019": FAILED,
    "failed-30036": FAILED,
    "failed-30037": NOT_SENT,
    "failed-30410": FAILED,
    "failed-30500": FAILED,
    "failed-63018": FAILED,
    "failed-no-error-code": FAILED,
    "future-unknown-status": (None, Suppress.NOTHING),
    "undelivered-30003": FAILED,
    "undelivered-30004": FAILED,
    "undelivered-30005": BAD_NUMBER,
    "undelivered-30006": BAD_NUMBER,
    "undelivered-30007": FAILED,
    "undelivered-30008": FAILED,
    "undelivered-30017": FAILED,
    "undelivered-30022": FAILED,
    "undelivered-30023": FAILED,
    "undelivered-30024": FAILED,
    "undelivered-30032": NOT_SENT,
    "undelivered-30033": NOT_SENT,
    "undelivered-30034": NOT_SENT,
    "undelivered-30035": FAILED,
    "undelivered-30040": FAILED,
    "undelivered-30450": FAILED,
    "undelivered-30453": FAILED,
}


def report_of(name: str, url: str = STATUS_URL) -> DeliveryEvent:
    (event,) = TwilioReader([TOKEN]).read(a_callback(sample_bytes(f"twilio/status/{name}.form"), url))
    assert isinstance(event, DeliveryEvent)
    return event


def test_every_sample_report_is_in_the_table():
    assert names("twilio/status/*.form") == sorted(f"twilio/status/{name}.form" for name in REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_each_sample_report_means_what_the_table_says(name):
    event = report_of(name)

    assert (event.status, event.suppress) == REPORTS[name]
    assert event.kind is (EventKind.STATUS if event.status else EventKind.NOTHING)
    assert (event.channel, event.message_id, event.attempt, event.occurred_at) == (Channel.SMS, 42, 1, RECEIVED)


@pytest.mark.parametrize("case", [case for case in CASES if "status" in case.get("expect", {})], ids=label)
def test_a_report_keeps_twilios_own_status_and_code(case):
    name = case["body"].removeprefix("twilio/status/").removesuffix(".form")
    code = case["expect"]["error_code"]

    event = report_of(name, case["url"])

    assert (event.detail["status"], event.code) == (case["expect"]["status"], None if code is None else str(code))
    assert event.message_id is None  # the samples' "m-000000001" is no id of ours


def test_a_report_is_told_in_plain_words_under_its_own_key():
    event = report_of("undelivered-30005")

    assert event.words == "No phone answers to this number."
    assert event.event_key == "SM00000000000000000000000000007535:undelivered:30005"
    assert (event.provider_ref, event.recipient) == ("SM00000000000000000000000000007535", "+15005550101")


@pytest.mark.parametrize("name", names("twilio/status/*.json"))
def test_a_sequence_ends_where_the_sample_says_in_any_order(name):
    sequence = sample(name)
    events = [report_of(each.removeprefix("twilio/status/").removesuffix(".form")) for each in sequence["order"]]

    for order in permutations(events):
        status = Status.PENDING
        for event in order:
            assert event.status
            status = join_statuses(status, event.status)
        assert status == sequence["final"]
    assert len({event.event_key for event in events}) == sequence.get("effects", len(events))


def inbound_of(name: str) -> InboundText:
    (text,) = TwilioReader([TOKEN]).read(a_callback(sample_bytes(name), INBOUND_URL))
    assert isinstance(text, InboundText)
    return text


INBOUND = [case for case in CASES if str(case.get("body", "")).startswith("twilio/inbound/")]
ACTIONS = {Keyword.STOP: "opt_out", Keyword.START: "opt_in", Keyword.HELP: "help"}


def test_every_sample_text_has_a_case():
    assert names("twilio/inbound/*") == sorted(case["body"] for case in INBOUND)


@pytest.mark.parametrize("case", INBOUND, ids=label)
def test_an_inbound_text_asks_for_what_the_sample_says(case):
    text = inbound_of(case["body"])

    keyword = read_keyword(text.body, text.opt_out_type, is_opted_out=True)

    assert ACTIONS.get(keyword, "store") == case["expect"]["action"]


def test_an_inbound_text_is_read_whole():
    assert inbound_of("twilio/inbound/text.form") == InboundText(
        provider_ref="SM000000000000000000000000000003e9",
        from_number="+15005550111",
        to_number="+15005550006",
        messaging_service="MG9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        body="Is the pool open on Sunday?",
    )


def test_pictures_opt_outs_and_white_space_are_kept():
    picture, stop = inbound_of("twilio/inbound/media.form"), inbound_of("twilio/inbound/advanced-optout-stop.form")
    padded, emoji = inbound_of("twilio/inbound/whitespace-kept.form"), inbound_of("twilio/inbound/emoji-two-segments.form")

    assert [kind for kind, _url in picture.media] == ["image/jpeg"]
    assert stop.opt_out_type == "STOP"
    assert padded.body == "  padded body  "
    assert emoji.segments == 2


def test_a_promised_picture_without_an_address_is_none():
    body = b"MessageSid=SM1&From=%2B1&To=%2B2&Body=x&NumMedia=2&MediaUrl1=https%3A%2F%2Fapi.twilio.com%2Fp&NumSegments=many"

    (text,) = TwilioReader([TOKEN]).read(a_callback(body))

    assert isinstance(text, InboundText)
    assert (text.media, text.segments) == ((("", "https://api.twilio.com/p"),), 1)


def test_a_received_text_is_no_report_even_with_a_status():
    (text,) = TwilioReader([TOKEN]).read(a_callback(b"MessageSid=SM1&From=1&To=2&SmsStatus=received&MessageStatus=received"))

    assert isinstance(text, InboundText)


def test_a_code_that_is_no_number_is_kept_as_written():
    (event,) = TwilioReader([TOKEN]).read(a_callback(b"MessageSid=SM1&MessageStatus=failed&ErrorCode=odd"))

    assert isinstance(event, DeliveryEvent)
    assert (event.status, event.code, event.recipient) == (Status.FAILED, "odd", None)


@pytest.mark.parametrize("body", [b"", b"\xff", b"MessageSid=SM1", b"MessageSid=SM1&From=1", b"MessageStatus=sent"])
def test_what_is_neither_report_nor_text_cannot_be_read(body):
    with pytest.raises(Unreadable):
        TwilioReader([TOKEN]).read(a_callback(body))


def test_the_receipt_key_is_the_same_in_any_order_of_the_parameters():
    reader = TwilioReader([TOKEN])

    one, same, other = (reader.receipt_key(a_callback(body)) for body in (b"a=1&b=2", b"b=2&a=1", b"a=12&b="))

    assert one == same
    assert one != other


def test_the_receipt_key_of_json_is_that_of_its_bytes():
    reader = TwilioReader([TOKEN])
    bodies = (json.dumps({"a": 1}).encode(), json.dumps({"a": 2}).encode())

    one, other = (reader.receipt_key(a_callback(body, content_type="application/json")) for body in bodies)

    assert one != other


@pytest.mark.parametrize(("name", "reply"), [("empty", None), ("reply", "Thanks & see you soon")])
def test_an_answer_to_a_text_is_the_sample(name, reply):
    assert twiml(reply).encode() == sample_bytes(f"twilio/twiml/{name}.xml").rstrip()
