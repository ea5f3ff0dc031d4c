"""Receipts that come together share a transaction; each is answered only once its own is committed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, delete, event, func, insert, select, text

from app.extensions import db
from app.messages.group_commit import GroupCommit, NotStored, engine_for_receipts
from app.messages.receipts import committer, receipt_row
from app.messages.troubles import note_remembered
from app.models import CallbackReceipt, ReceiptKind

pytestmark = pytest.mark.usefixtures("database")


def a_row(key, **values):
    return receipt_row(ReceiptKind.SES, key, "https://app.example.com/callbacks/ses", b"{}") | values


def kept_keys():
    db.session.rollback()
    return set(db.session.scalars(select(CallbackReceipt.receipt_key)))


@pytest.fixture
def commits():
    """How many transactions the engine has committed."""
    seen: list[object] = []
    count = seen.append
    event.listen(db.engine, "commit", count)
    yield seen
    event.remove(db.engine, "commit", count)


def test_a_hundred_at_once_are_all_kept_in_far_fewer_commits(commits):
    together = GroupCommit(db.engine)
    gate = threading.Barrier(25)

    def come(number):
        if number < 25:
            gate.wait()
        together.store(a_row(f"k{number}"))

    with ThreadPoolExecutor(25) as pool:
        list(pool.map(come, range(100)))

    assert kept_keys() == {f"k{number}" for number in range(100)}
    assert len(commits) < 60


def test_a_row_is_committed_when_its_store_returns():
    GroupCommit(db.engine).store(a_row("k"))

    with db.engine.connect() as another:
        assert another.scalar(select(func.count()).select_from(CallbackReceipt)) == 1


def test_a_repeated_receipt_is_kept_once_and_answered_alike():
    together = GroupCommit(db.engine)

    for _ in range(2):
        together.store(a_row("k"))

    assert kept_keys() == {"k"}


def test_a_row_that_the_database_refuses_spoils_nobody_elses():
    together = GroupCommit(db.engine)
    refused = []

    def come(number):
        try:
            together.store(a_row(f"k{number}", kind="nonsense" if number == 3 else "ses"))
        except NotStored:
            refused.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come, range(8)))

    assert refused == [3]
    assert kept_keys() == {f"k{number}" for number in range(8) if number != 3}


@pytest.mark.parametrize("key", ["a\0b", "a\ud800b", "k" * 100_000])
def test_a_turned_away_callback_of_any_name_keeps_no_other_away(key):
    together = GroupCommit(db.engine)
    together.note_trouble(ReceiptKind.SES, key)

    together.store(a_row("k"))
    note_remembered()

    assert kept_keys() == {"k"}
    assert db.session.scalar(text("SELECT max(length(receipt_key)) FROM server_troubles")) <= 200


def test_a_database_that_is_away_is_told_to_everybody_and_the_next_try_works():
    together = GroupCommit(create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    with pytest.raises(NotStored, match="OperationalError"):
        together.store(a_row("k"))

    together._engine = db.engine
    together.store(a_row("k"))

    assert kept_keys() == {"k"}


class Hanging(GroupCommit):
    """Its commits take as long as they are let."""

    let_go = threading.Event()

    def _write(self, _rows):
        self.let_go.wait(5)


def test_nobody_waits_for_ever_behind_a_commit_that_hangs():
    together = Hanging(db.engine, longest_wait_seconds=0.05)
    leading = threading.Thread(target=together.store, args=(a_row("slow"),))
    leading.start()
    while not together._is_committing:
        time.sleep(0.001)

    with pytest.raises(NotStored, match="takes too long"):
        together.store(a_row("impatient"))

    together.let_go.set()
    leading.join()
    assert together._waiting == []


def test_one_committer_serves_the_whole_process():
    assert committer() is committer()


def test_its_own_connection_gives_up_soon_and_needs_no_commit():
    own = engine_for_receipts(db.engine, {"connect_timeout": 5})

    with own.connect() as connection:
        timeout = connection.scalar(text("SHOW statement_timeout"))
        connection.execute(insert(CallbackReceipt).values(dict(a_row("k"))))
    own.dispose()

    assert timeout == "5s"
    assert kept_keys() == {"k"}


def test_two_who_are_sent_the_same_in_another_order_do_not_block_one_another():
    keys = [f"k{number}" for number in range(200)]
    engine = db.engine

    def write(number):
        for _ in range(10):
            GroupCommit(engine)._write([a_row(key) for key in (keys if number else reversed(keys))])
            with engine.begin() as connection:
                connection.execute(delete(CallbackReceipt))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))  # a deadlock would be raised here

    assert kept_keys() == set()
