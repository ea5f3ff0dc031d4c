"""Pooled connections are not asked whether they live, and those that do not are not given out; and when statements commit themselves."""

import pytest
from sqlalchemy import text

from app.extensions import commit_each_statement, db, is_each_committed

pytestmark = pytest.mark.usefixtures("database")

POOL_SIZE = 10  # app/web/settings.py


def pid_of(connection):
    return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()


def test_a_connection_that_the_server_has_closed_is_replaced_before_it_is_used():
    with db.engine.connect() as connection:
        gone = pid_of(connection)
    with db.engine.connect() as _other, db.engine.connect() as another:
        another.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": gone})

    with db.engine.connect() as first, db.engine.connect() as second, db.engine.connect() as third:
        assert gone not in {pid_of(first), pid_of(second), pid_of(third)}


def test_a_live_connection_is_used_again():
    with db.engine.connect() as connection:
        before = pid_of(connection)
    after = set()

    for _ in range(POOL_SIZE + 1):  # the pool hands out whichever rested longest
        with db.engine.connect() as connection:
            after.add(pid_of(connection))

    assert before in after


NOTE = text("INSERT INTO heartbeats (name, kind, seen_at) VALUES (:name, 'test', now())")
NOTED = text("SELECT name FROM heartbeats WHERE kind = 'test' ORDER BY name")


def test_statements_commit_themselves_only_between_two_transactions_and_only_until_the_next():
    db.session.rollback()
    commit_each_statement()
    db.session.execute(NOTE, {"name": "by itself"})
    db.session.rollback()

    db.session.execute(NOTE, {"name": "in a transaction"})
    commit_each_statement()
    db.session.execute(NOTE, {"name": "in the same"})
    db.session.rollback()

    assert db.session.scalars(NOTED).all() == ["by itself"]


def test_whether_there_is_anything_to_commit_is_known_at_every_step():
    db.session.rollback()
    seen = [is_each_committed()]
    commit_each_statement()
    seen.append(is_each_committed())
    db.session.commit()
    seen.append(is_each_committed())
    db.session.execute(NOTED)
    commit_each_statement()
    seen.append(is_each_committed())
    db.session.rollback()

    assert seen == [False, True, False, False]
