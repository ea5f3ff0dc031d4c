"""What the applier does with receipts that fit nobody, cannot be read, break, or come from our own pixel and links."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from app.callbacks.queries import NEVER
from app.callbacks.service import apply_due_receipts
from app.domain.events import EventKind
from app.extensions import db
from app.messages.receipts import committer, receipt_row, visit_row
from app.models import CallbackReceipt, Message, MessageEvent, ReceiptKind
from tests.callbacks.test_ses_samples import apply_all, its_message
from tests.factories import a_message, a_participant, a_sendout, an_organisation
from tests.providers.payloads import sample

pytestmark = pytest.mark.usefixtures("database")

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"


def an_email(**values):
    organisation = an_organisation()
    message = a_message(a_sendout(organisation), a_participant(organisation), **({"status": "sent"} | values))
    db.session.commit()
    return message


def stored(kind, key, body):
    committer().store(receipt_row(kind, key, "", body))


def the_receipt():
    db.session.expire_all()
    return db.session.scalars(select(CallbackReceipt)).one()


def make_due():
    db.session.execute(text("UPDATE callback_receipts SET due_at = now()"))
    db.session.commit()


def ses_envelope(event):
    envelope = dict(sample("sns/notification-send.json"))
    return json.dumps(envelope | {"Message": json.dumps(event)}).encode()


def test_an_event_that_comes_before_its_message_is_parked_and_applied_later(post_sns):
    post_sns("sns/notification-delivery.json")
    apply_all()

    receipt = the_receipt()
    assert (receipt.applied_at, receipt.tries) == (None, 1)
    assert "no message here" in receipt.problem
    assert receipt.due_at > datetime.now(UTC) - timedelta(seconds=5)

    message = its_message("sns/notification-delivery.json")
    make_due()
    apply_all()
    assert db.session.get_one(Message, message.id).status == "delivered"
    assert (the_receipt().problem, the_receipt().tries) == (None, 1)


def test_pauses_grow_and_end_after_a_day(post_sns):
    post_sns("sns/notification-delivery.json")
    pauses = []
    for tries in (0, 3, 11, 20, 36):
        db.session.execute(text("UPDATE callback_receipts SET due_at = now(), tries = :tries"), {"tries": tries})
        db.session.commit()
        began = datetime.now(UTC)
        apply_all()
        pauses.append((the_receipt().due_at - began).total_seconds())

    for pause, expected in zip(pauses, (1, 8, 2048, 3600), strict=False):
        assert expected <= pause < expected + 7
    assert the_receipt().due_at == NEVER


def test_a_receipt_that_a_wrong_clock_dated_a_day_back_is_not_given_up(post_sns):
    post_sns("sns/notification-delivery.json")
    db.session.execute(text("UPDATE callback_receipts SET received_at = now() - interval '25 hours'"))
    db.session.commit()

    apply_all()

    assert the_receipt().due_at < NEVER


def test_another_installations_event_is_set_aside_and_changes_nothing(post_sns):
    message = its_message("sns/notification-delivery.json", address="somebody.else@example.net")

    post_sns("sns/notification-delivery.json")
    apply_all()

    assert db.session.get_one(Message, message.id).status == "sent"
    assert (the_receipt().applied_at, the_receipt().due_at) == (None, NEVER)
    assert "another installation" in the_receipt().problem


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (ReceiptKind.SES, b"not an envelope"),
        (ReceiptKind.SES, ses_envelope({"eventType": "Bounce", "mail": {"messageId": "x"}, "bounce": {}})),
        (ReceiptKind.TWILIO_STATUS, b"Some=thing"),
        (ReceiptKind.TWILIO_STATUS, b"\xff\xfe"),
        (ReceiptKind.TWILIO_INBOUND, b""),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason_and_not_tried_again(kind, body):
    stored(kind, "k", body)

    apply_all()

    assert (the_receipt().applied_at, the_receipt().due_at, the_receipt().tries) == (None, NEVER, 1)
    assert the_receipt().problem


def test_a_receipt_that_breaks_spoils_no_other(post_sns):
    message = its_message("sns/notification-delivery.json")
    post_sns("sns/notification-delivery.json")
    stored(ReceiptKind.TRACKING, "broken", b"{}")

    apply_all()

    assert db.session.get_one(Message, message.id).status == "delivered"
    broken = db.session.scalars(select(CallbackReceipt).where(CallbackReceipt.receipt_key == "broken")).one()
    assert (broken.applied_at, broken.problem) == (None, "it could not be applied (KeyError)")


def test_an_unknown_kind_of_event_about_nobody_is_done_with():
    event = {
        "eventType": "Holiday",
        "mail": {"messageId": "nobody's", "destination": ["a@example.net"], "timestamp": "2026-03-04T09:15:02.117Z"},
    }
    stored(ReceiptKind.SES, "k", ses_envelope(event))

    apply_all()

    assert the_receipt().applied_at is not None


def test_words_that_the_database_cannot_hold_are_kept_without_what_offends():
    message = an_email(provider_ref="nul")
    recipient = {"emailAddress": message.address, "action": "failed", "diagnosticCode": "550 \0no \ud83d such user"}
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f", "bouncedRecipients": [recipient]}
    stored(ReceiptKind.SES, "k", ses_envelope({"eventType": "Bounce", "mail": {"messageId": "nul"}, "bounce": bounce}))

    apply_all()

    assert db.session.get_one(Message, message.id).error_words == "550 no ? such user"


def test_our_own_visits_are_applied_like_the_providers():
    message = an_email()
    committer().store(visit_row(EventKind.OPEN, message.id, link_id=None, user_agent=CHROME))
    committer().store(visit_row(EventKind.CLICK, message.id, link_id=7, user_agent=CHROME))
    committer().store(visit_row(EventKind.OPEN, message.id, link_id=None, user_agent="Mozilla/5.0"))

    apply_all()

    message = db.session.get_one(Message, message.id)
    assert message.shown_status == "clicked"
    assert None not in (message.opened_at, message.clicked_at, message.machine_opened_at, message.delivered_at)
    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == 3


def test_a_scanner_that_follows_a_link_at_delivery_is_told_apart(post_sns):
    message = its_message("sns/notification-click-link-scanner.json")
    delivered = {
        "eventType": "Delivery",
        "mail": {"messageId": message.provider_ref},
        "delivery": {"timestamp": "2026-03-04T09:15:03.431Z", "recipients": [message.address]},
    }
    post_sns("sns/notification-click-link-scanner.json")
    apply_all()
    stored(ReceiptKind.SES, "delivery", ses_envelope(delivered))

    apply_all()

    message = db.session.get_one(Message, message.id)
    assert (message.shown_status, message.clicked_at) == ("delivered", None)
    assert message.machine_clicked_at is not None


def test_a_set_is_as_large_as_asked_and_the_rest_waits():
    for number in range(3):
        stored(ReceiptKind.TWILIO_STATUS, str(number), b"Some=thing")

    assert [apply_due_receipts(2), apply_due_receipts(2), apply_due_receipts(2)] == [2, 1, 0]
