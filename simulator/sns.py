"""An SNS topic with one HTTP subscription: signing, confirmation, and the envelopes that carry SES's events."""

import base64
import json
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from urllib.parse import quote

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from simulator import clock
from simulator.faults import Faults
from simulator.outbox import Letter, Outbox, RetryPolicy, Sealed
from simulator.settings import Settings

VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
EVENT_SUBJECT = "Amazon SES Email Event Notification"
SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_FAILURES = frozenset({"ct", "rt", "5xx"})  # a 4xx counts as an answer, and the event is gone
_AN_HOUR = tuple(1.0 + 2.8 * n for n in range(50))  # 58 minutes in all
_MORE_TRIES = 2_600  # for as long where --retry-scale makes each pause a hundredth
POLICIES = {
    "default": RetryPolicy((20.0,) * 3, _FAILURES),
    "patient": RetryPolicy(_AN_HOUR + _AN_HOUR[-1:] * _MORE_TRIES, _FAILURES),
}
_ASK_AGAIN_SECONDS = 1.0
_HOW_TO_CONFIRM = "To confirm the subscription, visit the SubscribeURL included in this message."


class Topic:
    """Publishes to the application once it has confirmed; what comes earlier waits, where the real SNS would drop it."""

    def __init__(self, settings: Settings, outbox: Outbox, faults: Faults) -> None:
        self.arn = settings.topic_arn
        self.confirmed = False
        self._base_url = settings.base_url
        self._endpoint = f"{settings.callback_url}/callbacks/ses"
        self._policy = POLICIES[settings.sns_policy]
        self._signer = Signer()
        self._versions = count() if settings.signature_version == "alternate" else None
        self._version = settings.signature_version
        self._outbox, self._faults = outbox, faults
        self._waiting: list[Letter] = []
        self._token = secrets.token_hex(64)
        self._subscription_arn = f"{self.arn}:{uuid.uuid4()}"

    def routes(self) -> list[web.RouteDef]:
        return [web.get(self._signer.path, self._certificate), web.post("/", self._query_api)]

    @property
    def waiting(self) -> int:
        """How many events wait for the subscription to be confirmed."""
        return len(self._waiting)

    def publish(self, about: str, compose: Callable[[], str], subject: str | None = EVENT_SUBJECT) -> None:
        """Send a notification about one mail, composed and signed when it leaves."""
        seal = partial(self._notification, compose, subject, clock.now())
        letter = Letter(about, self._endpoint, seal, self._policy)
        if self.confirmed:
            self._outbox.post(letter, self._faults)
        else:
            self._waiting.append(letter)

    def forget(self) -> None:
        self._waiting.clear()

    def ask_to_confirm(self) -> None:
        """Post the SubscriptionConfirmation, again and again until it is answered by a confirmation."""
        if self.confirmed:
            return
        self._outbox.go(self._post_confirmation())

    def confirm(self, token: str) -> bool:
        """False when the token is not ours. The first time, tells the subscriber that SES validated the topic."""
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return False
        if not self.confirmed:
            self.confirmed = True
            self.publish("", lambda: VALIDATED, subject=None)
            for letter in self._waiting:
                self._outbox.post(letter, self._faults)
            self._waiting.clear()
        return True

    def confirmation_answer(self, token: str) -> web.Response:
        """What a visit to the SubscribeURL, or the ConfirmSubscription call, is answered with."""
        if not self.confirm(token):
            return _xml(_ERROR, status=400)
        return _xml(_CONFIRMED.format(arn=self._subscription_arn, request=uuid.uuid4()))

    async def _certificate(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._signer.certificate, content_type="application/x-pem-file")

    async def _query_api(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("Action") != "ConfirmSubscription" or form.get("TopicArn") != self.arn:
            return _xml(_ERROR, status=400)
        return self.confirmation_answer(str(form.get("Token", "")))

    async def _post_confirmation(self) -> None:
        sealed = self._confirmation()
        await self._outbox.request("POST", self._endpoint, sealed.headers, sealed.body)
        self._outbox.later(_ASK_AGAIN_SECONDS, self.ask_to_confirm)

    def _confirmation(self) -> Sealed:
        address = f"{self._base_url}/?Action=ConfirmSubscription&TopicArn={quote(self.arn, safe=':')}&Token={self._token}"
        words = f"You have chosen to subscribe to the topic {self.arn}.\n" + _HOW_TO_CONFIRM
        fields = {"Message": words, "SubscribeURL": address, "Token": self._token}
        return self._sealed("SubscriptionConfirmation", fields, clock.now())

    def _notification(self, compose: Callable[[], str], subject: str | None, at: float) -> Sealed:
        fields = {"Message": compose()} | ({"Subject": subject} if subject is not None else {})
        sealed = self._sealed("Notification", fields, at)
        return Sealed(sealed.headers | {"x-amz-sns-subscription-arn": self._subscription_arn}, sealed.body)

    def _sealed(self, kind: str, fields: dict[str, str], at: float) -> Sealed:
        version = self._version if self._versions is None else str(next(self._versions) % 2 + 1)
        envelope = {"Type": kind, "MessageId": str(uuid.uuid4()), "TopicArn": self.arn, **fields}
        envelope |= {"Timestamp": clock.iso_instant(at), "SignatureVersion": version}
        envelope["Signature"] = self._signer.signature(envelope)
        envelope["SigningCertURL"] = f"{self._base_url}{self._signer.path}"
        if kind == "Notification":
            envelope["UnsubscribeURL"] = f"{self._base_url}/?Action=Unsubscribe&SubscriptionArn={self._subscription_arn}"
        return Sealed(self._headers(kind, envelope["MessageId"]), json.dumps(envelope, ensure_ascii=False).encode())

    def _headers(self, kind: str, message_id: str) -> dict[str, str]:
        return {
            "x-amz-sns-message-type": kind,
            "x-amz-sns-message-id": message_id,
            "x-amz-sns-topic-arn": self.arn,
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
        }


class Signer:
    """A key and a certificate made at the start, so that no run can be mistaken for another's."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = _self_signed(self._key)
        self.path = f"/SimpleNotificationService-{secrets.token_hex(16)}.pem"

    def signature(self, envelope: dict[str, str]) -> str:
        """RSA PKCS#1 v1.5 over the signed fields: SHA-1 for version 1, SHA-256 for version 2."""
        names = (name for name in SIGNED_FIELDS[envelope["Type"]] if name in envelope)
        text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
        digest = hashes.SHA1() if envelope["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303 - SNS's own choice
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()


def _self_signed(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = clock.instant(clock.now()) - timedelta(days=1)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start + timedelta(days=366))
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _xml(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/xml")


_CONFIRMED = (
    '<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult>'
    "<SubscriptionArn>{arn}</SubscriptionArn></ConfirmSubscriptionResult>"
    "<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></ConfirmSubscriptionResponse>"
)
_ERROR = (
    '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
    "<Code>InvalidParameter</Code><Message>Invalid parameter: Token</Message></Error></ErrorResponse>"
)
