"""The web's signs of life: one row for all its processes, which knows of every break."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.lib.clock import now
from app.models import Heartbeat
from app.web import beating
from app.web.beating import beat
from tests.conftest import TEST_SETTINGS
from tests.scenes import run_sql

pytestmark = pytest.mark.usefixtures("database")

PROJECT = Path(__file__).resolve().parents[2]
WINDOW = 900
A_MOMENT = timedelta(seconds=30)  # more than a busy machine takes between two lines


def a_beat(engine=None):
    with (engine or db.engine).begin() as connection:
        beat(connection, WINDOW)


def the_web():
    db.session.rollback()
    return db.session.scalars(select(Heartbeat).where(Heartbeat.name == "web").execution_options(populate_existing=True)).one()


def last_seen(seconds_ago):
    """After an hour and more without a break."""
    a_beat()
    run_sql(
        "UPDATE heartbeats SET seen_at = now() - make_interval(secs => :silent), up_since = now() - make_interval(secs => :silent + 7200)",
        silent=seconds_ago,
    )


def is_recent(instant):
    return abs(now() - instant) < A_MOMENT


def test_the_first_beat_ever_begins_the_time_that_the_web_was_there():
    a_beat()

    web = the_web()
    assert (web.kind, web.up_since == web.seen_at, web.missed_until) == ("web", True, None)
    assert is_recent(web.seen_at)


@pytest.mark.parametrize("silent", [0, 5, 14])
def test_without_a_break_it_goes_on(silent):
    last_seen(silent)
    before = the_web().up_since

    a_beat()

    assert (the_web().up_since, is_recent(the_web().seen_at)) == (before, True)


@pytest.mark.parametrize("silent", [16, 3_500])
def test_after_a_break_it_begins_anew(silent):
    last_seen(silent)

    a_beat()

    assert is_recent(the_web().up_since)
    assert the_web().missed_until is None


def test_after_a_break_longer_than_amazon_tries_it_is_known_what_may_never_come():
    last_seen(4_000)

    a_beat()
    a_beat()

    assert is_recent(the_web().up_since)
    assert is_recent(the_web().missed_until + timedelta(hours=1))


def test_what_was_missed_is_not_forgotten_with_the_next_short_break():
    last_seen(4_000)
    a_beat()
    missed_until = the_web().missed_until
    run_sql("UPDATE heartbeats SET seen_at = now() - interval '1 minute'")

    a_beat()

    assert the_web().missed_until == missed_until


def test_one_process_fills_another_ones_break():
    last_seen(10)
    before = the_web().up_since
    a_beat()  # of the one that lives; the other was last there ten seconds ago, and comes back ten seconds later
    run_sql("UPDATE heartbeats SET seen_at = seen_at - interval '10 seconds'")

    a_beat()

    assert the_web().up_since == before


def test_processes_that_beat_together_agree_on_when_a_break_ended():
    last_seen(600)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(a_beat, [db.engine] * 12))

    assert is_recent(the_web().up_since)
    assert the_web().up_since <= the_web().seen_at + timedelta(seconds=1)


class EnoughHeard(BaseException):
    """Ends what goes on for ever."""


def test_a_database_that_is_away_ends_no_beating(app, monkeypatch):
    pauses, tried = [], []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) > 3:
            raise EnoughHeard

    def away_first(connection, window):
        tried.append(window)
        if len(tried) == 1:
            raise OperationalError("beat", {}, Exception("gone"))
        if len(tried) == 2:
            raise RuntimeError("whatever else")
        beat(connection, window)

    monkeypatch.setattr(beating, "time", SimpleNamespace(sleep=pause))
    monkeypatch.setattr(beating, "beat", away_first)

    with pytest.raises(EnoughHeard):
        beating._beat_for_ever(app, WINDOW)

    assert pauses == [5.0] * 4
    assert is_recent(the_web().seen_at)


@pytest.mark.parametrize(("environment", "beats"), [({}, True), ({"FLASK_RUN_FROM_CLI": "true"}, False)])
def test_what_answers_requests_beats_and_a_command_does_not(app, environment, beats):
    config = app.extensions["sendout"]
    named = TEST_SETTINGS | {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url} | environment
    asked = "import threading, wsgi; print('web-beats' in [each.name for each in threading.enumerate()])"

    done = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, env=os.environ | named, capture_output=True, text=True, check=True)

    assert done.stdout.split()[-1] == str(beats)
