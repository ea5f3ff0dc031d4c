"""Every sample event of SES, and the ways in which it may be odd, in our words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.delivery import DeliveryStatus as Status
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.providers.base import Unreadable
from app.providers.ses_events import read_ses_event
from tests.providers.payloads import names, sample

RECEIVED = datetime(2026, 3, 4, 9, 16, tzinfo=UTC)
SNS_ID = "5d0f8a1c-0000-0000-0000-000000000001"

HARD = (Status.BOUNCED, Suppress.BOUNCE)
REPEATED = (Status.NOT_SENT, Suppress.BOUNCE)
SOFT = (Status.SOFT_BOUNCED, Suppress.SOFT_BOUNCE)
NOT_COUNTED = (Status.SOFT_BOUNCED, Suppress.NOTHING)
COMPLAINT = (Status.COMPLAINT, Suppress.COMPLAINT)
DELAYED = (Status.DELAYED, Suppress.NOTHING)
NOT_SENT = (Status.NOT_SENT, Suppress.NOTHING)
OPEN = (EventKind.OPEN, Suppress.NOTHING)
CLICK = (EventKind.CLICK, Suppress.NOTHING)
NOTHING = (EventKind.NOTHING, Suppress.NOTHING)

# The status (or, where there is none, the kind) and the effect on the Unsubscribes list, one a recipient.
SAMPLES: dict[str, list[tuple[Status | EventKind, Suppress]]] = {
    "bounce-multi-recipient-mixed-action": [HARD, DELAYED],
    "bounce-permanent-emailvalidationsuppressed": [(Status.BAD_EMAIL, Suppress.BAD_EMAIL)],
    "bounce-permanent-general": [HARD],
    "bounce-permanent-no-dsn": [HARD],
    "bounce-permanent-noemail": [HARD],
    "bounce-permanent-onaccountsuppressionlist": [REPEATED],
    "bounce-permanent-onaccountsuppressionlist-display-name": [REPEATED],
    "bounce-permanent-ontenantsuppressionlist": [REPEATED],
    "bounce-permanent-suppressed": [HARD],
    "bounce-permanent-unsubscribedrecipient": [(Status.NOT_SENT, Suppress.UNSUBSCRIBE)],
    "bounce-transient-attachmentrejected": [NOT_COUNTED],
    "bounce-transient-contentrejected": [NOT_COUNTED],
    "bounce-transient-customtimeoutexceeded": [SOFT],
    "bounce-transient-general": [SOFT],
    "bounce-transient-general-out-of-office": [NOT_COUNTED],
    "bounce-transient-mailboxfull": [SOFT],
    "bounce-transient-messagetoolarge": [NOT_COUNTED],
    "bounce-undetermined": [SOFT],
    "click": [CLICK],
    "click-link-scanner": [CLICK],
    "click-linktags-null": [CLICK],
    "complaint-abuse": [COMPLAINT],
    "complaint-auth-failure": [NOTHING],
    "complaint-fraud": [COMPLAINT],
    "complaint-no-report": [COMPLAINT],
    "complaint-not-spam": [NOTHING],
    "complaint-onaccountsuppressionlist": [(Status.NOT_SENT, Suppress.COMPLAINT)],
    "complaint-other": [COMPLAINT],
    "complaint-redacted-many-candidates": [COMPLAINT, COMPLAINT],
    "complaint-virus": [COMPLAINT],
    "delivery": [(Status.DELIVERED, Suppress.NOTHING)],
    "delivery-headers-truncated": [(Status.DELIVERED, Suppress.NOTHING)],
    "deliverydelay-byoiphostnamelookupunavailable": [DELAYED],
    "deliverydelay-general": [DELAYED],
    "deliverydelay-internalfailure": [DELAYED],
    "deliverydelay-ipfailure": [DELAYED],
    "deliverydelay-mailboxfull": [DELAYED],
    "deliverydelay-recipientservererror": [DELAYED],
    "deliverydelay-sendingdeferral": [DELAYED],
    "deliverydelay-spamdetected": [DELAYED],
    "deliverydelay-transientcommunicationfailure": [DELAYED],
    "deliverydelay-undetermined": [DELAYED],
    "future-unknown-event": [NOTHING],
    "identity-notification-bounce": [HARD],
    "open": [OPEN],
    "open-apple-mail-privacy": [OPEN],
    "open-gmail-image-proxy": [OPEN],
    "open-yahoo-mail-proxy": [OPEN],
    "reject": [NOT_SENT],
    "rendering-failure": [NOT_SENT],
    "send": [(Status.SENT, Suppress.NOTHING)],
    "send-templated-no-subject": [(Status.SENT, Suppress.NOTHING)],
    "subscription-unsubscribeheader": [(EventKind.UNSUBSCRIBE, Suppress.UNSUBSCRIBE)],
    "subscription-unsubscribepage": [(EventKind.UNSUBSCRIBE, Suppress.UNSUBSCRIBE)],
}


def event_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = sample(f"ses/events/{name}.json")
    return loaded


def read(event: dict[str, Any]) -> list[DeliveryEvent]:
    return read_ses_event(event, SNS_ID, RECEIVED)


def read_one(name: str) -> DeliveryEvent:
    (event,) = read(event_of(name))
    return event


def test_every_sample_event_is_in_the_table():
    assert names("ses/events/*") == sorted(f"ses/events/{name}.json" for name in SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_event_means_what_the_table_says(name):
    event = event_of(name)

    heard = read(event)

    assert [(one.status or one.kind, one.suppress) for one in heard] == SAMPLES[name]
    assert {one.provider_ref for one in heard} == {event["mail"]["messageId"]}
    assert len({one.event_key for one in heard}) == len(heard)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bounce-permanent-general", "0102019a4c2e0003-c3a1f6d2-0b7e-4e0d-8f25-7d3a9be10003-000000"),
        ("complaint-abuse", "0102019a4c2e0015-c3a1f6d2-0b7e-4e0d-8f25-7d3a9be10015-000000"),
        ("send", "Send:0102019a4c1f0001-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a0001-000000"),
        ("delivery", "Delivery:0102019a4c1f0001-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a0001-000000"),
        ("reject", "Reject:0102019a4c1f001b-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a001b-000000"),
        ("rendering-failure", "Rendering Failure:0102019a4c1f0020-5b7c9f0e-6d1a-4c52-9f7b-1f6f0e2a0020-000000"),
        ("deliverydelay-general", SNS_ID),
        ("open", SNS_ID),
        ("click", SNS_ID),
        ("subscription-unsubscribepage", SNS_ID),
    ],
)
def test_an_event_has_a_key_of_its_own(name, key):
    assert read_one(name).event_key == key


def test_several_recipients_have_a_key_each():
    gone, later = read(event_of("bounce-multi-recipient-mixed-action"))

    assert gone.event_key.endswith("/gone@example.org")
    assert later.event_key.endswith("/later@example.org")


@pytest.mark.parametrize(
    ("sample", "part"), [("bounce-permanent-general", "bouncedRecipients"), ("deliverydelay-general", "delayedRecipients")]
)
def test_what_a_mailbox_forwards_to_is_not_whom_we_wrote_to(sample, part):
    event = event_of(sample)
    (written_to,) = event["mail"]["destination"]
    (reported,) = next(body[part] for body in event.values() if isinstance(body, dict) and part in body)
    reported["emailAddress"] = "home@elsewhere.example"

    assert read(event)[0].recipient == written_to


def test_the_same_bounce_in_both_formats_has_one_key():
    published = event_of("bounce-permanent-general")
    notified = {"notificationType": "Bounce", "bounce": published["bounce"], "mail": {"messageId": published["mail"]["messageId"]}}

    assert read(notified)[0].event_key == read(published)[0].event_key


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"message_id": ["42"], "attempt": ["3"]}, (42, 3)),
        ({"message_id": ["m-000000001"], "attempt": ["x"]}, (None, None)),
        ({"message_id": [], "attempt": ["9" * 30]}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
    ],
)
def test_our_own_ids_are_read_and_foreign_ones_are_left(tags, expected):
    event = event_of("delivery")
    event["mail"]["tags"] = tags

    (heard,) = read(event)

    assert (heard.message_id, heard.attempt) == expected


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2026-03-04T09:15:04.902Z", datetime(2026, 3, 4, 9, 15, 4, 902000, tzinfo=UTC)),
        ("2018-10-08T14:05:45 +0000", datetime(2018, 10, 8, 14, 5, 45, tzinfo=UTC)),
        ("2018-10-08T14:05:45+02:00", datetime(2018, 10, 8, 12, 5, 45, tzinfo=UTC)),
        ("2018-10-08T14:05:45", datetime(2018, 10, 8, 14, 5, 45, tzinfo=UTC)),
        ("yesterday", datetime(2026, 3, 4, 9, 15, 2, 117000, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(2026, 3, 4, 9, 15, 2, 117000, tzinfo=UTC)),
        (None, datetime(2026, 3, 4, 9, 15, 2, 117000, tzinfo=UTC)),
    ],
)
def test_a_time_that_cannot_be_read_is_that_of_the_mail(timestamp, expected):
    event = event_of("delivery")
    event["delivery"]["timestamp"] = timestamp

    assert read(event)[0].occurred_at == expected


def test_without_any_readable_time_it_is_that_of_the_receipt():
    event = event_of("send")
    event["mail"]["timestamp"] = "?"

    assert read(event)[0].occurred_at == RECEIVED


def test_a_display_name_is_taken_off_and_the_domain_lowered():
    event = event_of("bounce-permanent-general")
    event["mail"]["destination"] = ["Dana Whitlock <Dana@Example.NET>"]

    assert read(event)[0].recipient == "Dana@example.net"


def test_a_recipient_that_is_no_address_is_kept_as_written():
    event = event_of("bounce-permanent-general")
    event["mail"]["destination"] = ["@@"]

    assert read(event)[0].recipient == "@@"


def test_a_refusal_because_of_the_list_says_rejected_earlier():
    bounce, complaint = read_one("bounce-permanent-onaccountsuppressionlist"), read_one("complaint-onaccountsuppressionlist")

    assert bounce.words
    assert bounce.words.startswith("Rejected earlier")
    assert complaint.words
    assert complaint.words.startswith("Rejected earlier")
    assert (bounce.detail["is_repeat"], complaint.detail["is_repeat"]) == (True, True)


def test_a_bounce_keeps_the_words_of_the_mail_server():
    heard = read_one("bounce-transient-mailboxfull")

    assert (heard.code, heard.words) == ("MailboxFull", "smtp; 452 4.2.2 mailbox over quota")
    assert heard.detail == {"bounce_type": "Transient", "smtp_status": "4.2.2", "is_repeat": False}


@pytest.mark.parametrize(
    ("name", "is_machine"), [("open", None), ("open-apple-mail-privacy", True), ("open-gmail-image-proxy", None), ("click", None)]
)
def test_only_what_is_surely_a_machine_is_called_one(name, is_machine):
    assert read_one(name).is_machine is is_machine


def test_a_click_keeps_its_link_and_tags():
    click, untagged = read_one("click"), read_one("click-linktags-null")

    assert click.link == "https://www.example.com/timetable?utm_source=mail&area=N1"
    assert click.detail == {"ip_address": "203.0.113.77", "link_tags": {"position": ["hero"], "variant": ["b"]}}
    assert untagged.detail["link_tags"] == {}


def test_an_opt_in_is_no_unsubscribe():
    event = event_of("subscription-unsubscribepage")
    event["subscription"]["newTopicPreferences"] = {"unsubscribeAll": False, "topicSubscriptionStatus": [{"subscriptionStatus": "OptIn"}]}

    assert read(event)[0].kind is EventKind.NOTHING


def test_with_several_recipients_nobody_in_particular_opened():
    event = event_of("open")
    event["mail"]["destination"] = ["one@example.net", "two@example.net"]

    assert read(event)[0].recipient is None


def test_an_event_about_no_mail_is_none():
    assert read({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed"}) == []


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": "Bounce"},
        {"eventType": "Send", "mail": {}},
        {"eventType": "Unheard", "mail": {}},
        {"eventType": "Delivery", "mail": {"messageId": "x"}, "delivery": {"recipients": None}},
        {"eventType": "Click", "mail": {"messageId": "x"}, "click": "?"},
    ],
)
def test_an_event_that_is_not_what_it_says_cannot_be_read(event):
    with pytest.raises(Unreadable):
        read(event)
