"""What goes to the team is no message of the ledger: nothing in it may bring events that would be taken for a message's."""

import pytest

from app.providers.base import EmailCall, OutgoingEmail, OutgoingText
from app.providers.ses_requests import bulk_request, single_request
from app.providers.twilio import TwilioTexts

SLOTS = {"subject": "Maria: {{size}}", "text": "Which size?", "html": "<p>Which size?</p>"}


def an_email(message_id):
    message = OutgoingEmail(message_id, 1, "bob@club.example", SLOTS)
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailCall(
        sender="Riverside <news@mail.example.com>",
        reply_to="maria@example.net",
        subject="{{subject}}",
        text="{{text}}",
        html="{{html}}",
        headers=headers,
        messages=[message],
        configuration_set="",
        provider_tracking=True,
    )


def bulk(call):
    return bulk_request(call)


def single(call):
    return single_request(call, call.messages[0])


@pytest.mark.parametrize("request_of", [bulk, single])
def test_an_email_without_an_id_of_ours_asks_for_no_events(request_of):
    sent = repr(request_of(an_email(None)))

    assert [name for name in ("Tags", "ConfigurationSet", "ConfigurationOverrides", "message_id") if name in sent] == []
    assert "'Auto-Submitted', 'Value': 'auto-generated'" in sent
    assert "maria@example.net" in sent


@pytest.mark.parametrize("request_of", [bulk, single])
def test_an_email_of_the_ledger_carries_its_id(request_of):
    assert "{'Name': 'message_id', 'Value': '7'}" in repr(request_of(an_email(7)))


@pytest.mark.parametrize("callback", [None, "https://app.example.com/callbacks/twilio/status?m=7&a=1"])
def test_a_text_asks_for_reports_only_where_somebody_follows_them(callback):
    asked = {}

    class Messages:
        def create(self, **options):
            asked.update(options)
            return type("Made", (), {"sid": "SM1", "num_segments": "1"})()

    client = type("Client", (), {"messages": Messages()})()
    TwilioTexts(client).hand_over(OutgoingText(None, 1, "+12015550199", "+15005550006", "Which size?", callback))

    assert asked.get("status_callback") == callback
    assert ("status_callback" in asked) is (callback is not None)
