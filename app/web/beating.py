"""That the web is there to hear what providers report: a sign of life every few seconds, and since when there was no break in them.

All web processes on all machines write one row: while one of them answers, callbacks come in.
"""

import time
from threading import Thread

import structlog
from flask import Flask
from sqlalchemy import Connection, text

from app.domain.doubt import BEATS_MISSED, SNS_TRIES_SECONDS, longest_silence
from app.extensions import db
from config import Config

log = structlog.get_logger(__name__)

# By PostgreSQL's clock, however wrong ours may be. A beat that had to wait for another's row carries the earlier instant: it
# makes the web look quieter than it was, never livelier.
_BEAT = text("""
    INSERT INTO heartbeats AS web (name, kind, seen_at, up_since) VALUES ('web', 'web', now(), now())
    ON CONFLICT (name) DO UPDATE SET
        seen_at = now(),
        up_since = CASE WHEN web.seen_at < now() - make_interval(secs => :silence) THEN now() ELSE web.up_since END,
        missed_until = CASE WHEN web.seen_at < now() - make_interval(secs => :tries) THEN now() - make_interval(secs => :tries)
                            ELSE web.missed_until END""")


def beat(connection: Connection, window_seconds: float) -> None:
    """Write down that the web is there now; after too long a silence it is so from now on only."""
    connection.execute(_BEAT, {"silence": longest_silence(window_seconds), "tries": SNS_TRIES_SECONDS})


def keep_beating(app: Flask, config: Config) -> None:
    """Beat for as long as this process lives, from a thread that ends with it."""
    Thread(target=_beat_for_ever, args=(app, config.settle_seconds), name="web-beats", daemon=True).start()


def _beat_for_ever(app: Flask, window_seconds: float) -> None:
    """After a pause first: a process that dies whenever it starts is not there."""
    with app.app_context():
        engine = db.engine
    while True:
        time.sleep(longest_silence(window_seconds) / BEATS_MISSED)
        try:
            # One statement, one transaction: a process that is frozen holds no lock that others wait for.
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                beat(connection, window_seconds)
        except Exception as problem:  # noqa: BLE001  whatever it was, the next beat may succeed
            log.warning("the web's sign of life not written", problem=type(problem).__name__)
