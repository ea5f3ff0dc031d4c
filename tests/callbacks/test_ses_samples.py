"""Every SNS sample through the real door, and what it leaves behind in the tables."""

import json
from email.utils import parseaddr

import pytest
from sqlalchemy import func, select

from app.callbacks.service import apply_due_receipts
from app.extensions import db
from app.models import CallbackReceipt, Message, MessageEvent, SoftBounce, UnsubscribeEntry
from tests.factories import a_message, a_participant, a_sendout, an_organisation
from tests.providers.payloads import names, sample

MANIFEST = {entry["file"]: entry for entry in sample("sns/manifest.json")}

# What stands at the end: the status shown, and the entries on the list (reason, scope).
BOUNCE, COMPLAINT = [("bounce", "all")], [("complaint", "all")]
ENDS = {
    "bounce-multi-recipient-mixed-action": ("bounced", BOUNCE),
    "bounce-permanent-emailvalidationsuppressed": ("bad_email", [("bad_email", "all")]),
    "bounce-permanent-general": ("bounced", BOUNCE),
    "bounce-permanent-no-dsn": ("bounced", BOUNCE),
    "bounce-permanent-noemail": ("bounced", BOUNCE),
    "bounce-permanent-onaccountsuppressionlist": ("not_sent", BOUNCE),
    "bounce-permanent-onaccountsuppressionlist-display-name": ("not_sent", BOUNCE),
    "bounce-permanent-ontenantsuppressionlist": ("not_sent", BOUNCE),
    "bounce-permanent-suppressed": ("bounced", BOUNCE),
    "bounce-permanent-unsubscribedrecipient": ("not_sent", [("unsubscribe", "marketing")]),
    "bounce-transient-attachmentrejected": ("soft_bounced", []),
    "bounce-transient-contentrejected": ("soft_bounced", []),
    "bounce-transient-customtimeoutexceeded": ("soft_bounced", []),
    "bounce-transient-general": ("soft_bounced", []),
    "bounce-transient-general-out-of-office": ("soft_bounced", []),
    "bounce-transient-mailboxfull": ("soft_bounced", []),
    "bounce-transient-messagetoolarge": ("soft_bounced", []),
    "bounce-undetermined": ("soft_bounced", []),
    "click": ("clicked", []),
    "click-link-scanner": ("clicked", []),  # its delivery is not known here; see test_service for when it is
    "click-linktags-null": ("clicked", []),
    "complaint-abuse": ("complaint", COMPLAINT),
    "complaint-auth-failure": ("sent", []),
    "complaint-fraud": ("complaint", COMPLAINT),
    "complaint-no-report": ("complaint", COMPLAINT),
    "complaint-not-spam": ("sent", []),
    "complaint-onaccountsuppressionlist": ("not_sent", COMPLAINT),
    "complaint-other": ("complaint", COMPLAINT),
    "complaint-redacted-many-candidates": ("complaint", COMPLAINT),
    "complaint-virus": ("complaint", COMPLAINT),
    "delivery": ("delivered", []),
    "delivery-headers-truncated": ("delivered", []),
    "empty-subject-v2": ("delivered", []),
    "future-unknown-event": ("sent", []),
    "identity-notification-bounce": ("bounced", BOUNCE),
    "no-subject-v1": ("delivered", []),
    "no-subject-v2": ("delivered", []),
    "open": ("opened", []),
    "open-apple-mail-privacy": ("sent", []),
    "open-gmail-image-proxy": ("opened", []),
    "open-yahoo-mail-proxy": ("opened", []),
    "reject": ("not_sent", []),
    "rendering-failure": ("not_sent", []),
    "send": ("sent", []),
    "send-templated-no-subject": ("sent", []),
    "subscription-unsubscribeheader": ("unsubscribed", [("unsubscribe", "marketing")]),
    "subscription-unsubscribepage": ("unsubscribed", [("unsubscribe", "marketing")]),
    "unicode-v2": ("sent", []),
}
SOFT = {"customtimeoutexceeded", "general", "mailboxfull", "undetermined"}
ACCEPTED = sorted(name for name, entry in MANIFEST.items() if entry["expect"] == "accept")


def short(name):
    return name.removeprefix("sns/notification-").removesuffix(".json")


def its_message(name, **values):
    """The message that a sample is about, sent to whom the sample says, as far as the provider's acceptance."""
    event = json.loads(sample(name)["Message"])
    part = event.get("bounce") or event.get("complaint") or {}
    named = [each["emailAddress"] for each in part.get("bouncedRecipients", part.get("complainedRecipients", []))]
    organisation = an_organisation()
    person = a_participant(organisation, email_address=parseaddr((named or event["mail"]["destination"])[0])[1])
    message = a_message(a_sendout(organisation), person, **({"status": "sent", "provider_ref": event["mail"]["messageId"]} | values))
    db.session.commit()
    return message


def apply_all():
    while apply_due_receipts():
        db.session.commit()
    db.session.expire_all()


def test_every_accepted_sample_has_its_end_named():
    delays = {short(name) for name in ACCEPTED if "deliverydelay" in name}

    assert {short(name) for name in ACCEPTED} - delays == set(ENDS)
    assert set(MANIFEST) | {"sns/manifest.json", "sns/cert-urls.json"} >= set(names("sns/*.json"))


@pytest.mark.parametrize("name", ACCEPTED, ids=short)
def test_a_sample_is_kept_answered_and_has_its_effect(post_sns, name):
    message = its_message(name)

    assert [post_sns(name).status_code, post_sns(name).status_code] == [200, 200]
    apply_all()

    shown, entries = ENDS.get(short(name), ("delayed", []))
    assert db.session.get_one(Message, message.id).shown_status == shown
    assert db.session.execute(select(UnsubscribeEntry.reason, UnsubscribeEntry.scope)).all() == entries
    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == 1
    receipt = db.session.scalars(select(CallbackReceipt)).one()
    assert receipt.applied_at is not None
    is_counted = any(short(name) in (f"bounce-transient-{word}", f"bounce-{word}") for word in SOFT)
    assert db.session.scalar(select(func.count()).select_from(SoftBounce)) == int(is_counted)


@pytest.mark.parametrize("name", sorted(name for name, entry in MANIFEST.items() if entry["expect"] == "accept-ignore"))
def test_what_says_nothing_is_answered_and_changes_nothing(post_sns, name):
    assert post_sns(name).status_code == 200

    apply_all()

    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == 0
    assert db.session.scalars(select(CallbackReceipt)).one().applied_at is not None


@pytest.mark.parametrize("name", sorted(name for name, entry in MANIFEST.items() if entry["expect"] == "reject"))
def test_a_forged_or_foreign_callback_is_refused_and_not_kept(post_sns, name):
    entry = MANIFEST[name]

    answer = post_sns(name, entry["headers"])

    assert answer.status_code == 403
    assert db.session.scalars(select(CallbackReceipt)).all() == []


@pytest.mark.parametrize("name", sorted(name for name, entry in MANIFEST.items() if entry["expect"] == "confirm"))
def test_a_confirmation_that_cannot_be_given_now_is_asked_for_again(post_sns, name):
    answer = post_sns(name)

    assert answer.status_code == 503
    assert db.session.scalars(select(CallbackReceipt)).all() == []
