"""What the doors answer when the database is away, and what they ask of nobody."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, select

from app.extensions import db
from app.messages.group_commit import GroupCommit
from app.models import CallbackReceipt, ServerTrouble
from app.providers.sns import SnsReader
from app.providers.sns_certificates import Certificates
from tests.conftest import TEST_SETTINGS
from tests.providers.payloads import sample_bytes
from tests.providers.scripted_server import scripted_server

DELIVERED = "twilio/status/delivered.form"


@pytest.fixture
def database_away(app, monkeypatch):
    """The committer of this process cannot reach its database; returns how it comes back."""
    away = GroupCommit(create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none", connect_args={"connect_timeout": 1}))
    monkeypatch.setitem(app.extensions, "group_commit", away)

    def comes_back():
        away._engine = db.engine

    return comes_back


def test_what_cannot_be_stored_is_asked_for_again_and_remembered(post_twilio, post_sns, database_away):
    assert post_twilio("/callbacks/twilio/status", sample_bytes(DELIVERED)).status_code == 503
    assert [post_sns("sns/notification-send.json").status_code for _ in range(2)] == [503, 503]

    database_away()
    assert post_twilio("/callbacks/twilio/status", sample_bytes(DELIVERED)).status_code == 204

    assert len(db.session.scalars(select(CallbackReceipt)).all()) == 1
    troubles = db.session.scalars(select(ServerTrouble)).all()
    assert {trouble.kind for trouble in troubles} == {"ses", "twilio_status"}
    assert len(troubles) == 2  # one a callback, however often it was tried
    assert all(datetime.now(UTC) - trouble.happened_at < timedelta(minutes=2) for trouble in troubles)


def test_what_was_turned_away_is_known_again_when_it_comes(post_sns, database_away):
    post_sns("sns/notification-send.json")
    database_away()

    assert post_sns("sns/notification-send.json").status_code == 200

    [trouble], [receipt] = db.session.scalars(select(ServerTrouble)).all(), db.session.scalars(select(CallbackReceipt)).all()
    assert (trouble.kind, trouble.receipt_key) == (receipt.kind, receipt.receipt_key)


def test_a_trouble_is_written_once(post_twilio, database_away):
    post_twilio("/callbacks/twilio/status", sample_bytes(DELIVERED))
    database_away()

    for name in (DELIVERED, "twilio/status/sent.form"):
        post_twilio("/callbacks/twilio/status", sample_bytes(name))

    assert len(db.session.scalars(select(ServerTrouble)).all()) == 1


def test_the_doors_ask_for_no_session_and_give_no_cookie(post_sns, post_twilio):
    answers = [post_sns("sns/notification-send.json"), post_twilio("/callbacks/twilio/inbound", sample_bytes("twilio/inbound/text.form"))]

    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], []]


@pytest.mark.parametrize("path", ["/callbacks/ses", "/callbacks/twilio/status", "/callbacks/twilio/inbound"])
def test_the_doors_are_for_posting_only(client, path):
    assert client.get(path).status_code == 405


def test_a_body_larger_than_any_callback_is_refused_before_it_is_read(client):
    assert client.post("/callbacks/ses", data=b"x" * (2 * 1024 * 1024)).status_code == 413


def signed_confirmation(key, origin):
    topic = TEST_SETTINGS["SNS_TOPIC_ARNS"]
    envelope = {
        "Message": "You have chosen to subscribe",
        "MessageId": "9b1e7d42",
        "SubscribeURL": f"{origin}/?Action=ConfirmSubscription&TopicArn={topic}&Token=abc",
        "Timestamp": "2026-03-04T08:59:58.766Z",
        "Token": "abc",
        "TopicArn": topic,
        "Type": "SubscriptionConfirmation",
    }
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in sorted(envelope))
    signature = base64.b64encode(key.sign(signed.encode(), PKCS1v15(), hashes.SHA256())).decode()
    return envelope | {"SignatureVersion": "2", "Signature": signature, "SigningCertURL": f"{origin}/SimpleNotificationService-1.pem"}


def a_certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    return made.not_valid_before(start).not_valid_after(start + timedelta(days=3650)).sign(key, hashes.SHA256())


def test_a_subscription_of_our_own_topic_is_confirmed_at_once(app, client, monkeypatch):
    key = rsa.generate_private_key(65537, 2048)
    pem = a_certificate(key).public_bytes(serialization.Encoding.PEM)
    with scripted_server() as sns:
        reader = SnsReader([TEST_SETTINGS["SNS_TOPIC_ARNS"]], Certificates(lambda _url: pem), [sns.url])
        monkeypatch.setitem(vars(app.extensions["providers"]), "ses_callbacks", reader)

        headers = {"x-amz-sns-message-type": "SubscriptionConfirmation"}
        answer = client.post("/callbacks/ses", data=json.dumps(signed_confirmation(key, sns.url)), headers=headers)

        assert answer.status_code == 200
        assert [(request.method, request.path.split("&")[0]) for request in sns.requests] == [("GET", "/?Action=ConfirmSubscription")]
    assert db.session.scalars(select(CallbackReceipt)).all() == []
