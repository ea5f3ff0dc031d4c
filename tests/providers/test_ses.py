"""E-mail is handed to SES as its API asks for it, and every answer becomes one of four words."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from app.providers.base import Accepted, Attachment, CannotAsk, EmailCall, OutgoingEmail, Refused, Throttled, Unknown
from app.providers.ses import AccountQuota, SesMail, SesSingleMail, account_quota, lift_suppression, ses_client
from tests.providers.payloads import sample
from tests.providers.scripted_server import Answer, ScriptedServer, json_answer

BULK_PATH = "/v2/email/outbound-bulk-emails"
SINGLE_PATH = "/v2/email/outbound-emails"
BAD_REQUEST = json_answer({"message": "Missing final '@domain'"}, 400, {"x-amzn-ErrorType": "BadRequestException"})


def a_message(number: int = 1, **changes) -> OutgoingEmail:
    values = {
        "message_id": number,
        "attempt": 1,
        "to": f"p{number}@example.net",
        "slots": {"first_name": f"P{number}"},
        "headers": {"List-Unsubscribe": f"<https://app.example.com/u/{number}>"},
    }
    return OutgoingEmail(**{**values, **changes})


def a_call(people: int = 1, **changes) -> EmailCall:
    values = {
        "sender": "Riverside Leisure <news@mail.example.com>",
        "reply_to": "hello@example.com",
        "subject": "Spring timetable, {{first_name}}",
        "text": "Hello {{first_name}}",
        "html": "<p>Hello {{first_name}}</p>",
        "headers": {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        "messages": [a_message(number) for number in range(1, people + 1)],
        "configuration_set": "bulk-marketing",
    }
    return EmailCall(**{**values, **changes})


def bulk_answer(*results: dict[str, str]) -> Answer:
    return json_answer({"BulkEmailEntryResults": list(results)})


def success(number: int) -> dict[str, str]:
    return {"Status": "SUCCESS", "MessageId": f"ses-{number}"}


@pytest.fixture(scope="module")
def ses(running_server: ScriptedServer) -> Iterator[Any]:
    made = ses_client("eu-west-1", running_server.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def impatient_ses(running_server: ScriptedServer) -> Iterator[Any]:
    config = Config(read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 1})
    made = boto3.session.Session().client("sesv2", region_name="eu-west-1", endpoint_url=running_server.url, config=config)
    yield made
    made.close()


def test_the_client_never_repeats_a_request_and_does_not_wait_for_ever():
    client = ses_client("eu-west-1")

    config: Any = client.meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert (config.connect_timeout, config.read_timeout) == (5, 20)
    client.close()


def test_a_bulk_call_sends_what_the_sample_request_shows(ses, server):
    wanted = sample("sesv2/send_bulk_email-request-inline-template.json")
    server.answers = [bulk_answer(success(1), success(2), success(3))]

    SesMail(ses).hand_over(a_call(3))

    sent = server.requests[0].json
    template, wanted_template = sent["DefaultContent"]["Template"], wanted["DefaultContent"]["Template"]
    assert server.requests[0].path == BULK_PATH
    assert set(wanted) - set(sent) == {"DefaultEmailTags"}
    assert sent["FromEmailAddress"] == wanted["FromEmailAddress"]
    assert template["TemplateContent"] == wanted_template["TemplateContent"]
    assert template["Headers"] == wanted_template["Headers"]
    assert [set(entry) for entry in sent["BulkEmailEntries"]] == [set(entry) for entry in wanted["BulkEmailEntries"]]


def test_each_entry_carries_its_own_slots_headers_and_our_id(ses, server):
    server.answers = [bulk_answer(success(1), success(2))]

    SesMail(ses).hand_over(a_call(2))

    second = server.requests[0].json["BulkEmailEntries"][1]
    assert second["Destination"] == {"ToAddresses": ["p2@example.net"]}
    assert second["ReplacementTags"] == [{"Name": "message_id", "Value": "2"}, {"Name": "attempt", "Value": "1"}]
    assert json.loads(second["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]) == {"first_name": "P2"}
    assert second["ReplacementHeaders"] == [{"Name": "List-Unsubscribe", "Value": "<https://app.example.com/u/2>"}]


def test_the_defaults_name_every_slot_of_every_person(ses, server):
    messages = [a_message(1, slots={"a": "1"}), a_message(2, slots={"b": "2"})]

    SesMail(ses).hand_over(a_call(messages=messages))

    assert json.loads(server.requests[0].json["DefaultContent"]["Template"]["TemplateData"]) == {"a": "", "b": ""}


def test_without_slots_the_data_is_still_no_empty_object(ses, server):
    SesMail(ses).hand_over(a_call(messages=[a_message(slots={}, headers={})]))

    sent = server.requests[0].json
    entry = sent["BulkEmailEntries"][0]
    assert json.loads(sent["DefaultContent"]["Template"]["TemplateData"])
    assert json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
    assert "ReplacementHeaders" not in entry


@pytest.mark.parametrize(("provider_tracking", "is_overridden"), [(False, True), (True, False)])
def test_ses_tracks_only_when_asked_to(ses, server, provider_tracking, is_overridden):
    SesMail(ses).hand_over(a_call(provider_tracking=provider_tracking))

    overrides = server.requests[0].json.get("ConfigurationOverrides")
    off = {"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}}
    assert overrides == (off if is_overridden else None)


def test_what_is_not_given_is_not_sent(ses, server):
    SesMail(ses).hand_over(a_call(reply_to=None, configuration_set="", html="", headers={}))

    sent = server.requests[0].json
    assert {"ReplyToAddresses", "ConfigurationSetName"}.isdisjoint(sent)
    assert "Headers" not in sent["DefaultContent"]["Template"]
    assert "Html" not in sent["DefaultContent"]["Template"]["TemplateContent"]


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


def word(outcome) -> object:
    return "hold" if isinstance(outcome, Throttled) and outcome.hold else type(outcome)


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
    assert outcome.words == "Sending is paused for this account."
    assert outcome.hold
    assert outcome.hold.endswith("resume.")


@pytest.mark.parametrize(("text", "blame"), [("Illegal address: p1@example.net", "address"), ("Illegal address", "message")])
def test_an_error_of_the_call_blames_the_address_only_by_its_name(ses, server, text, blame):
    server.answers = [json_answer({"message": text}, 400, {"x-amzn-ErrorType": "BadRequestException"})]

    (outcome,) = SesMail(ses).hand_over(a_call())

    assert outcome == Refused("BadRequestException", text, blame)


def test_one_bad_entry_does_not_cost_the_others_their_mail(ses, server):
    server.answers = [BAD_REQUEST, bulk_answer(success(1)), BAD_REQUEST, bulk_answer(success(3))]

    outcomes = SesMail(ses).hand_over(a_call(3))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]


def test_trying_alone_ends_at_the_first_answer_that_asks_for_patience(ses, server):
    slow = json_answer({"message": "Maximum sending rate exceeded."}, 429, {"x-amzn-ErrorType": "TooManyRequestsException"})
    server.answers = [BAD_REQUEST, bulk_answer(success(1)), slow]

    outcomes = SesMail(ses).hand_over(a_call(4))

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


def test_the_single_path_asks_once_a_person(ses, server):
    server.answers = [json_answer({"MessageId": "ses-1"}), json_answer({"MessageId": "ses-2"})]

    outcomes = SesSingleMail(ses).hand_over(a_call(2))

    first = server.requests[0].json
    assert outcomes == [Accepted("ses-1"), Accepted("ses-2")]
    assert [request.path for request in server.requests] == [SINGLE_PATH, SINGLE_PATH]
    assert json.loads(first["Content"]["Template"]["TemplateData"]) == {"first_name": "P1"}
    assert [header["Name"] for header in first["Content"]["Template"]["Headers"]] == ["List-Unsubscribe-Post", "List-Unsubscribe"]
    assert first["EmailTags"] == [{"Name": "message_id", "Value": "1"}, {"Name": "attempt", "Value": "1"}]


def test_a_single_mail_without_slots_is_sent_as_the_sample_shows(ses, server):
    wanted = sample("sesv2/send_email-request-simple.json")
    server.answers = [json_answer(sample("sesv2/send_email-response.json"))]
    call = a_call(subject="Spring timetable", text="Hello Asha", html="<p>Hello Asha</p>", headers={})
    headers = {header["Name"]: header["Value"] for header in wanted["Content"]["Simple"]["Headers"]}
    call = replace(call, messages=[a_message(to="asha.patel@example.net", slots={}, headers=headers)])

    outcomes = SesSingleMail(ses).hand_over(call)

    sent = server.requests[0].json
    same = ("FromEmailAddress", "Destination", "ReplyToAddresses", "Content", "ConfigurationSetName")
    assert {key: sent[key] for key in same} == {key: wanted[key] for key in same}
    assert outcomes == [Accepted("0102019a4c1f0001-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a0001-000000")]


def test_mail_with_attachments_goes_one_by_one(ses, server):
    server.answers = [json_answer({"MessageId": "ses-1"})]
    call = a_call(2, attachments=[Attachment("plan.pdf", "application/pdf", b"%PDF")])

    SesMail(ses).hand_over(call)

    (attachment,) = server.requests[0].json["Content"]["Template"]["Attachments"]
    assert [request.path for request in server.requests] == [SINGLE_PATH, SINGLE_PATH]
    assert attachment["FileName"] == "plan.pdf"
    assert attachment["RawContent"] == "JVBERg=="


def test_after_a_single_mail_in_doubt_the_rest_is_not_tried(impatient_ses, server):
    server.answers = [Answer(is_reset=True)]

    outcomes = SesSingleMail(impatient_ses).hand_over(a_call(3))

    assert [type(outcome) for outcome in outcomes] == [Unknown, Throttled, Throttled]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("production", AccountQuota(14.0, 50000.0, 1290.0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")),
        ("unlimited", AccountQuota(90.0, None, 812345.0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")),
        ("shutdown", AccountQuota(14.0, 50000.0, 1290.0, is_sending_enabled=False, is_production=True, enforcement="SHUTDOWN")),
        ("sandbox", AccountQuota(1.0, 200.0, 3.0, is_sending_enabled=True, is_production=False, enforcement="HEALTHY")),
        ("nearly-spent", AccountQuota(14.0, 50000.0, 49990.0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")),
    ],
)
def test_the_quota_is_read_from_the_account(ses, server, name, expected):
    server.answers = [json_answer(sample(f"sesv2/get_account-{name}.json"))]

    assert account_quota(ses) == expected


def test_an_account_that_tells_nothing_has_no_limit_and_may_not_send(ses, server):
    server.answers = [json_answer({})]

    assert account_quota(ses) == AccountQuota(None, None, 0.0, is_sending_enabled=False, is_production=False, enforcement="")


def test_a_quota_that_cannot_be_asked_for_is_no_crash(ses, server):
    server.answers = [Answer(503)]

    with pytest.raises(CannotAsk):
        account_quota(ses)


def test_lifting_a_suppression_names_the_address(ses, server):
    lift_suppression(ses, "back@example.net")

    assert (server.requests[0].method, server.requests[0].path) == ("DELETE", "/v2/email/suppression/addresses/back%40example.net")


def test_lifting_what_is_not_suppressed_is_no_error(ses, server):
    server.answers = [json_answer({"message": "not there"}, 404, {"x-amzn-ErrorType": "NotFoundException"})]

    lift_suppression(ses, "back@example.net")

    assert len(server.requests) == 1


def test_a_suppression_that_stays_says_why(ses, server):
    server.answers = [json_answer({"message": "not allowed"}, 403, {"x-amzn-ErrorType": "AccessDeniedException"})]

    with pytest.raises(CannotAsk, match="not allowed"):
        lift_suppression(ses, "back@example.net")
