"""Callbacks that nobody looks at any more can be offered again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.callbacks.queries import NEVER, due_receipts
from app.extensions import db
from app.lib.clock import now
from app.models import CallbackReceipt


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=words)


def a_receipt(key: str, kind: str = "ses", **values: object) -> CallbackReceipt:
    receipt = CallbackReceipt(kind=kind, receipt_key=key, url="", body=b"{}", **values)
    db.session.add(receipt)
    db.session.commit()
    return receipt


def test_what_was_set_aside_or_waits_is_due_at_once_as_if_it_had_just_come(run):
    a_receipt("aside", due_at=NEVER, tries=36)
    a_receipt("parked", due_at=now() + timedelta(hours=1), tries=5)
    a_receipt("text", kind="twilio_status", due_at=NEVER, tries=1)

    answer = run("requeue")

    assert answer.exit_code == 0
    assert answer.output.splitlines()[:2] == ["ses: 2", "twilio_status: 1"]
    assert {(each.receipt_key, each.tries) for each in due_receipts(10)} == {("aside", 0), ("parked", 0), ("text", 0)}


def test_one_door_may_be_named_and_what_was_applied_stays_as_it_is(run):
    a_receipt("aside", due_at=NEVER, tries=1)
    a_receipt("applied", kind="twilio_status", due_at=NEVER, tries=1, applied_at=now())
    a_receipt("text", kind="twilio_status", due_at=NEVER, tries=1)

    answer = run("requeue", "--kind", "twilio_status")

    assert answer.output.splitlines()[0] == "twilio_status: 1"
    waiting = db.session.scalars(select(CallbackReceipt.receipt_key).where(CallbackReceipt.due_at == NEVER).order_by(CallbackReceipt.id))
    assert waiting.all() == ["aside", "applied"]


def test_where_nothing_waits_it_says_so(run):
    assert run("requeue").output == "No callback waits.\n"
