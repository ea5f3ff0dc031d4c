from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.events import InboundText as Text
from app.domain.senders import SenderKind
from app.extensions import db
from app.lib.clock import now
from app.messages.quota import known_account
from app.models import InboundText, MessageEvent, TextInquiry, UnsubscribeEntry
from app.providers.twilio import ListedText, TextRecord
from tests.factories import a_message, a_sender, an_organisation
from tests.reports.mixtures import a_participant_of, a_running_sendout
from tests.scenes import run_sql
from workers.reconciling import MOST_FAILURES, ask_account, check_texts, find_inbound
from workers.runtime import only_one

pytestmark = pytest.mark.usefixtures("database", "carriers")

PERSON = "+12015550142"


@pytest.fixture
def sendout():
    return a_running_sendout(an_organisation(), ChannelPlan.SMS)


def a_sent_text(sendout, ref, *, hours=2.0, **values):
    went = {"status": "sent", "provider_ref": ref, "accepted_at": now() - timedelta(hours=hours)}
    message = a_message(sendout, a_participant_of(sendout), Channel.SMS, **(went | values))
    db.session.commit()
    return message


def a_record(message, status, code=None):
    return TextRecord(message.provider_ref, message.address, "+15005550006", "Hello", status, code, 1, None, now() - timedelta(hours=1))


def standing(message):
    db.session.rollback()
    db.session.refresh(message)
    return message.status


def test_a_text_whose_callback_was_lost_is_asked_about_and_settled(sendout, carriers):
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, "delivered")}

    assert check_texts() == 1

    assert standing(message) == "delivered"
    assert message.delivered_at is not None


@pytest.mark.parametrize(
    ("status", "code", "expected"), [("undelivered", 30003, "failed"), ("failed", 30005, "bad_number"), ("sent", None, "sent")]
)
def test_what_twilio_says_means_what_its_callback_would_have(sendout, carriers, status, code, expected):
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, status, code)}

    check_texts()

    assert standing(message) == expected


def test_an_opt_out_found_so_stands_on_the_list(sendout, carriers):
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, "failed", 21610)}

    check_texts()

    assert standing(message) == "skipped"
    assert db.session.scalars(select(UnsubscribeEntry.reason)).all() == ["stop"]


def test_the_callback_that_comes_after_all_counts_once(sendout, carriers):
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, "delivered")}

    check_texts()
    run_sql("UPDATE text_inquiries SET due_at = now()")
    run_sql("UPDATE messages SET status = 'sent'")
    check_texts()

    assert db.session.scalars(select(MessageEvent.event_key)).all() == ["SM1:delivered:"]


def test_young_old_and_settled_texts_are_not_asked_about(sendout, carriers):
    a_sent_text(sendout, "young", hours=0.9)
    a_sent_text(sendout, "old", hours=24.1)
    a_sent_text(sendout, "settled", status="delivered")
    a_sent_text(sendout, None, status="sent")

    check_texts()

    assert carriers.texts.fetched == []


def test_a_text_is_asked_about_ever_more_rarely(sendout, carriers):
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, "sent")}
    pauses = []

    for _ in range(4):
        check_texts()
        inquiry = db.session.scalars(select(TextInquiry)).one()
        pauses.append(round((inquiry.due_at - now()).total_seconds() / 3_600))
        run_sql("UPDATE text_inquiries SET due_at = now()")

    assert pauses == [1, 2, 4, 8]
    run_sql("UPDATE text_inquiries SET due_at = now() + interval '1 minute'")
    check_texts()
    assert len(carriers.texts.fetched) == 4


def test_a_text_that_twilio_does_not_know_costs_no_other_its_turn(sendout, carriers):
    a_sent_text(sendout, "gone", hours=3)
    message = a_sent_text(sendout, "SM1")
    carriers.texts.records = {"SM1": a_record(message, "delivered")}

    check_texts()

    assert standing(message) == "delivered"


def test_where_twilio_is_away_it_is_left_in_peace(sendout, carriers):
    for number in range(MOST_FAILURES + 5):
        a_sent_text(sendout, f"SM{number}")

    check_texts()

    assert len(carriers.texts.fetched) == MOST_FAILURES


def test_two_workers_do_not_ask_at_once(sendout, carriers):
    a_sent_text(sendout, "SM1")

    with only_one("check-texts"):
        assert check_texts() == 0
    assert carriers.texts.fetched == []


def a_listed(ref, body, *, minutes, to, sender=PERSON):
    text = Text(provider_ref=ref, from_number=sender, to_number=to, messaging_service=None, body=body)
    return ListedText(text, now() - timedelta(minutes=minutes))


def test_a_missed_stop_is_found_and_holds(carriers):
    ours = a_sender(an_organisation(), Channel.SMS)
    db.session.commit()
    carriers.texts.received = {ours.address: [a_listed("SM9", "STOP", minutes=90, to=ours.address)]}

    assert find_inbound() == 1
    assert find_inbound() == 0

    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    kept = db.session.scalars(select(InboundText)).one()
    assert (entry.address, entry.reason, kept.provider_ref) == (PERSON, "stop", "SM9")
    assert round((now() - kept.received_at).total_seconds() / 60) == 90


@pytest.mark.parametrize(
    ("known", "missed", "stands"),
    [
        (("START", 10), ("STOP", 90), False),  # they came back since
        (("STOP", 10), ("START", 90), True),  # they left again since
        (("STOP", 90), ("START", 10), False),
        (("START", 90), ("STOP", 10), True),
    ],
)
def test_stop_and_start_go_by_when_they_were_sent_not_by_when_they_were_found(carriers, known, missed, stands):
    ours = a_sender(an_organisation(), Channel.SMS)
    db.session.commit()
    carriers.texts.received = {ours.address: [a_listed("SM1", known[0], minutes=known[1], to=ours.address)]}
    find_inbound()

    carriers.texts.received = {ours.address: [a_listed("SM2", missed[0], minutes=missed[1], to=ours.address)]}
    find_inbound()

    standing = db.session.scalars(select(UnsubscribeEntry).where(UnsubscribeEntry.lifted_at.is_(None))).all()
    assert bool(standing) is stands


def test_texts_missed_together_are_taken_in_their_order(carriers):
    ours = a_sender(an_organisation(), Channel.SMS)
    db.session.commit()
    listed = [a_listed("SM1", "START", minutes=10, to=ours.address), a_listed("SM2", "STOP", minutes=20, to=ours.address)]
    carriers.texts.received = {ours.address: listed}

    assert find_inbound() == 2

    assert db.session.scalars(select(InboundText.provider_ref).order_by(InboundText.id)).all() == ["SM2", "SM1"]
    assert db.session.scalars(select(UnsubscribeEntry).where(UnsubscribeEntry.lifted_at.is_(None))).all() == []


def test_the_numbers_of_a_messaging_service_are_looked_at_too(carriers):
    service = "MG" + "0" * 32
    a_sender(an_organisation(), Channel.SMS, kind=SenderKind.MESSAGING_SERVICE, address=service)
    db.session.commit()
    carriers.texts.pools = {service: ["+15005550009"]}
    carriers.texts.received = {"+15005550009": [a_listed("SM1", "Who is this?", minutes=5, to="+15005550009")]}

    assert find_inbound() == 1


def test_one_number_that_cannot_be_listed_costs_no_other(carriers):
    organisation = an_organisation()
    a_sender(organisation, Channel.SMS)
    ours = a_sender(organisation, Channel.SMS)
    db.session.commit()
    carriers.texts.received = {ours.address: [a_listed("SM1", "See you", minutes=5, to=ours.address)]}

    assert find_inbound() == 1


def test_amazon_is_asked_although_nothing_is_sent(carriers):
    carriers.rate = 14.0
    ask_account()
    carriers.rate = 0
    ask_account()

    known = known_account()
    assert known is not None
    assert known.quota.max_per_second == 14.0
