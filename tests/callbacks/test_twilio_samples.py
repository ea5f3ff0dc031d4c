"""Every Twilio sample through the real doors, and what it leaves behind in the tables."""

from urllib.parse import parse_qs

import pytest
from sqlalchemy import func, select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.models import CallbackReceipt, InboundText, Message, MessageEvent, UnsubscribeEntry
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress
from tests.factories import a_message, a_participant, a_sender, a_sendout, an_organisation
from tests.providers.payloads import names, sample, sample_bytes

STATUS, INBOUND = "/callbacks/twilio/status", "/callbacks/twilio/inbound"

STATUS_ENDS = {
    "canceled": "not_sent",
    "delivered": "delivered",
    "delivered-no-dlr-date": "delivered",
    "failed-21610": "skipped",
    "failed-30002": "not_sent",
    "failed-30010": "not_sent",
    "failed-30019": "failed",
    "failed-30037": "not_sent",
    "future-unknown-status": "sent",
    "queued": "sent",
    "read-whatsapp": "delivered",
    "sending": "sent",
    "sent": "sent",
    "undelivered-30005": "bad_number",
    "undelivered-30006": "bad_number",
    "undelivered-30032": "not_sent",
    "undelivered-30033": "not_sent",
    "undelivered-30034": "not_sent",
}
LISTED = {"skipped": [("stop", "all")], "bad_number": [("bad_number", "all")]}

# The keyword that a text is kept with; STOP is the only one that lists its number.
KEYWORDS = {
    "advanced-optout-custom-word": "stop",
    "advanced-optout-help": "help",
    "advanced-optout-start": "start",
    "advanced-optout-stop": "stop",
    "keyword-cancel": "stop",
    "keyword-end": "stop",
    "keyword-help": "help",
    "keyword-info": "help",
    "keyword-optout": "stop",
    "keyword-please-cancel-is-not-a-keyword": "likely_stop",
    "keyword-quit": "stop",
    "keyword-revoke": "stop",
    "keyword-start": "start",
    "keyword-stop": "stop",
    "keyword-stop-lowercase": "stop",
    "keyword-stop-mixed-spaces": "stop",
    "keyword-stop-please-is-not-a-keyword": "likely_stop",
    "keyword-stopall": "stop",
    "keyword-unstop": "start",
    "keyword-unsubscribe": "stop",
}


def stem(name):
    return name.rpartition("/")[2].removesuffix(".form")


def fields(name):
    return {key: values[0] for key, values in parse_qs(sample_bytes(name).decode(), keep_blank_values=True).items()}


def its_message(name, number_field, **values):
    """The text that a sample is about, sent from the number or service that the sample names."""
    form = fields(name)
    ours = form["To"] if number_field == "From" else form.get("MessagingServiceSid") or form["From"]
    organisation = an_organisation()
    sender = a_sender(organisation, Channel.SMS, address=ours)
    person = a_participant(organisation, phone_number=f"+{form[number_field].rpartition(':')[2].lstrip('+')}")
    sendout = a_sendout(organisation, sms_sender_id=sender.id)
    message = a_message(sendout, person, Channel.SMS, **({"status": "sent", "accepted_at": func.now()} | values))
    db.session.commit()
    return message


def apply_all():
    while apply_due_receipts():
        db.session.commit()
    db.session.expire_all()


@pytest.mark.parametrize("name", names("twilio/status/*.form"), ids=stem)
def test_a_status_sample_is_kept_answered_and_has_its_effect(post_twilio, name):
    message = its_message(name, "To", provider_ref=fields(name)["MessageSid"])

    answers = [post_twilio(STATUS, sample_bytes(name)) for _ in range(2)]
    apply_all()

    assert [(answer.status_code, answer.data) for answer in answers] == [(204, b""), (204, b"")]
    message = db.session.get_one(Message, message.id)
    assert message.status == STATUS_ENDS.get(stem(name), "failed")
    assert message.error_code == (fields(name).get("ErrorCode") or None)
    listed = db.session.execute(select(UnsubscribeEntry.reason, UnsubscribeEntry.scope)).all()
    assert listed == LISTED.get(message.status, [])
    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == 1


@pytest.mark.parametrize("name", names("twilio/status/sequence-*.json"))
def test_a_sequence_of_callbacks_ends_where_it_should(post_twilio, name):
    sequence = sample(name)
    message = its_message(sequence["order"][0], "To", provider_ref=fields(sequence["order"][0])["MessageSid"])

    for each in sequence["order"]:
        assert post_twilio(STATUS, sample_bytes(each)).status_code == 204
        apply_all()

    assert db.session.get_one(Message, message.id).status == sequence["final"]
    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == sequence.get("effects", len(sequence["order"]))


@pytest.mark.parametrize("name", names("twilio/inbound/*.form"), ids=stem)
def test_a_texted_sample_has_its_effect_before_it_is_answered(post_twilio, name):
    message = its_message(name, "From", address=fields(name)["From"])

    answers = [post_twilio(INBOUND, sample_bytes(name)) for _ in range(2)]

    assert [(answer.status_code, answer.mimetype) for answer in answers] == [(200, "text/xml")] * 2
    assert answers[0].data.endswith(b"<Response></Response>")
    db.session.expire_all()
    text = db.session.scalars(select(InboundText)).one()
    keyword = KEYWORDS.get(stem(name), "none")
    assert (text.keyword, text.message_id, text.body) == (keyword, message.id, fields(name)["Body"])
    assert db.session.scalars(select(UnsubscribeEntry.reason)).all() == (["stop"] if keyword == "stop" else [])
    ends = {"stop": "stopped", "start": "sent"}
    assert db.session.get_one(Message, message.id).shown_status == ends.get(keyword, "wrote_back")
    assert db.session.scalars(select(CallbackReceipt)).one().applied_at is not None


def test_pictures_are_kept_with_their_type(post_twilio):
    its_message("twilio/inbound/media.form", "From", address=fields("twilio/inbound/media.form")["From"])

    post_twilio(INBOUND, sample_bytes("twilio/inbound/media.form"))

    form = fields("twilio/inbound/media.form")
    kept = db.session.scalars(select(InboundText)).one().media
    assert kept == [[form[f"MediaContentType{n}"], form[f"MediaUrl{n}"]] for n in range(int(form["NumMedia"]))]


def test_yes_starts_again_only_who_had_stopped(post_twilio):
    message = its_message("twilio/inbound/keyword-yes.form", "From", address="+15005550111")
    suppress([NewEntry(message.organisation_id, Channel.SMS, "+15005550111", SuppressionReason.STOP, EntrySource.REPLY)])
    db.session.commit()

    post_twilio(INBOUND, sample_bytes("twilio/inbound/keyword-yes.form"))

    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    db.session.refresh(entry)
    assert entry.lifted_at is not None
    assert entry.lift_reason == "They texted “YES”"


def test_a_text_to_nobodys_number_is_kept_and_tried_again_once_it_is_somebodys(post_twilio):
    name = "twilio/inbound/keyword-stop.form"

    assert post_twilio(INBOUND, sample_bytes(name)).status_code == 200
    receipt = db.session.scalars(select(CallbackReceipt)).one()
    assert (receipt.applied_at, receipt.tries) == (None, 1)
    assert "no organisation here" in str(receipt.problem)

    its_message(name, "From", address=fields(name)["From"])
    receipt.due_at = func.now()
    db.session.commit()
    apply_all()

    assert db.session.scalars(select(UnsubscribeEntry.reason)).all() == ["stop"]


@pytest.mark.parametrize("path", [STATUS, INBOUND])
@pytest.mark.parametrize("signature", ["Zm9yZ2Vk", "", "é"])
def test_a_forged_callback_is_refused_and_not_kept(post_twilio, path, signature):
    answer = post_twilio(path, sample_bytes("twilio/inbound/keyword-stop.form"), signature=signature or " ")

    assert answer.status_code == 403
    assert db.session.scalars(select(CallbackReceipt)).all() == []
    assert db.session.scalars(select(UnsubscribeEntry)).all() == []


def test_the_query_that_carries_our_own_id_is_signed_as_it_came(post_twilio):
    name = "twilio/status/delivered.form"
    message = its_message(name, "To", status="in_doubt", accepted_at=None)

    assert post_twilio(f"{STATUS}?m={message.id}&a=1", sample_bytes(name)).status_code == 204
    apply_all()

    message = db.session.get_one(Message, message.id)
    assert (message.status, message.provider_ref) == ("delivered", fields(name)["MessageSid"])
