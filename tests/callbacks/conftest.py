"""Callbacks as the providers post them: the samples, signed as they are, or signed anew as Twilio does."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest

from app.providers.sns import SnsReader
from app.providers.sns_certificates import Certificates
from tests.conftest import TEST_SETTINGS
from tests.providers.payloads import sample, sample_bytes


@pytest.fixture(autouse=True)
def sample_certificate(app, monkeypatch):
    """The certificate that the samples are signed under, wherever a sample says that it is."""
    certificates = Certificates(lambda _url: sample_bytes("sns/keys/test-only-sns-signing.cert.pem"))
    reader = SnsReader([TEST_SETTINGS["SNS_TOPIC_ARNS"]], certificates)
    monkeypatch.setitem(vars(app.extensions["providers"]), "ses_callbacks", reader)


@pytest.fixture
def post_sns(client):
    """Post one SNS sample with its headers, both by their path below the payloads."""

    def post(name, headers=None):
        return client.post("/callbacks/ses", data=sample_bytes(name), headers=sample(headers or name.replace("sns/", "sns/headers/")))

    return post


@pytest.fixture
def post_twilio(client):
    """Post a form to a Twilio door, signed for the public URL."""

    def post(path, body, *, signature=None):
        pairs = "".join(sorted(f"{name}{value}" for name, value in parse_qsl(body.decode(), keep_blank_values=True)))
        text = TEST_SETTINGS["PUBLIC_URL"] + path + pairs
        digest = hmac.digest(TEST_SETTINGS["TWILIO_AUTH_TOKEN"].encode(), text.encode(), hashlib.sha1)
        headers = {"X-Twilio-Signature": signature or base64.b64encode(digest).decode()}
        return client.post(path, data=body, headers=headers, content_type="application/x-www-form-urlencoded")

    return post
