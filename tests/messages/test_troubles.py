"""A callback that was turned away is known of, although the process that did so is gone before the database is back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select

from app.extensions import db, redis_client
from app.lib.clock import now
from app.messages.group_commit import GroupCommit
from app.messages.troubles import KEY, Memory, forget, note_remembered
from app.models import ReceiptKind
from app.models.callback_receipt import ServerTrouble

pytestmark = pytest.mark.usefixtures("database")


def noted():
    rows = db.session.execute(select(ServerTrouble.kind, ServerTrouble.receipt_key).order_by(ServerTrouble.id))
    return [tuple(row) for row in rows]


def taken_over():
    remembered = note_remembered()
    db.session.commit()
    forget(remembered)


def test_what_a_process_turned_away_before_it_died_is_written_down_by_another():
    dead = GroupCommit(create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    dead.note_trouble(ReceiptKind.SES, "a")
    dead.note_trouble(ReceiptKind.TWILIO_STATUS)

    taken_over()
    taken_over()

    assert sorted(noted(), key=str) == [("ses", "a"), ("twilio_status", None)]
    assert (db.session.scalar(select(ServerTrouble.happened_at).limit(1)) or datetime.min.replace(tzinfo=UTC)) > now() - timedelta(
        minutes=1
    )
    assert not redis_client.client.exists(KEY)


def test_what_happens_again_while_it_is_written_down_is_not_forgotten():
    Memory().remember("ses", "a")
    remembered = note_remembered()
    Memory().remember("ses", "a")

    forget(remembered)

    assert redis_client.client.hlen(KEY) == 1


def test_an_endless_row_of_troubles_takes_no_endless_room(monkeypatch):
    monkeypatch.setattr("app.messages.troubles.MOST", 3)
    for number in range(9):
        Memory().remember("ses", f"k{number}")

    taken_over()

    assert sorted(noted(), key=str) == [("ses", "k0"), ("ses", "k1"), ("ses", "k2"), ("ses", None)]


def test_without_redis_nobody_is_kept_waiting_and_nothing_raised(app):
    redis_client.bind("redis://127.0.0.1:1/0")
    memory = Memory()

    memory.remember("ses", "a")
    memory.remember("ses", "b")

    redis_client.bind(app.extensions["sendout"].redis_url)
    memory.remember("ses", "c")
    assert not redis_client.client.exists(KEY)
