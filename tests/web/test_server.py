"""The web server as a process: its workers go when it goes, however that happens."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.extensions import db
from app.models import Heartbeat
from stack.ports import free_port
from tests.conftest import TEST_SETTINGS
from tests.stack.waiting import eventually, is_gone

PROJECT = Path(__file__).resolve().parents[2]


STARTING_SECONDS = 180.0  # some three; more where the machine is busy


@pytest.fixture
def web(app) -> Iterator[tuple[psutil.Process, str]]:
    """Granian with one worker, much as the Procfile starts it, and where it answers."""
    config, port = app.extensions["sendout"], free_port()
    environment = os.environ | TEST_SETTINGS | {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "SETTLE_SECONDS": "3"}
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "2", "--respawn-failed-workers"]
    with subprocess.Popen([sys.executable, "-m", "granian", *options, "wsgi:app"], cwd=PROJECT, env=environment) as program:
        process = psutil.Process(program.pid)
        yield process, f"http://127.0.0.1:{port}/healthz"
        family = process.children(recursive=True) if program.poll() is None else []
        program.kill()
        for each in family:
            each.kill()


def answers(url):
    with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own server
        return answer.status == 200


def worker_of(server):
    return next((each for each in server.children() if each.status() != psutil.STATUS_ZOMBIE), None)


def test_a_worker_that_dies_is_replaced_and_none_outlives_the_server_that_is_killed(web):
    server, url = web
    assert eventually(lambda: answers(url), STARTING_SECONDS)
    first = worker_of(server)

    first.kill()

    assert eventually(lambda: is_gone(first) and answers(url), STARTING_SECONDS)
    second = worker_of(server)
    assert second.pid != first.pid
    server.kill()
    assert eventually(lambda: is_gone(second))


def test_whoever_settles_doubts_sees_that_the_server_is_there(web):
    server, _ = web

    def beats():
        db.session.rollback()
        return db.session.get(Heartbeat, "web", populate_existing=True)

    assert eventually(beats, STARTING_SECONDS)
    first = beats().seen_at
    assert eventually(lambda: beats().seen_at > first)
    assert (beats().kind, beats().up_since <= first, worker_of(server) is not None) == ("web", True, True)
