"""Twilio as its own SDK sees it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from app.providers.twilio_media import MediaGone, TwilioMedia
from tests.simulator.world import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, Receiver, Simulator, call, simulating, wait_until

SERVICE = "MG9f8e7d6c5b4a39281706f5e4d3c2b1a0"
ANN = "+15005551234"


def test_create_answers_as_twilio_does(simulator: Simulator):
    text = simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Pool closed today")

    assert (text.status, text.from_, text.num_segments, text.direction, text.error_code) == (
        "queued",
        OUR_NUMBER,
        "1",
        "outbound-api",
        None,
    )
    assert text.date_created is not None
    assert text.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{text.sid}.json"
    [logged] = simulator.accepted()
    assert (logged["provider"], logged["id"], logged["to"], logged["sender"]) == ("twilio", text.sid, ANN, OUR_NUMBER)


def test_a_messaging_service_names_its_sender_later(simulator: Simulator, receiver: Receiver):
    twilio = simulator.twilio()
    text = twilio.messages.create(to=ANN, messaging_service_sid=SERVICE, body="Hello", status_callback=f"{receiver.url}/status")
    simulator.settle()

    assert (text.status, text.from_, text.num_segments) == ("accepted", None, "0")
    assert [status for status, _ in receiver.statuses_of(text.sid or "")] == ["queued", "sending", "sent", "delivered"]
    assert receiver.to_path("/status")[0].form["MessagingServiceSid"] == SERVICE
    fetched = twilio.messages(text.sid or "").fetch()
    assert (fetched.status, fetched.from_, fetched.num_segments, fetched.price) == ("delivered", OUR_NUMBER, "1", "-0.00830")


REFUSALS = {
    "bad number": ({"to": "+15007770001"}, 400, 21211),
    "no number": ({"to": "12345"}, 400, 21211),
    "no body": ({"body": ""}, 400, 21602),
    "long body": ({"body": "x" * 1601}, 400, 21617),
    "no sender": ({"from_": ""}, 400, 21603),
    "opted out": ({"to": "+15007770010"}, 400, 21610),
    "region": ({"to": "+15007770017"}, 400, 21408),
    "landline": ({"to": "+15007770018"}, 400, 21635),
    "not mobile": ({"to": "+15007770006"}, 400, 21614),
    "queue full": ({"to": "+15007770023"}, 429, 21611),
    "busy": ({"to": "+15007770024"}, 429, 20429),
    "callback to a stranger": ({"status_callback": "https://elsewhere.example/status"}, 400, 21609),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_create_is_refused_with_twilios_code_for(case: str, simulator: Simulator):
    changes, status, code = REFUSALS[case]

    with pytest.raises(TwilioRestException) as refusal:
        simulator.twilio().messages.create(**{"to": ANN, "from_": OUR_NUMBER, "body": "Hello", **changes})

    assert (refusal.value.status, refusal.value.code) == (status, code)
    assert simulator.accepted() == []


def test_a_wrong_token_is_not_let_in(simulator: Simulator):
    with pytest.raises(TwilioRestException) as refusal:
        simulator.twilio(token="wrong").messages.create(to=ANN, from_=OUR_NUMBER, body="Hello")

    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_an_unknown_sid_is_not_found(simulator: Simulator):
    with pytest.raises(TwilioRestException) as refusal:
        simulator.twilio().messages("SM" + "0" * 32).fetch()

    assert refusal.value.status == 404


def test_callbacks_are_signed_over_the_exact_url_without_its_fragment(simulator: Simulator, receiver: Receiver):
    url = f"{receiver.url}/status/7?attempt=2&x=a%2Fb"
    simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Hello", status_callback=url + "#rc=3&rp=5xx,ct,rt")
    simulator.settle()

    arrivals = receiver.to_path("/status/7")
    validator = RequestValidator(AUTH_TOKEN)
    assert [arrival.path for arrival in arrivals] == ["/status/7?attempt=2&x=a%2Fb"] * 3
    assert all(validator.validate(url, arrival.form, arrival.headers["X-Twilio-Signature"]) for arrival in arrivals)


def test_inbound_texts_are_signed_and_carry_the_whole_form(simulator: Simulator, receiver: Receiver):
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": " Grüße 🙂 "})
    simulator.settle()

    [arrival] = receiver.to_path("/callbacks/twilio/inbound")
    url = f"{receiver.url}/callbacks/twilio/inbound"
    assert RequestValidator(AUTH_TOKEN).validate(url, arrival.form, arrival.headers["X-Twilio-Signature"])
    assert (arrival.form["Body"], arrival.form["From"], arrival.form["To"]) == (" Grüße 🙂 ", ANN, OUR_NUMBER)
    assert arrival.form["MessageSid"] == arrival.form["SmsSid"]
    assert arrival.form["FromCity"] == ""


@pytest.mark.parametrize(
    ("fragment", "statuses", "tries"),
    [("", [500], 1), ("#rc=3&rp=5xx,ct,rt", [500, 503], 3), ("#rc=2&rp=all", [404, 404, 404], 3), ("#rc=1&rp=5xx", [404], 1)],
)
def test_a_callback_is_tried_again_only_as_its_url_asks(
    fragment: str, statuses: list[int], tries: int, simulator: Simulator, receiver: Receiver
):
    receiver.statuses[:] = statuses
    callback = f"{receiver.url}/status/only"

    simulator.twilio().messages.create(to="+15007770022", messaging_service_sid=SERVICE, body="Hello", status_callback=callback + fragment)
    simulator.settle()

    arrivals = receiver.to_path("/status/only")
    assert len(arrivals) == tries
    assert len({arrival.headers["I-Twilio-Idempotency-Token"] for arrival in arrivals}) == 1


def test_stop_blocks_one_number_and_start_lifts_it(simulator: Simulator, receiver: Receiver):
    twilio = simulator.twilio()
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": " stop "})

    with pytest.raises(TwilioRestException, match="unsubscribed"):
        twilio.messages.create(to=ANN, from_=OUR_NUMBER, body="Hello")
    other = twilio.messages.create(to=ANN, from_="+15005550009", body="Hello")
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": "UNSTOP"})
    again = twilio.messages.create(to=ANN, from_=OUR_NUMBER, body="Hello")
    simulator.settle()

    assert (other.status, again.status) == ("queued", "queued")
    assert len(receiver.to_path("/callbacks/twilio/inbound")) == 2


def test_a_stop_to_a_messaging_service_comes_back_in_the_callback(simulator: Simulator, receiver: Receiver):
    twilio = simulator.twilio()
    twilio.messages.create(to=ANN, messaging_service_sid=SERVICE, body="Hello")
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": "STOP"})

    text = twilio.messages.create(to=ANN, messaging_service_sid=SERVICE, body="Hello", status_callback=f"{receiver.url}/status")
    simulator.settle()

    assert receiver.statuses_of(text.sid or "")[-1] == ("failed", "21610")


def test_on_a_toll_free_number_only_stop_blocks_and_yes_does_not_lift(simulator: Simulator):
    twilio = simulator.twilio()
    for body in ("CANCEL", "STOP", "YES"):
        if body == "STOP":
            assert twilio.messages.create(to=ANN, from_="+18005550006", body="Hello").sid
        simulator.ask("POST", "inbound", {"from": ANN, "to": "+18005550006", "body": body})

    with pytest.raises(TwilioRestException, match="unsubscribed"):
        twilio.messages.create(to=ANN, from_="+18005550006", body="Hello")


def test_a_twiml_reply_reaches_the_persons_mailbox(simulator: Simulator, receiver: Receiver):
    receiver.twiml = b'<?xml version="1.0" encoding="UTF-8"?><Response><Message>Thanks &amp; see you soon</Message></Response>'

    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": "I come"})
    simulator.settle()

    _, page = call("GET", f"{simulator.url}/mailbox?who=%2B15005551234")
    assert "Thanks &amp; see you soon" in page.decode()


def test_texts_are_listed_by_number_and_day_over_pages(simulator: Simulator):
    twilio = simulator.twilio()
    sids = [twilio.messages.create(to=ANN, from_=OUR_NUMBER, body=f"Hello {number}").sid for number in range(5)]
    twilio.messages.create(to="+15005559999", from_=OUR_NUMBER, body="Hello")
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": "Hi"})
    wait_until(lambda: simulator.ask("GET", "idle")["idle"])

    now = datetime.now(UTC)
    listed = twilio.messages.list(to=ANN, date_sent_after=now - timedelta(hours=1), page_size=2)
    assert [text.sid for text in listed] == sids[::-1]
    assert len(twilio.messages.list(to=OUR_NUMBER, date_sent=now.date())) == 1
    assert [text.direction for text in twilio.messages.list(from_=ANN)] == ["inbound"]
    assert twilio.messages.list(to=ANN, date_sent_before=now - timedelta(hours=1)) == []


def test_a_price_is_known_some_time_after_the_text(receiver: Receiver, tmp_path: Path):
    with simulating(receiver, tmp_path, "--price-after", "1") as simulator:
        message = simulator.twilio().messages(simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Hello").sid or "")
        wait_until(lambda: message.fetch().status == "delivered")
        first = message.fetch().price

        wait_until(lambda: message.fetch().price is not None)

    assert first is None


def test_a_picture_is_fetched_as_from_twilio_and_deleted_there(simulator: Simulator, receiver: Receiver):
    simulator.ask("POST", "inbound", {"from": ANN, "to": OUR_NUMBER, "body": "Look", "pictures": 1})
    simulator.settle()
    form = receiver.to_path("/callbacks/twilio/inbound")[0].form
    media = TwilioMedia(ACCOUNT_SID, AUTH_TOKEN, simulator.url)

    found = media.fetch(form["MediaUrl0"])
    simulator.twilio().messages(form["MessageSid"]).media(form["MediaUrl0"].rpartition("/")[2]).delete()

    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert (found.content_type, found.content[:4]) == ("image/png", b"\x89PNG")
    with pytest.raises(MediaGone):
        media.fetch(form["MediaUrl0"])
    media.close()
