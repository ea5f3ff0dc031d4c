"""Answers by e-mail, as SES's receipt rule tells of them; and all the way into the application's own reader."""

import json
from collections.abc import Iterator

import pytest

from app.providers.ses_inbound import read_ses_mail
from tests.simulator.world import Receiver, Simulator, call, simple, simulating, wait_until

OURS = "t-1-aaaaaaaaaaaaaaaa@answers.example.com"


@pytest.fixture(scope="module")
def receiving_simulator(the_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(the_receiver, tmp_path_factory.mktemp("inbox"), "--inbound-domain", "answers.example.com") as running:
        wait_until(lambda: running.ask("GET", "idle")["confirmed"])
        yield running


@pytest.fixture
def mail_id(receiving_simulator: Simulator, receiver: Receiver) -> str:
    request = simple("sent@example.net") | {"ReplyToAddresses": ["coach@club.example", OURS]}
    sent = receiving_simulator.ses().send_email(**request)["MessageId"]
    receiving_simulator.settle()
    receiver.arrivals.clear()
    return str(sent)


def received(receiver: Receiver) -> list[dict[str, object]]:
    found = (json.loads(arrival.envelope["Message"]) for arrival in receiver.to_path("/callbacks/ses"))
    return [event for event in found if event.get("notificationType") == "Received"]


def test_an_answer_reaches_the_application_as_ses_tells_of_it(receiving_simulator: Simulator, receiver: Receiver, mail_id: str):
    told = receiving_simulator.ask("POST", "answers", {"id": mail_id, "body": "Größe M"})
    receiving_simulator.settle()

    (notification,) = received(receiver)
    mail = read_ses_mail(notification)
    assert told == {"told_of": 1}
    assert (mail.recipients, mail.writers, mail.doubt, mail.is_automatic) == ((OURS,), ("sent@example.net",), None, False)
    assert mail.body.startswith("Größe M")


@pytest.mark.parametrize(("mark", "seen"), [("is_automatic", (True, False)), ("is_forged", (False, True))])
def test_machines_and_forgers_are_played(receiving_simulator: Simulator, receiver: Receiver, mail_id: str, mark: str, seen: object):
    receiving_simulator.ask("POST", "answers", {"id": mail_id, "body": "Away", mark: True})
    receiving_simulator.settle()

    (notification,) = received(receiver)
    mail = read_ses_mail(notification)
    assert (mail.is_automatic, mail.doubt is not None) == seen


def test_the_mailbox_page_answers_too(receiving_simulator: Simulator, receiver: Receiver, mail_id: str):
    status, _ = call(
        "POST", f"{receiving_simulator.url}/mails/{mail_id}/reply", b"body=Medium", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    receiving_simulator.settle()

    assert status in (200, 303)
    assert len(received(receiver)) == 1


def test_what_goes_elsewhere_or_is_too_large_is_not_told_of(receiving_simulator: Simulator, receiver: Receiver, mail_id: str):
    elsewhere = receiving_simulator.ses().send_email(**simple("sent@example.net"))["MessageId"]
    receiving_simulator.settle()

    told = [
        receiving_simulator.ask("POST", "answers", {"id": mail, "body": body})["told_of"]
        for mail, body in [(elsewhere, "M"), (mail_id, "x" * 160_000)]
    ]

    assert (told, received(receiver)) == ([0, 0], [])
