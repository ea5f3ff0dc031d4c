"""SES v2 as boto3 sees it."""

import json
from email.message import EmailMessage

import pytest
from botocore.exceptions import ClientError

from tests.simulator.world import Receiver, Simulator, bulk, call, entry, simple


def test_a_bulk_call_fills_the_slots_without_escaping(simulator: Simulator):
    answer = simulator.ses().send_bulk_email(**bulk(entry("ann@example.net", name="<b>Ann & Bo</b>")))

    message_id = answer["BulkEmailEntryResults"][0]["MessageId"]
    _, html = call("GET", f"{simulator.url}/mails/{message_id}")
    assert "<p>Hello <b>Ann & Bo</b></p>" in html.decode()
    assert answer["BulkEmailEntryResults"] == [{"Status": "SUCCESS", "MessageId": message_id}]


def test_every_acceptance_is_logged_with_its_tags(simulator: Simulator):
    answer = simulator.ses().send_bulk_email(**bulk(entry("ann@example.net"), entry("bo@example.net")))

    logged = [json.loads(line) for line in simulator.log.read_text().splitlines()]
    assert [line["id"] for line in logged] == [result["MessageId"] for result in answer["BulkEmailEntryResults"]]
    assert logged[1]["tags"] == {"attempt": "1", "message_id": "bo"}
    assert (logged[1]["seq"], logged[1]["to"], logged[1]["provider"], logged[1]["fault"]) == (2, "bo@example.net", "ses", "none")


def test_an_entry_that_ses_refuses_leaves_the_others_alone(simulator: Simulator):
    bad_tag = entry("cy@example.net") | {"ReplacementTags": [{"Name": "who", "Value": "cy@example.net"}]}
    long_header = entry("di@example.net") | {"ReplacementHeaders": [{"Name": "X-Long", "Value": "x" * 995}]}

    answer = simulator.ses().send_bulk_email(
        **bulk(entry("ann@example.net"), entry("badmail2@example.net"), entry("no-at"), bad_tag, long_header)
    )

    results = answer["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == ["SUCCESS", *["INVALID_PARAMETER"] * 4]
    assert "badmail2@example.net" in results[1]["Error"]
    assert len(simulator.accepted()) == 1


REFUSED_CALLS = {
    "51 entries": (bulk(*[entry(f"p{number}@example.net") for number in range(51)]), "BadRequestException"),
    "no entry": (bulk(), "BadRequestException"),
    "tag with an at sign": (bulk(entry("a@example.net"), DefaultEmailTags=[{"Name": "a", "Value": "b@c"}]), "BadRequestException"),
    "a condition in an inline template": (bulk(entry("a@example.net"), html="{{#if name}}x{{/if}}"), "BadRequestException"),
    "a template that was never stored": (
        bulk(entry("a@example.net"), DefaultContent={"Template": {"TemplateName": "spring", "TemplateData": "{}"}}),
        "NotFoundException",
    ),
    "default data that is no JSON": (
        bulk(entry("a@example.net"), DefaultContent={"Template": {"TemplateContent": {"Subject": "s", "Text": "t"}, "TemplateData": "{"}}),
        "BadRequestException",
    ),
}


@pytest.mark.parametrize("case", REFUSED_CALLS)
def test_a_bulk_call_is_refused_whole_for(case: str, simulator: Simulator):
    arguments, name = REFUSED_CALLS[case]

    with pytest.raises(ClientError) as refusal:
        simulator.ses().send_bulk_email(**arguments)

    assert refusal.value.response["Error"]["Code"] == name
    assert simulator.accepted() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (simple("nobody"), "Missing final '@domain'"),
        (simple("badmail@example.net"), "badmail@example.net"),
        (simple("jösé@example.net"), "non-ASCII"),
        (simple("a@example.net", EmailTags=[{"Name": "a b", "Value": "c"}]), "Invalid tag name"),
        (simple("a@example.net", Content={}), "exactly one"),
        (simple("a@example.net", Destination={"ToAddresses": [f"p{n}@example.net" for n in range(51)]}), "Recipient count"),
    ],
)
def test_send_email_refuses_bad_input_in_words(arguments: dict[str, object], words: str, simulator: Simulator):
    with pytest.raises(ClientError, match="BadRequestException") as refusal:
        simulator.ses().send_email(**arguments)

    assert words in refusal.value.response["Error"]["Message"]


def test_a_raw_message_is_read_from_its_mime(simulator: Simulator, receiver: Receiver):
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message["List-Unsubscribe"] = "<https://elsewhere.example/u/1>"
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="map.pdf")

    answer = simulator.ses().send_email(**simple("ann@example.net", Content={"Raw": {"Data": message.as_bytes()}}))
    simulator.settle()

    delivery = receiver.events("ann@example.net")[-1]
    assert delivery["mail"]["commonHeaders"]["subject"] == "Grüße"
    _, page = call("GET", f"{simulator.url}/mailbox?who=ann@example.net")
    assert "map.pdf" in page.decode()
    assert b"rich" in call("GET", f"{simulator.url}/mails/{answer['MessageId']}")[1]


def test_data_without_a_variable_is_accepted_and_then_fails_to_render(simulator: Simulator, receiver: Receiver):
    answer = simulator.ses().send_bulk_email(**bulk(entry("ann@example.net"), html="{{surname}}"))
    simulator.settle()

    [event] = receiver.events("ann@example.net")
    assert answer["BulkEmailEntryResults"][0]["Status"] == "SUCCESS"
    assert event["eventType"] == "Rendering Failure"
    assert "surname" in event["failure"]["errorMessage"]
    assert event["mail"]["tags"]["message_id"] == ["ann"]


def test_without_a_configuration_set_no_event_is_published(simulator: Simulator, receiver: Receiver):
    simulator.ses().send_bulk_email(**bulk(entry("ann@example.net"), ConfigurationSetName=""))
    simulator.settle()

    assert receiver.events() == []


def test_get_account_counts_what_was_sent(simulator: Simulator):
    simulator.ses().send_bulk_email(**bulk(entry("ann@example.net"), entry("bo@example.net")))

    account = simulator.ses().get_account()
    assert account["SendQuota"]["SentLast24Hours"] == 2.0
    assert (account["EnforcementStatus"], account["SendingEnabled"]) == ("HEALTHY", True)


def test_the_suppression_list_is_kept_and_obeyed(simulator: Simulator, receiver: Receiver):
    ses = simulator.ses()
    ses.put_suppressed_destination(EmailAddress="Ann+1@example.net", Reason="BOUNCE")
    ses.put_suppressed_destination(EmailAddress="bo@example.net", Reason="COMPLAINT")

    ses.send_bulk_email(**bulk(entry("ann+1@example.net"), entry("bo@example.net")))
    simulator.settle()

    assert receiver.events("ann+1@example.net")[-1]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    assert receiver.events("bo@example.net")[-1]["complaint"]["complaintSubType"] == "OnAccountSuppressionList"
    assert ses.get_suppressed_destination(EmailAddress="ann+1@example.net")["SuppressedDestination"]["Reason"] == "BOUNCE"
    page = ses.list_suppressed_destinations(PageSize=1)
    rest = ses.list_suppressed_destinations(PageSize=1, NextToken=page["NextToken"])
    assert [each["EmailAddress"] for each in rest["SuppressedDestinationSummaries"]] == ["bo@example.net"]
    ses.delete_suppressed_destination(EmailAddress="bo@example.net")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_suppressed_destination(EmailAddress="bo@example.net")


def test_domains_may_send_but_for_those_that_nobody_has_set_up(simulator: Simulator):
    client = simulator.ses()

    assert client.get_email_identity(EmailIdentity="club.example")["VerifiedForSendingStatus"] is True
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_email_identity(EmailIdentity="club.unverified.example")
    begun = client.create_email_identity(EmailIdentity="club.unverified.example")
    assert begun["VerifiedForSendingStatus"] is False
    assert len(begun["DkimAttributes"]["Tokens"]) == 3
    assert client.get_email_identity(EmailIdentity="club.unverified.example")["DkimAttributes"] == begun["DkimAttributes"]
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_email_identity(EmailIdentity="club.unverified.example")


def test_an_unsigned_call_is_turned_away(simulator: Simulator):
    status, body = call("GET", f"{simulator.url}/v2/email/account")

    assert (status, json.loads(body)) == (403, {"message": "Missing Authentication Token"})
