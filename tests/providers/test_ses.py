"""E-mail is handed to SES as its API asks for it, in bulk or one by one; the account can be asked and mended."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from app.providers.base import Accepted, Attachment, CannotAsk, Throttled, Unknown
from app.providers.ses import MOST_AT_ONCE, AccountQuota, SesMail, SesSingleMail, account_quota, lift_suppression, ses_client
from app.providers.ses_requests import bulk_request, single_request
from tests.providers.emails import a_call, a_message, bulk_answer, success
from tests.providers.payloads import sample
from tests.providers.scripted_server import Answer, json_answer

BULK_PATH = "/v2/email/outbound-bulk-emails"
SINGLE_PATH = "/v2/email/outbound-emails"


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


def test_the_body_of_a_bulk_call_is_the_one_that_the_sdk_itself_would_write(ses, server):
    plain = boto3.client("sesv2", region_name="eu-west-1", endpoint_url=server.url)
    server.answers = [bulk_answer(success(1), success(2))] * 2
    call = a_call(messages=[a_message(1, slots={"a": 'Zoë "Z" \\ 🎈\u2028'}), a_message(2, slots={"a": ""})])

    ses.send_bulk_email(**bulk_request(call))
    plain.send_bulk_email(**bulk_request(call))

    ours, theirs = server.requests
    assert ours.json == theirs.json
    assert ours.headers["content-type"] == theirs.headers["content-type"]


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": [a_message(1, slots={"a": 'Zoë "Z" \\ 🎈\u2028'})]},
        {"messages": [a_message(1, slots={})]},
        {"attachments": (Attachment("plan.pdf", "application/pdf", bytes(range(256))),)},
    ],
)
def test_the_body_of_a_single_call_is_the_one_that_the_sdk_itself_would_write(ses, server, changes):
    plain = boto3.client("sesv2", region_name="eu-west-1", endpoint_url=server.url)
    server.answers = [json_answer({"MessageId": "1"})]
    call = a_call(1, **changes)

    for client in (ses, plain):
        client.send_email(**single_request(call, call.messages[0]))

    ours, theirs = server.requests
    assert ours.json == theirs.json
    assert ours.headers["content-type"] == theirs.headers["content-type"]


@pytest.mark.parametrize(
    "answer",
    [
        bulk_answer(success(1), {"Status": "FAILED", "Error": "Zoë \U0001f388"}),
        json_answer({"BulkEmailEntryResults": []}),
        json_answer({"BulkEmailEntryResults": None}),
        Answer(body=b""),
        Answer(body=b"<html>"),
        json_answer({"message": "Too fast"}, 429, {"x-amzn-ErrorType": "TooManyRequestsException"}),
    ],
)
def test_the_answer_to_a_bulk_call_is_read_as_the_sdk_itself_would(ses, server, answer):
    plain = boto3.client("sesv2", region_name="eu-west-1", endpoint_url=server.url, config=Config(retries={"total_max_attempts": 1}))
    server.answers = [answer]
    call = a_call(2)

    ours, theirs = SesMail(ses).hand_over(call), SesMail(plain).hand_over(call)

    assert ours == theirs
    assert len(ours) == len(call.messages)


@pytest.mark.parametrize("body", [{"BulkEmailEntryResults": "many"}, {"BulkEmailEntryResults": ["SUCCESS"]}, []])
def test_after_an_answer_of_another_shape_nobody_knows_who_was_taken(ses, server, body):
    server.answers = [json_answer(body)]

    assert all(isinstance(outcome, Unknown) for outcome in SesMail(ses).hand_over(a_call(2)))


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


@pytest.mark.parametrize(("at_once", "made"), [(1, 2), (MOST_AT_ONCE, 1 + MOST_AT_ONCE)])
def test_a_pause_keeps_back_whoevers_call_has_not_begun(ses, server, at_once, made):
    server.answers = [replace(json_answer({"MessageId": "ses-1"}), hang_seconds=0.3)]
    says = iter([True, False, False])

    outcomes = SesSingleMail(ses, at_once).hand_over(a_call(50, goes_on=lambda: next(says, False)))

    assert outcomes[:made] == [Accepted("ses-1")] * made
    assert {type(outcome) for outcome in outcomes[made:]} == {Throttled}
    assert (len(outcomes), len(server.requests)) == (50, made)


def test_single_calls_that_wait_long_wait_together_and_answer_in_order(ses, server):
    server.answers = [replace(json_answer({"MessageId": "ses-1"}), hang_seconds=0.3)]

    outcomes = SesSingleMail(ses).hand_over(a_call(11))

    assert outcomes == [Accepted("ses-1")] * 11
    assert 1 < server.most_waiting <= MOST_AT_ONCE


def test_when_calls_wait_together_patience_keeps_the_others_back(ses, server):
    slow = json_answer({"message": "Maximum sending rate exceeded."}, 429, {"x-amzn-ErrorType": "TooManyRequestsException"})
    server.answers = [replace(json_answer({"MessageId": "ses-1"}), hang_seconds=0.3), replace(slow, hang_seconds=0.1)]

    outcomes = SesSingleMail(ses).hand_over(a_call(50))

    assert [type(outcome) for outcome in outcomes] == [Accepted] + [Throttled] * 49
    assert len(server.requests) <= 1 + 2 * MOST_AT_ONCE


def test_only_a_call_that_came_too_fast_says_so(ses, server):
    slow = json_answer({"message": "Maximum sending rate exceeded."}, 429, {"x-amzn-ErrorType": "TooManyRequestsException"})
    server.answers = [slow, bulk_answer({"Status": "ACCOUNT_THROTTLED", "Error": "Maximum sending rate exceeded."})]

    whole, one = (SesMail(ses).hand_over(a_call())[0] for _ in range(2))

    assert isinstance(whole, Throttled)
    assert isinstance(one, Throttled)
    assert (whole.is_too_fast, one.is_too_fast) == (True, False)


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
