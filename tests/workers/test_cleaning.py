from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.lib.clock import now
from app.messages.retention import APPLIED_RECEIPTS_DAYS, EVENT_DETAIL_DAYS, drop_applied_receipts, thin_events
from app.models import CallbackReceipt, MessageEvent, TextInquiry
from app.models.callback_receipt import ServerTrouble
from tests.factories import an_import, an_organisation, saved
from workers.cleaning import clean_up

pytestmark = pytest.mark.usefixtures("database", "carriers")


def days_ago(days):
    return now() - timedelta(days=days)


def a_receipt(key, days, *, is_applied=True, **values):
    applied = {"applied_at": days_ago(days)} if is_applied else {"due_at": text("timestamptz '9000-01-01'"), "tries": 3}
    defaults = {"kind": "ses", "receipt_key": key, "url": "", "body": b"{}", "received_at": days_ago(days)}
    saved(CallbackReceipt(**(defaults | applied | values)))


def an_event(key, days, **values):
    defaults = {"organisation_id": 1, "message_id": 1, "channel": "email", "event_key": key, "kind": "open", "occurred_at": days_ago(days)}
    saved(MessageEvent(**(defaults | {"received_at": days_ago(days)} | values)))


def keys():
    return db.session.scalars(select(CallbackReceipt.receipt_key).order_by(CallbackReceipt.id)).all()


def test_receipts_go_a_month_after_their_effect_and_the_others_later():
    a_receipt("ancient aside", 91, is_applied=False)
    a_receipt("old aside", 40, is_applied=False)
    a_receipt("old", APPLIED_RECEIPTS_DAYS + 1)
    a_receipt("young", APPLIED_RECEIPTS_DAYS - 1)
    db.session.commit()

    clean_up()

    assert keys() == ["old aside", "young"]


def test_the_file_of_an_import_that_was_never_started_goes_after_a_month():
    club = an_organisation()
    jobs = [
        an_import(club, state=state, created_at=days_ago(days)) for state, days in (("uploaded", 31), ("uploaded", 29), ("running", 31))
    ]
    db.session.commit()

    clean_up()

    db.session.expire_all()
    assert [(job.state, job.content is None) for job in jobs] == [("cancelled", True), ("uploaded", False), ("running", False)]


def test_a_second_round_goes_on_where_the_first_ended():
    for number in range(7):
        a_receipt(f"old{number}", 40)
    a_receipt("young", 1)
    db.session.commit()

    passed = [drop_applied_receipts(3) for _ in range(4)]

    assert passed == [3, 3, 1, 0]
    assert keys() == ["young"]


def test_a_young_receipt_is_met_again_once_it_is_old():
    a_receipt("young", 1)
    a_receipt("old behind it", 40)
    db.session.commit()
    clean_up()
    db.session.execute(text("UPDATE callback_receipts SET received_at = now() - interval '40 days'"))
    db.session.commit()

    clean_up()

    assert keys() == []


def test_old_events_keep_the_link_and_the_verdict_and_lose_the_browser():
    agent = {"user_agent": "Mozilla/5.0", "link": "7", "status": "delivered"}
    an_event("human", EVENT_DETAIL_DAYS + 1, detail=agent, is_machine=False)
    an_event("plain", EVENT_DETAIL_DAYS + 1, kind="status")
    an_event("young", EVENT_DETAIL_DAYS - 1, detail=agent, is_machine=True)
    db.session.commit()

    clean_up()

    details = {row.event_key: row.detail for row in db.session.execute(select(MessageEvent.event_key, MessageEvent.detail))}
    assert details == {"human": {"link": "7", "said_machine": False}, "plain": {}, "young": agent}
    assert thin_events(10) == 0


def test_traces_of_troubles_and_inquiries_go():
    an_organisation()
    saved(ServerTrouble(kind="ses", happened_at=days_ago(91)))
    saved(ServerTrouble(kind="ses", happened_at=days_ago(1)))
    saved(TextInquiry(message_id=1, tries=1, due_at=days_ago(4)))
    db.session.commit()

    clean_up()

    assert len(db.session.scalars(select(ServerTrouble)).all()) == 1
    assert db.session.scalars(select(TextInquiry)).all() == []
