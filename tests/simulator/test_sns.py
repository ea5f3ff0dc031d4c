"""SNS: signatures that hold, confirmation, and tries again."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.simulator.world import Arrival, Receiver, Simulator, bulk, call, entry, receiving, simple, simulating, wait_until

FIELDS = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}


def verify(envelope: dict[str, str]) -> None:
    """Raises InvalidSignature unless the certificate that the envelope names signed it."""
    _, pem = call("GET", envelope["SigningCertURL"])
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in FIELDS[envelope["Type"]] if name in envelope)
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}[envelope["SignatureVersion"]]  # noqa: S303 - version 1 is SHA-1
    key.verify(base64.b64decode(envelope["Signature"], validate=True), signed.encode(), padding.PKCS1v15(), digest)


def test_both_signature_versions_hold(simulator: Simulator, receiver: Receiver):
    simulator.ses().send_bulk_email(**bulk(entry("ann@example.net", name="Zoë"), entry("bo@example.net")))
    simulator.settle()

    envelopes = [arrival.envelope for arrival in receiver.to_path("/callbacks/ses")]
    assert {envelope["SignatureVersion"] for envelope in envelopes} == {"1", "2"}
    for envelope in envelopes:
        verify(envelope)


def test_a_notification_looks_like_one_of_amazons(simulator: Simulator, receiver: Receiver):
    simulator.ses().send_email(**simple("ann@example.net"))
    simulator.settle()

    arrival = receiver.to_path("/callbacks/ses")[0]
    envelope = arrival.envelope
    assert arrival.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert arrival.headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification"
    assert arrival.headers["x-amz-sns-message-id"] == envelope["MessageId"]
    assert arrival.headers["x-amz-sns-subscription-arn"].startswith(envelope["TopicArn"])
    assert envelope["Subject"] == "Amazon SES Email Event Notification"
    assert envelope["Message"].endswith("\n")
    assert urlsplit(envelope["SigningCertURL"]).path.startswith("/SimpleNotificationService-")


def test_a_subscription_is_asked_for_until_it_is_confirmed(tmp_path: Path):
    with receiving(confirms=False) as receiver, simulating(receiver, tmp_path, "--signature-version", "2") as simulator:
        wait_until(lambda: len(receiver.arrivals) > 1)
        simulator.ses().send_email(**simple("ann@example.net"))
        envelope = receiver.arrivals[0].envelope
        verify(envelope)
        confirm = f"Action=ConfirmSubscription&TopicArn={envelope['TopicArn']}&Token={envelope['Token']}".encode()

        assert call("POST", f"{simulator.url}/", b"Action=ConfirmSubscription&Token=wrong")[0] == 400
        status, answer = call("POST", f"{simulator.url}/", confirm, {"Content-Type": "application/x-www-form-urlencoded"})
        simulator.settle()

        assert (status, b"<SubscriptionArn>" in answer) == (200, True)
        assert parse_qs(urlsplit(envelope["SubscribeURL"]).query)["Token"] == [envelope["Token"]]
        told = [arrival.envelope["Message"] for arrival in receiver.arrivals if arrival.envelope["Type"] == "Notification"]
        assert sum(words.startswith("Successfully validated SNS topic") for words in told) == 1  # SNS keeps no order
        assert [event["eventType"] for event in receiver.events()] == ["Send", "Delivery"]


def _kinds(arrivals: list[Arrival]) -> list[tuple[str, str]]:
    return [(json.loads(arrival.envelope["Message"])["eventType"], arrival.envelope["MessageId"]) for arrival in arrivals]


def test_a_5xx_is_tried_again_with_the_same_message_id(simulator: Simulator, receiver: Receiver):
    receiver.statuses[:] = [503, 500]

    simulator.ses().send_email(**simple("sent@example.net"))
    simulator.settle()

    kinds = _kinds(receiver.to_path("/callbacks/ses"))
    assert len(kinds) == 3
    assert len(set(kinds)) == 1


@pytest.mark.parametrize(("statuses", "tries"), [([404], 1), ([503] * 9, 4)])
def test_an_event_is_gone_after_a_4xx_or_three_more_tries(statuses: list[int], tries: int, simulator: Simulator, receiver: Receiver):
    receiver.statuses[:] = statuses

    simulator.ses().send_email(**simple("sent@example.net"))
    simulator.settle()

    assert len(receiver.to_path("/callbacks/ses")) == tries
