"""Amazon SNS over HTTPS: telling a true envelope from a forged one, and opening it.

A good signature proves only that some topic of some AWS account sent this, so the topic must be one of ours, too.
"""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from app.domain.events import DeliveryEvent, InboundMail
from app.providers.base import BadSignature, Callback, Unreadable
from app.providers.ses_events import instant, read_ses_event
from app.providers.ses_inbound import RECEIVED, read_ses_mail
from app.providers.sns_certificates import Certificates, Fetch, Origins, fetch_briefly

_LARGEST_BODY = 512 * 1024  # SNS posts 256 KiB at most, and JSON within JSON grows by its escapes

_CONFIRMATION_FIELDS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION_FIELDS,
    "UnsubscribeConfirmation": _CONFIRMATION_FIELDS,
}
_OPTIONAL_FIELD = "Subject"  # signed where it is present, even empty
_UNSIGNED_FIELDS = ("SignatureVersion", "Signature", "SigningCertURL")
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 (what SNS signs with by default)

_Envelope = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A verified question whether a topic of ours may post to us; visiting `subscribe_url` says yes."""

    topic_arn: str
    subscribe_url: str


class SnsReader:
    """Tells what SNS sent us, for the topics that are ours, and puts the SES events within into our words."""

    def __init__(self, topic_arns: Collection[str], certificates: Certificates, extra_cert_origins: Collection[str] = ()) -> None:
        self._topic_arns = frozenset(topic_arns)
        self._certificates = certificates
        self._origins = Origins(tuple(extra_cert_origins))

    def verify(self, callback: Callback) -> None:
        """Raise BadSignature unless one of our topics really sent this; CannotVerify while its certificate is out of reach."""
        self._verified(callback)

    def notification_key(self, callback: Callback) -> str | None:
        """The receipt key of a notification, its body read once; None for what is none. Verifies it, and raises as `verify` does."""
        envelope = self._verified(callback)
        return envelope["MessageId"] if envelope["Type"] == "Notification" else None

    def _verified(self, callback: Callback) -> _Envelope:
        """Everything that costs nothing is checked before anything is fetched."""
        envelope = _trusted_shape(callback)
        if envelope["TopicArn"] not in self._topic_arns:
            raise BadSignature("a topic that is not ours")
        algorithm = _HASHES.get(envelope["SignatureVersion"])
        if algorithm is None:
            raise BadSignature("an unknown signature version")
        if not self._origins.holds_certificate(envelope["SigningCertURL"], _region(envelope)):
            raise BadSignature("a certificate from elsewhere")

        key = self._certificates.public_key(envelope["SigningCertURL"])
        try:
            signature = base64.b64decode(envelope["Signature"], validate=True)
            key.verify(signature, _signed_text(envelope), PKCS1v15(), algorithm)
        except (ValueError, InvalidSignature) as error:  # ValueError: no base64, or text that is no Unicode
            raise BadSignature("a signature that does not fit") from error
        return envelope

    def confirmation(self, callback: Callback) -> Confirmation | None:
        """What a verified callback asks us to confirm, if it does; raises BadSignature when it points elsewhere.

        An UnsubscribeConfirmation carries a SubscribeURL, too: following that would subscribe again, so it asks nothing.
        """
        envelope = _envelope(callback)
        if envelope["Type"] != "SubscriptionConfirmation":
            return None
        if not self._origins.confirms(envelope["SubscribeURL"], _region(envelope)):
            raise BadSignature("a confirmation that leads elsewhere")
        return Confirmation(envelope["TopicArn"], envelope["SubscribeURL"])

    def receipt_key(self, callback: Callback) -> str:
        """SNS's MessageId, the same on each of its repetitions."""
        return _envelope(callback)["MessageId"]

    def read(self, callback: Callback) -> Sequence[DeliveryEvent | InboundMail]:
        """The events or the e-mail in a verified callback; none for confirmations, and for the line that a new topic is tested with."""
        envelope = _envelope(callback)
        if envelope["Type"] != "Notification":
            return []
        event = _json_or_none(envelope["Message"])
        if event is None:
            return []
        if not isinstance(event, dict):
            raise Unreadable("the message is JSON but no event")
        if event.get("notificationType") == RECEIVED:
            return [read_ses_mail(event)]
        return read_ses_event(event, envelope["MessageId"], instant(envelope["Timestamp"]) or callback.received_at)


def confirm(confirmation: Confirmation, fetch: Fetch = fetch_briefly) -> None:
    """Say yes to SNS. Repeatable; raises CannotVerify when SNS cannot be reached, so that it asks again."""
    fetch(confirmation.subscribe_url)


def _trusted_shape(callback: Callback) -> _Envelope:
    """The envelope, complete for its type. Headers are unsigned: they may not contradict it."""
    if callback.headers.get("x-amz-sns-rawdelivery") == "true":
        raise BadSignature("raw delivery carries no signature")
    try:
        envelope = _envelope(callback)
    except Unreadable as error:
        raise BadSignature(str(error)) from error
    if callback.headers.get("x-amz-sns-message-type") != envelope["Type"]:
        raise BadSignature("a header that contradicts the body")
    return envelope


def _envelope(callback: Callback) -> _Envelope:
    if len(callback.body) > _LARGEST_BODY:
        raise Unreadable("larger than SNS sends")
    body = _json_or_none(callback.body)
    if not isinstance(body, dict):
        raise Unreadable("no SNS envelope")
    signed_fields = _SIGNED_FIELDS.get(str(body.get("Type")))
    if signed_fields is None:
        raise Unreadable("an unknown type of SNS envelope")
    values = [body.get(name, "" if name == _OPTIONAL_FIELD else None) for name in (*signed_fields, *_UNSIGNED_FIELDS)]
    if not all(isinstance(value, str) for value in values):
        raise Unreadable("an SNS envelope with fields missing")
    return body


def _signed_text(envelope: _Envelope) -> bytes:
    """Over the values exactly as received: SES's messages end in a newline that must not be lost."""
    names = [name for name in _SIGNED_FIELDS[envelope["Type"]] if name in envelope]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def _region(envelope: _Envelope) -> str:
    return (envelope["TopicArn"].split(":") + [""] * 4)[3]


def _json_or_none(text: str | bytes) -> Any:
    """None for what is no JSON. The quick reader refuses half surrogates, which somebody's cut-off subject may have."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
