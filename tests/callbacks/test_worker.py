"""The job that applies receipts, as the schedule starts it."""

import pytest
from sqlalchemy import event, select

from app.domain.events import EventKind
from app.extensions import db
from app.messages.receipts import committer, visit_row
from app.models import CallbackReceipt, Message
from tests.callbacks.test_service import CHROME, an_email
from workers.callbacks import drain
from workers.runtime import only_one

pytestmark = pytest.mark.usefixtures("database")


def test_everything_that_is_due_is_applied_and_committed():
    message = an_email()
    for _ in range(3):
        committer().store(visit_row(EventKind.OPEN, message.id, link_id=None, user_agent=CHROME))

    assert drain(linger_seconds=0) == 0
    assert drain(linger_seconds=0.01) == 3

    db.session.rollback()
    assert db.session.get_one(Message, message.id).shown_status == "opened"
    assert all(receipt.applied_at for receipt in db.session.scalars(select(CallbackReceipt)))


def test_a_database_that_goes_away_for_a_moment_loses_nothing():
    message = an_email()
    committer().store(visit_row(EventKind.OPEN, message.id, link_id=None, user_agent=CHROME))
    failed: list[int] = []

    def fail_once(connection, _cursor, statement, *_):
        if not failed and statement.startswith("INSERT INTO message_events"):
            failed.append(connection.connection.dbapi_connection.info.backend_pid)
            with db.engine.connect() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({failed[0]})")

    event.listen(db.engine, "before_cursor_execute", fail_once)
    try:
        taken = drain(linger_seconds=0.5)
    finally:
        event.remove(db.engine, "before_cursor_execute", fail_once)

    assert (taken, len(failed)) == (1, 1)
    assert db.session.get_one(Message, message.id).shown_status == "opened"


def test_one_process_applies_at_a_time():
    with only_one("apply-receipts") as first, only_one("apply-receipts") as second:
        assert (first, second) == (True, False)
