"""What becomes of a message by its address: the tables that demonstrations are written by."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.behaviour import MAIL_FATES, TEXT_FATES, Oracle, mail_name
from simulator.segments import segment_count
from tests.simulator.world import OUR_NUMBER, Receiver, bulk, entry, receiving, simulating

# name: what follows Send, as (event, distinguishing words)
EVENTS = {
    "success": [("Delivery", "")],
    "anybody": [("Delivery", "")],
    "sent": [],
    "bounce": [("Bounce", "Permanent/General")],
    "late-bounce": [("Delivery", ""), ("Bounce", "Permanent/General")],
    "complaint": [("Delivery", ""), ("Complaint", "abuse")],
    "not-spam": [("Delivery", ""), ("Complaint", "not-spam")],
    "suppressed": [("Bounce", "Permanent/OnAccountSuppressionList")],
    "complained-before": [("Complaint", "OnAccountSuppressionList")],
    "invalid": [("Bounce", "Permanent/EmailValidationSuppressed")],
    "unsubscribed": [("Bounce", "Permanent/UnsubscribedRecipient")],
    "rejected": [("Reject", "Bad content")],
    "delayed": [("DeliveryDelay", "TransientCommunicationFailure")],
    "delayed-then-ok": [("DeliveryDelay", "TransientCommunicationFailure"), ("Delivery", "")],
    "delayed-then-bounce": [("DeliveryDelay", "TransientCommunicationFailure"), ("Bounce", "Transient/CustomTimeoutExceeded")],
    "full": [("Bounce", "Transient/MailboxFull")],
    "toolarge": [("Bounce", "Transient/MessageTooLarge")],
    "ooo": [("Delivery", ""), ("Bounce", "Transient/General")],
    "undetermined": [("Bounce", "Undetermined/Undetermined")],
}

# last four digits: the statuses after the first, the error code of the last, and what is texted back
TEXTS = {
    "1234": (["sending", "sent", "delivered"], None, []),
    "0002": (["sending", "sent", "undelivered"], "30006", []),
    "0003": (["sending", "sent", "undelivered"], "30003", []),
    "0005": (["sending", "sent", "undelivered"], "30005", []),
    "0007": (["sending", "sent", "undelivered"], "30007", []),
    "0008": (["sending", "failed"], "30008", []),
    "0009": (["sending", "failed"], None, []),
    "0011": (["sending", "failed"], "21610", []),
    "0012": (["sending", "sent"], None, []),
    "0013": (["sending", "sent", "delivered"], None, ["Yes, we are coming"]),
    "0014": (["sending", "sent", "delivered"], None, ["STOP"]),
    "0015": (["sending", "sent", "delivered"], None, ["please stop texting me"]),
    "0016": (["sending", "sent", "delivered"], None, ["STOP", "START"]),
    "0022": ([], None, []),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Everybody written to once, and everything that follows."""
    with receiving() as receiver, simulating(receiver, tmp_path_factory.mktemp("played")) as simulator:
        simulator.ses().send_bulk_email(**bulk(*[entry(f"{name}7@example.net") for name in EVENTS]))
        twilio = simulator.twilio()
        for digits in TEXTS:
            callback = f"{receiver.url}/status/{digits}"
            twilio.messages.create(to=f"+1500777{digits}", from_=OUR_NUMBER, body="Hello", status_callback=callback)
        simulator.settle()
        yield receiver


def _told(event: dict[str, dict[str, str]]) -> tuple[str, str]:
    kind = str(event["eventType"])
    about = event["deliveryDelay" if kind == "DeliveryDelay" else kind.lower()]
    words = {
        "Bounce": f"{about.get('bounceType')}/{about.get('bounceSubType')}",
        "Complaint": about.get("complaintFeedbackType") or about.get("complaintSubType") or "",
        "Reject": about.get("reason", ""),
        "DeliveryDelay": about.get("delayType", ""),
    }
    return kind, words.get(kind, "")


@pytest.mark.parametrize("name", EVENTS)
def test_a_mail_goes_the_way_its_address_says(name: str, played: Receiver):
    events = played.events(f"{name}7@example.net")

    assert [_told(event) for event in events] == [("Send", ""), *EVENTS[name]]
    assert len({event["mail"]["messageId"] for event in events}) == 1
    assert all(event["mail"]["tags"]["message_id"] == [f"{name}7"] for event in events)
    assert all(event["mail"]["tags"]["ses:configuration-set"] == ["sendout"] for event in events)


@pytest.mark.parametrize("digits", TEXTS)
def test_a_text_goes_the_way_its_number_says(digits: str, played: Receiver):
    statuses, code, replies = TEXTS[digits]

    forms = [arrival.form for arrival in played.to_path(f"/status/{digits}")]
    inbound = [arrival.form["Body"] for arrival in played.to_path("/callbacks/twilio/inbound") if arrival.form["From"].endswith(digits)]
    assert [form["MessageStatus"] for form in forms] == statuses
    assert ([form.get("ErrorCode") for form in forms] or [None])[-1] == code
    assert inbound == replies


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("bounce@example.net", "bounce"),
        ("Late-Bounce12@example.net", "late-bounce"),
        ("complaint+autumn@example.net", "complaint"),
        ("opens.more@example.net", "opens"),
        ("ooto@simulator.amazonses.com", "ooo"),
        ("fullerton@example.net", "fullerton"),
        ("12@example.net", ""),
    ],
)
def test_the_name_is_the_local_part_up_to_a_digit_a_plus_or_a_dot(address: str, name: str):
    assert mail_name(address) == name


@settings(deadline=None)
@given(st.integers(), st.emails())
def test_chance_is_the_same_for_the_same_seed_and_address(seed: int, address: str):
    chances = {"bounce": 0.3, "complaint": 0.3, "open": 0.5, "click": 0.5}

    assert Oracle(seed, chances).mail_fate(address) == Oracle(seed, chances).mail_fate(address)


def test_chances_come_out_near_their_shares():
    oracle = Oracle(7, {"bounce": 0.2, "complaint": 0.1, "open": 0.5, "undelivered": 0.25})

    mails = [oracle.mail_fate(f"p-{number}@example.net")[0] for number in range(2000)]
    texts = [oracle.text_fate(f"+1500777{number}") for number in range(1000, 3000)]

    assert 0.17 < sum(fate.moments == MAIL_FATES["bounce"].moments for fate in mails) / 2000 < 0.23
    assert 0.08 < sum(fate.moments == MAIL_FATES["complaint"].moments for fate in mails) / 2000 < 0.12
    assert 0.46 < sum(bool(fate.visits) for fate in mails) / 2000 < 0.54
    assert 0.21 < sum(fate == TEXT_FATES["0003"] for fate in texts) / 2000 < 0.29


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 67, 3),
    ],
)
def test_texts_are_counted_in_segments(text: str, count: int):
    assert segment_count(text) == count


def test_only_bounces_by_chance_reach_the_suppression_list(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("chance")
    with receiving() as receiver, simulating(receiver, folder, "--probabilities", "bounce=1") as simulator:
        ses = simulator.ses()
        ses.send_bulk_email(**bulk(entry("bounce@example.net"), entry("anybody@example.net")))
        simulator.settle()
        suppressed = ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]

        assert [each["EmailAddress"] for each in suppressed] == ["anybody@example.net"]
