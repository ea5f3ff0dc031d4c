"""What every job runs in: the one application of this process, a clean session, and a flag that asks it to come to an end."""

import functools
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask
from sqlalchemy import text

import config
from app import create_app
from app.extensions import db

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

log = structlog.get_logger(__name__)


@functools.cache
def application() -> Flask:
    """The application of this process, made once; a forked job finds it ready."""
    return create_app(config.load())


class Draining:
    """Whether this process was asked to come to an end: loops look at it between two batches."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        """Come to an end before the next batch."""
        self.asked = True

    def listen(self) -> None:
        """Take SIGUSR1, which the worker passes on when it is told to stop."""
        signal.signal(signal.SIGUSR1, self.ask)


draining = Draining()


def job(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a function as a job: inside the application, with the session rolled back and returned whatever happens."""

    @functools.wraps(function)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with application().app_context():
            try:
                return function(*args, **kwargs)
            finally:
                db.session.rollback()
                db.session.remove()

    return run


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Hold a name for as long as the block runs; yields False when another process holds it.

    The lock is PostgreSQL's and hangs on a connection of its own: it goes when its holder dies, however it dies.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = bool(connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), {"name": name}).scalar_one())
        try:
            yield held
        finally:
            if held:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name})


def is_held(name: str) -> bool:
    """Whether some process holds this name at the moment. Looks without taking it, so that nobody finds it taken by a look."""
    return bool(db.session.execute(_IS_HELD, {"name": name}).scalar_one())


_IS_HELD = text("""
    SELECT EXISTS (
        SELECT FROM pg_locks, (SELECT hashtextextended(:name, 0) AS key) AS wanted
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = ((key >> 32) & 4294967295)::oid AND objid = (key & 4294967295)::oid)""")
