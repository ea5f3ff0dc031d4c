"""No sample lies about unused: each belongs to a table of the tests that read it."""

import pytest

from tests.providers.payloads import FOLDER, names

# Who reads which samples; each of these tests also fails when its table lacks one of them, or its own files would.
CLAIMED = {
    "sns/": "providers/test_sns.py",
    "ses/events/": "providers/test_ses_events.py",
    "ses/received/": "providers/test_ses_inbound.py",
    "sesv2/": "providers/test_ses_outcomes.py",
    "twilio/api/": "providers/test_twilio.py",
    "twilio/error-outcomes.json": "providers/test_twilio.py",
    "twilio/signatures.json": "providers/test_twilio_callbacks.py",
    "twilio/status/": "providers/test_twilio_callbacks.py",
    "twilio/inbound/": "providers/test_twilio_callbacks.py",
    "twilio/twiml/": "providers/test_twilio_callbacks.py",
    "sms-segments.json": "domain/test_sms_segments.py",
    "list-unsubscribe/": "unsubscribes",
    "README.md": "payloads",
}


def test_every_sample_is_claimed():
    unclaimed = [name for name in names("**/*") if not name.startswith(tuple(CLAIMED))]

    assert unclaimed == []


@pytest.mark.parametrize(("prefix", "reader"), CLAIMED.items())
def test_a_claim_names_samples_and_tests_that_exist(prefix, reader):
    assert [name for name in names("**/*") if name.startswith(prefix)]
    assert (FOLDER.parent / reader).exists()


def test_every_sample_of_ses_requests_and_answers_is_read():
    reading = "".join((FOLDER.parent / "providers" / name).read_text() for name in ("test_ses.py", "test_ses_outcomes.py"))
    stems = [name.removeprefix("sesv2/get_account-").removeprefix("sesv2/").removesuffix(".json") for name in names("sesv2/*")]

    assert [stem for stem in stems if stem not in reading] == []
