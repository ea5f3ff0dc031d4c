"""Every answer of SES, and every silence, becomes one of four words."""

import pytest

from app.providers.base import Accepted, Refused, Throttled, Unknown
from app.providers.ses import SesMail, SesSingleMail, ses_client
from tests.providers.emails import a_call, bulk_answer, success
from tests.providers.outcomes import word
from tests.providers.payloads import sample
from tests.providers.scripted_server import Answer, json_answer
from tests.providers.test_ses import BULK_PATH, SINGLE_PATH

BAD_REQUEST = json_answer({"message": "Missing final '@domain'"}, 400, {"x-amzn-ErrorType": "BadRequestException"})

BULK_STATUSES = {
    "SUCCESS": Accepted,
    "MESSAGE_REJECTED": Refused,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "hold",
    "CONFIGURATION_SET_NOT_FOUND": "hold",
    "CONFIGURATION_SET_DOES_NOT_EXIST": "hold",
    "TEMPLATE_NOT_FOUND": "hold",
    "TEMPLATE_DOES_NOT_EXIST": "hold",
    "ACCOUNT_SUSPENDED": "hold",
    "ACCOUNT_THROTTLED": Throttled,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "hold",
    "INVALID_SENDING_POOL_NAME": "hold",
    "ACCOUNT_SENDING_PAUSED": "hold",
    "CONFIGURATION_SET_SENDING_PAUSED": "hold",
    "INVALID_PARAMETER": Refused,
    "INVALID_PARAMETER_VALUE": Refused,
    "TRANSIENT_FAILURE": Throttled,
    "FAILED": Refused,
}


def test_every_bulk_status_of_the_sample_has_its_word(ses, server):
    results = sample("sesv2/send_bulk_email-response-every-status.json")["BulkEmailEntryResults"]
    server.answers = [bulk_answer(*results)]

    outcomes = SesMail(ses).hand_over(a_call(len(results)))

    found = {result["Status"]: word(outcome) for result, outcome in zip(results, outcomes, strict=True)}
    assert found == {status: BULK_STATUSES[status] for status in found}


@pytest.mark.parametrize("status", BULK_STATUSES)
def test_each_spelling_of_a_bulk_status_has_its_word(ses, server, status):
    server.answers = [bulk_answer({"Status": status, "Error": "why", "MessageId": "ses-1"})]

    (outcome,) = SesMail(ses).hand_over(a_call())

    assert word(outcome) == BULK_STATUSES[status]


def test_a_mixed_answer_is_taken_apart_in_order(ses, server):
    server.answers = [json_answer(sample("sesv2/send_bulk_email-response-mixed.json"))]

    outcomes = SesMail(ses).hand_over(a_call(6))

    assert [word(outcome) for outcome in outcomes] == [Accepted, Throttled, "hold", Refused, Throttled, Refused]
    assert outcomes[0] == Accepted("0102019a4c1f0046-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a0046-000000")
    assert outcomes[3] == Refused("INVALID_PARAMETER", "Missing final '@domain'", "address")
    assert outcomes[5] == Refused("FAILED", "Unable to process the request.", "message")


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        ("MESSAGE_REJECTED", "Address p1@EXAMPLE.net is no address", ("MESSAGE_REJECTED", "address")),
        ("INVALID_PARAMETER_VALUE", "Domain contains illegal character", ("INVALID_PARAMETER", "address")),
        ("MESSAGE_REJECTED", "The message holds a virus", ("MESSAGE_REJECTED", "message")),
        ("NEVER_SEEN_BEFORE", "p1@example.net", ("FAILED", "message")),
    ],
)
def test_a_refusal_blames_the_address_only_when_its_words_do(ses, server, status, text, expected):
    server.answers = [bulk_answer({"Status": status, "Error": text})]

    (outcome,) = SesMail(ses).hand_over(a_call())

    code, blame = expected
    assert outcome == Refused(code, text, blame)


def test_a_status_that_is_missing_counts_as_failed(ses, server):
    server.answers = [bulk_answer({})]

    assert SesMail(ses).hand_over(a_call()) == [Refused("FAILED", "Amazon SES gave no reason.", "message")]


def test_acceptance_without_a_reference_stays_in_doubt(ses, server):
    server.answers = [bulk_answer({"Status": "SUCCESS"})]

    assert isinstance(SesMail(ses).hand_over(a_call())[0], Unknown)


@pytest.mark.parametrize(("results", "accepted_count"), [((success(1),), 1), ((), 0), ((success(1), success(2), success(3)), 2)])
def test_too_few_results_leave_the_rest_in_doubt_and_too_many_are_ignored(ses, server, results, accepted_count):
    server.answers = [bulk_answer(*results)]

    outcomes = SesMail(ses).hand_over(a_call(2))

    assert [type(outcome) for outcome in outcomes] == [Accepted] * accepted_count + [Unknown] * (2 - accepted_count)


def test_an_answer_that_cannot_be_read_leaves_everybody_in_doubt(ses, server):
    server.answers = [Answer(200, b"<html>")]

    outcomes = SesMail(ses).hand_over(a_call(2))

    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]


def test_an_empty_call_asks_nothing(ses, server):
    assert SesMail(ses).hand_over(a_call(messages=[])) == []
    assert server.requests == []


ERRORS = {
    "too-many-requests": Throttled,
    "daily-quota": "hold",
    "message-rejected-unverified": "hold",
    "account-suspended": "hold",
    "sending-paused": "hold",
    "mail-from-not-verified": "hold",
    "bad-request": Refused,
    "config-set-missing": "hold",
    "template-missing": "hold",
    "internal": Unknown,
    "unavailable": Unknown,
    "throttling-legacy-code": Throttled,
}


def test_every_sample_error_is_known():
    assert set(sample("sesv2/errors.json")) == set(ERRORS)


@pytest.mark.parametrize("path", [SesMail, SesSingleMail])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_of_the_call_is_the_same_word_on_both_paths(ses, server, path, name):
    error = sample("sesv2/errors.json")[name]
    server.answers = [json_answer(error["body"], error["http_status"], error["headers"])]

    (outcome,) = path(ses).hand_over(a_call())

    assert word(outcome) == ERRORS[name]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ((400, "TooManyRequestsException", "Daily message quota exceeded."), "hold"),
        ((400, "LimitExceededException", "Maximum sending rate exceeded."), Throttled),
        ((400, "LimitExceededException", ""), "hold"),
        ((429, "Other", "slow"), Throttled),
        ((403, "AccessDeniedException", "no right to ses:SendBulkEmail"), "hold"),
        ((401, "Other", "who are you"), "hold"),
        ((400, "UnrecognizedClientException", "token"), "hold"),
        ((400, "ExpiredTokenException", "token"), "hold"),
        ((400, "InvalidSignatureException", "clock"), "hold"),
        ((400, "RequestTimeout", "late"), Unknown),
        ((408, "Other", "late"), Unknown),
        ((400, "MessageRejected", "a virus"), Refused),
        ((400, "Brand New Exception", "something"), Refused),
    ],
)
def test_other_errors_of_a_call(ses, server, error, expected):
    status, code, text = error
    server.answers = [json_answer({"message": text}, status, {"x-amzn-ErrorType": code})]

    (outcome,) = SesMail(ses).hand_over(a_call())

    assert word(outcome) == expected


def test_a_hold_says_what_a_person_must_do(ses, server):
    error = sample("sesv2/errors.json")["sending-paused"]
    server.answers = [json_answer(error["body"], error["http_status"], error["headers"])]

    (outcome,) = SesMail(ses).hand_over(a_call())

    assert isinstance(outcome, Throttled)
    assert not outcome.is_too_fast
    assert outcome.words == "Sending is paused for this account."
    assert outcome.hold
    assert outcome.hold.endswith("resume.")


@pytest.mark.parametrize(
    ("text", "blame"),
    [
        ("Illegal address: p1@example.net", "address"),
        ("Illegal address: <P1@example.net>.", "address"),
        ("Illegal address", "message"),
        ("Illegal address: help1@example.net", "message"),
        ("Illegal address: p1@example.net.au", "message"),
    ],
)
def test_an_error_of_the_call_blames_the_address_only_by_its_name(ses, server, text, blame):
    server.answers = [json_answer({"message": text}, 400, {"x-amzn-ErrorType": "BadRequestException"})]

    (outcome,) = SesMail(ses).hand_over(a_call())

    assert outcome == Refused("BadRequestException", text, blame)


def test_one_bad_entry_does_not_cost_the_others_their_mail(ses, server):
    server.answers = [BAD_REQUEST, json_answer({"MessageId": "ses-1"}), BAD_REQUEST, json_answer({"MessageId": "ses-3"})]

    outcomes = SesMail(ses, SesSingleMail(ses, at_once=1)).hand_over(a_call(3))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]
    assert [request.path for request in server.requests] == [BULK_PATH, SINGLE_PATH, SINGLE_PATH, SINGLE_PATH]


def test_trying_alone_ends_at_the_first_answer_that_asks_for_patience(ses, server):
    slow = json_answer({"message": "Maximum sending rate exceeded."}, 429, {"x-amzn-ErrorType": "TooManyRequestsException"})
    server.answers = [BAD_REQUEST, json_answer({"MessageId": "ses-1"}), slow]

    outcomes = SesMail(ses, SesSingleMail(ses, at_once=1)).hand_over(a_call(4))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Throttled, Throttled, Throttled]
    assert len(server.requests) == 3


@pytest.mark.parametrize("answer", [Answer(is_reset=True), Answer(hang_seconds=5)], ids=["reset", "time-out"])
def test_no_answer_after_connecting_leaves_it_in_doubt(impatient_ses, server, answer):
    server.answers = [answer]

    outcomes = SesMail(impatient_ses).hand_over(a_call(2))

    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]
    assert len(server.requests) == 1


def test_never_connected_is_no_failure_of_any_recipient(dead_url):
    client = ses_client("eu-west-1", dead_url)

    (outcome,) = SesMail(client).hand_over(a_call())

    assert word(outcome) == Throttled
    client.close()


def test_without_credentials_it_is_held(monkeypatch, server):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    client = ses_client("eu-west-1", server.url)

    (outcome,) = SesMail(client).hand_over(a_call())

    assert word(outcome) == "hold"
    client.close()


def test_what_the_sdk_itself_finds_wrong_is_refused(impatient_ses):
    (outcome,) = SesMail(impatient_ses).hand_over(a_call(sender=None))

    assert isinstance(outcome, Refused)
    assert outcome.code == "ParamValidation"
