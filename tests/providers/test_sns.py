"""SNS envelopes: the true ones pass, the forged ones do not, and nobody leads us elsewhere."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent
from app.providers.base import BadSignature, Callback, CannotVerify, Unreadable
from app.providers.sns import Confirmation, SnsReader, confirm
from app.providers.sns_certificates import Certificates, Origins, fetch_briefly
from tests.providers.payloads import names, sample, sample_bytes
from tests.providers.scripted_server import Answer

TOPIC = "arn:aws:sns:eu-west-1:111122223333:bulk-ses-events"
CERTIFICATE = sample_bytes("sns/keys/test-only-sns-signing.cert.pem")
MANIFEST = sample("sns/manifest.json")
CERT_URLS = sample("sns/cert-urls.json")
NOTIFICATION = "sns/notification-delivery.json"


class Fetched:
    """Serves the sample certificate, and counts."""

    def __init__(self, body: bytes = CERTIFICATE) -> None:
        self.body = body
        self.urls: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.urls.append(url)
        return self.body


def a_reader(fetched: Fetched | None = None, **options: Any) -> SnsReader:
    return SnsReader([TOPIC], Certificates(fetched or Fetched()), **options)


def a_callback(body: bytes, headers: dict[str, str]) -> Callback:
    return Callback("https://app.example.com/callbacks/ses", {name.lower(): value for name, value in headers.items()}, body)


def sample_callback(entry: dict[str, str]) -> Callback:
    return a_callback(sample_bytes(entry["file"]), sample(entry["headers"]))


def changed(**changes: Any) -> Callback:
    """The sample notification with fields changed, or taken off by None."""
    body = {name: value for name, value in {**sample(NOTIFICATION), **changes}.items() if value is not None}
    return a_callback(json.dumps(body).encode(), {"x-amz-sns-message-type": "Notification"})


def named(expect: str) -> list[dict[str, str]]:
    return [entry for entry in MANIFEST if entry["expect"] == expect]


def file_of(entry: dict[str, str]) -> str:
    return entry["file"]


def test_the_manifest_names_every_sample_with_its_headers():
    files = {entry["file"] for entry in MANIFEST} | {entry["headers"] for entry in MANIFEST}
    others = {"sns/manifest.json", "sns/cert-urls.json", "sns/keys/test-only-sns-signing.cert.pem"}

    assert set(names("sns/**/*")) == files | others | set(names("sns/string-to-sign/*"))


@pytest.mark.parametrize("entry", named("accept"), ids=file_of)
def test_a_true_notification_is_believed_and_read(entry):
    callback, reader = sample_callback(entry), a_reader()

    reader.verify(callback)

    assert reader.read(callback)
    assert reader.confirmation(callback) is None


@pytest.mark.parametrize("entry", named("accept-ignore"), ids=file_of)
def test_what_is_true_but_asks_nothing_has_no_effect(entry):
    callback, reader = sample_callback(entry), a_reader()

    reader.verify(callback)

    assert reader.read(callback) == []
    assert reader.confirmation(callback) is None


@pytest.mark.parametrize("entry", named("confirm"), ids=file_of)
def test_a_true_confirmation_leads_to_its_subscribe_url(entry):
    callback, reader = sample_callback(entry), a_reader()

    reader.verify(callback)

    assert reader.confirmation(callback) == Confirmation(TOPIC, sample(entry["file"])["SubscribeURL"])
    assert reader.read(callback) == []


@pytest.mark.parametrize("entry", named("reject"), ids=file_of)
def test_a_forged_envelope_is_refused(entry):
    with pytest.raises(BadSignature):
        a_reader().verify(sample_callback(entry))


@pytest.mark.parametrize("name", names("sns/string-to-sign/*"))
def test_the_signed_text_is_the_sample_byte_for_byte(name):
    envelope = sample(name.replace("string-to-sign/", "").replace(".txt", ".json"))
    key = x509.load_pem_x509_certificate(CERTIFICATE).public_key()
    fetched = Fetched()
    reader = SnsReader([envelope["TopicArn"]], Certificates(fetched))
    is_signed_over_sample = _is_signed(key, envelope, sample_bytes(name))

    is_believed = _is_believed(reader, a_callback(json.dumps(envelope).encode(), {"x-amz-sns-message-type": envelope["Type"]}))

    assert is_believed is is_signed_over_sample


def _is_signed(key: Any, envelope: dict[str, str], text: bytes) -> bool:
    """Whether the sample's text is what was signed, and still what the envelope says."""
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}.get(envelope["SignatureVersion"])
    if algorithm is None or f"Message\n{envelope['Message']}\n".encode() not in text:
        return False
    try:
        key.verify(base64.b64decode(envelope["Signature"], validate=True), text, padding.PKCS1v15(), algorithm())
    except Exception:  # noqa: BLE001 (whatever is wrong with it, it is not signed)
        return False
    return True


def _is_believed(reader: SnsReader, callback: Callback) -> bool:
    try:
        reader.verify(callback)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize(
    "callback",
    [
        changed(Subject=7),
        changed(Subject=None),
        changed(Message=None),
        changed(SigningCertURL=None),
        changed(Type="Somethingelse"),
        changed(Type=["Notification"]),
        changed(Signature="ünfug"),
        changed(Message="\ud800"),
        changed(TopicArn="nonsense"),
        changed(SigningCertURL="https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123.pem"),
        a_callback(sample_bytes(NOTIFICATION), {}),
        a_callback(b"\xff", {}),
        a_callback(b"[]", {}),
        a_callback(b"[" * 100_000, {}),
        a_callback(b" " * 600_000, {}),
    ],
)
def test_a_malformed_or_foreign_envelope_is_refused(callback):
    with pytest.raises(BadSignature):
        a_reader().verify(callback)


@pytest.mark.parametrize("entry", named("reject"), ids=file_of)
def test_nothing_is_fetched_for_a_topic_that_is_not_ours(entry):
    fetched = Fetched()
    reader = SnsReader(["arn:aws:sns:eu-west-1:111122223333:another"], Certificates(fetched))

    assert not _is_believed(reader, sample_callback(entry))
    assert fetched.urls == []


@pytest.mark.parametrize("url", CERT_URLS["accept"])
def test_a_certificate_of_sns_in_the_topics_region_may_be_fetched(url):
    region = url.split(".")[1]

    assert Origins().holds_certificate(url, region)
    assert not Origins().holds_certificate(url, "eu-north-1")


@pytest.mark.parametrize("url", CERT_URLS["reject"])
def test_a_certificate_from_elsewhere_is_never_fetched(url):
    fetched = Fetched()

    with pytest.raises(BadSignature):
        a_reader(fetched, extra_cert_origins=["http://127.0.0.1:9000"]).verify(changed(SigningCertURL=url))

    assert fetched.urls == []


EXTRA = "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://127.0.0.1:9000/SimpleNotificationService-ab12.pem", True),
        ("https://127.0.0.1:9000/SimpleNotificationService-ab12.pem", False),
        ("http://127.0.0.1:9001/SimpleNotificationService-ab12.pem", False),
        ("http://127.0.0.1/SimpleNotificationService-ab12.pem", False),
        ("http://127.0.0.1:9000@evil.example/SimpleNotificationService-ab12.pem", False),
        ("http://127.0.0.1:9000/elsewhere/SimpleNotificationService-ab12.pem", False),
        ("http://127.0.0.1:9000/SimpleNotificationService-ab12.pem\n", False),
    ],
)
def test_an_extra_origin_is_exact(url, is_allowed):
    assert Origins((EXTRA,)).holds_certificate(url, "eu-west-1") is is_allowed


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?Action=ConfirmSubscription&Token=x",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=x",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&Token=x",
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x\n",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x",
    ],
)
def test_a_confirmation_that_leads_elsewhere_is_refused(url):
    body = {**sample("sns/subscription-confirmation-v2.json"), "SubscribeURL": url}

    with pytest.raises(BadSignature):
        a_reader().confirmation(a_callback(json.dumps(body).encode(), {}))


def test_a_confirmation_is_said_by_one_visit(server):
    url = f"{server.url}/?Action=ConfirmSubscription&Token=x"

    confirm(Confirmation(TOPIC, url))

    assert [(request.method, request.path) for request in server.requests] == [("GET", "/?Action=ConfirmSubscription&Token=x")]


def test_the_certificate_is_fetched_once_an_address():
    fetched = Fetched()
    reader = a_reader(fetched)

    for entry in named("accept")[:5]:
        reader.verify(sample_callback(entry))

    assert len(fetched.urls) == 1


def test_only_so_many_certificates_are_kept():
    fetched = Fetched()
    certificates = Certificates(fetched)

    for number in range(40):
        certificates.public_key(f"https://sns.eu-west-1.amazonaws.com/{number}.pem")

    assert len(certificates._keys) <= 32


def test_a_certificate_that_cannot_be_had_is_asked_for_again(server):
    server.answers = [Answer(500), Answer(200, CERTIFICATE)]
    certificates = Certificates()

    with pytest.raises(CannotVerify):
        certificates.public_key(f"{server.url}/a.pem")

    assert certificates.public_key(f"{server.url}/a.pem").key_size == 2048


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer(302, b"", {"Location": "/b.pem"}), Answer(200, b"x" * 70_000), Answer(is_reset=True)],
    ids=["missing", "redirect", "too large", "reset"],
)
def test_a_fetch_takes_nothing_but_a_small_answer(server, answer):
    server.answers = [answer]

    with pytest.raises(CannotVerify):
        fetch_briefly(f"{server.url}/a.pem")

    assert len(server.requests) == 1


def test_nobody_there_cannot_be_verified(dead_url):
    with pytest.raises(CannotVerify):
        fetch_briefly(f"{dead_url}/a.pem")


def an_elliptic_certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return _self_signed(key)


def _self_signed(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("body", [b"no certificate", an_elliptic_certificate()], ids=["text", "elliptic"])
def test_what_is_no_rsa_certificate_cannot_verify(body):
    with pytest.raises(CannotVerify):
        a_reader(Fetched(body)).verify(changed())


def test_another_rsa_key_does_not_fit():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    with pytest.raises(BadSignature):
        a_reader(Fetched(_self_signed(key))).verify(changed())


def test_the_receipt_key_is_the_message_id():
    assert a_reader().receipt_key(changed()) == sample(NOTIFICATION)["MessageId"]


def test_the_events_of_a_notification_carry_its_words():
    (event,) = a_reader().read(changed())

    assert isinstance(event, DeliveryEvent)
    assert event.status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(("timestamp", "expected"), [("2026-03-04T09:20:00.000Z", datetime(2026, 3, 4, 9, 20, tzinfo=UTC)), ("?", None)])
def test_an_event_without_a_time_has_that_of_its_envelope_or_receipt(timestamp, expected):
    message = json.dumps({"eventType": "Send", "mail": {"messageId": "x"}})
    callback = changed(Message=message, Timestamp=timestamp)

    (event,) = a_reader().read(callback)

    assert isinstance(event, DeliveryEvent)
    assert event.occurred_at == (expected or callback.received_at)


def test_json_that_is_no_event_cannot_be_read():
    with pytest.raises(Unreadable):
        a_reader().read(changed(Message="[1]"))
