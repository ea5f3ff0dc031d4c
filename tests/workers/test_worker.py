"""Workers as processes: what they take, what they say of themselves, how they end."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from botocore.loaders import JSONFileLoader
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.jobs import LAUNCH, enqueue
from app.models import Heartbeat
from app.providers import ses
from tests.conftest import TEST_SETTINGS
from tests.scenes import a_scene, statuses
from tests.stack.waiting import eventually, is_gone
from workers.runtime import Draining, draining, is_held, job, only_one
from workers.worker import load, plan_once

pytestmark = pytest.mark.usefixtures("database")

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 150.0  # some three; more where the machine is busy


@pytest.fixture
def environment(app):
    config = app.extensions["sendout"]
    closed = {"AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return os.environ | TEST_SETTINGS | closed | {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url}


@contextmanager
def workers(environment, *arguments) -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-m", "workers", *arguments], cwd=PROJECT, env=environment) as program:
        process = psutil.Process(program.pid)
        try:
            yield process
        finally:
            family = process.children(recursive=True) if program.poll() is None else []
            program.terminate()
            program.wait(30)
            for each in psutil.wait_procs(family, timeout=10)[1]:
                each.kill()


def until(is_so):
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < PATIENCE_SECONDS
        time.sleep(0.1)


def heartbeats():
    db.session.rollback()
    return [(row.kind, row.name) for row in db.session.scalars(select(Heartbeat))]


def test_a_worker_takes_jobs_says_that_it_lives_and_is_replaced_when_it_dies(environment):
    first, second = a_scene(1), a_scene(1)
    with workers(environment, "default") as program:
        enqueue(LAUNCH, first.sendout.id, job_id="launch-first")
        until(lambda: statuses(first) == ["pending"])
        assert [kind for kind, _ in heartbeats()] == ["worker default"]

        (name,) = (name for _, name in heartbeats())
        psutil.Process(int(name.rpartition(":")[2])).kill()
        until(lambda: len(heartbeats()) == 2)
        enqueue(LAUNCH, second.sendout.id, job_id="launch-second")
        until(lambda: statuses(second) == ["pending"])

        program.terminate()
        assert program.wait(30) == 0


def test_told_to_stop_a_worker_lets_its_job_finish_what_it_has_in_its_hands(environment):
    scene = a_scene(1)
    with workers(environment, "default") as program:
        until(heartbeats)
        with db.engine.begin() as holding:
            holding.execute(db.text("SELECT FROM sendouts FOR UPDATE"))
            enqueue(LAUNCH, scene.sendout.id, job_id="launch-it")
            until(lambda: is_held(f"launch-{scene.sendout.id}"))
            program.terminate()
            time.sleep(1.5)  # until the word has been passed on

        assert program.wait(30) == 0
    assert statuses(scene) == []
    assert (scene.sendout.audience_count, scene.sendout.frozen_at) == (1, None)


def test_a_worker_whose_starter_is_gone_goes_too(environment):
    with workers(environment, "default") as program:
        until(heartbeats)
        (name,) = (name for _, name in heartbeats())
        worker = psutil.Process(int(name.rpartition(":")[2]))
        program.kill()

        assert eventually(lambda: is_gone(worker))


def test_a_signal_asks_for_the_end_and_nothing_more():
    asked = Draining()
    before = signal.getsignal(signal.SIGUSR1)
    asked.listen()

    signal.raise_signal(signal.SIGUSR1)

    signal.signal(signal.SIGUSR1, before)
    assert asked.asked
    assert not draining.asked


@pytest.mark.usefixtures("worker_app")
def test_a_job_leaves_no_transaction_behind_however_it_ends():
    @job
    def breaks():
        db.session.execute(db.text("CREATE TABLE left_behind (id int)"))
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        breaks()

    assert db.session.execute(db.text("SELECT to_regclass('left_behind')")).scalar_one() is None


def test_a_name_is_held_by_one_at_a_time_and_let_go_at_the_end():
    with only_one("the-name") as mine, only_one("the-name") as yours:
        assert (mine, yours) == (True, False)

    with only_one("the-name") as mine:
        assert mine


def test_a_holder_whose_connection_breaks_loses_the_name():
    holders = """SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""  # others test beside us
    held = only_one("the-name")
    assert held.__enter__()

    db.session.execute(db.text(holders))
    until(lambda: not is_held("the-name"))

    with pytest.raises(OperationalError):
        held.__exit__(None, None, None)


@pytest.fixture
def loading(worker_app):
    """The application that `load` makes ready; what it does to this process is undone."""
    with worker_app.app_context():
        engine = db.engine
        engine.dispose()
    yield worker_app
    gc.unfreeze()
    if event.contains(engine, "connect", plan_once):
        event.remove(engine, "connect", plan_once)
        engine.dispose()


@pytest.mark.usefixtures("loading")
def test_what_every_job_needs_is_there_before_it_is_forked_and_no_business_of_its_garbage_collector():
    load("callbacks")

    assert "workers.callbacks" in sys.modules
    assert gc.get_freeze_count() > 10_000


@pytest.mark.parametrize(("queue", "mode"), [("sending", "force_generic_plan"), ("default", "auto")])
def test_what_is_asked_for_each_batch_is_planned_once(loading, queue, mode):
    load(queue)

    with loading.app_context():
        for _ in range(2):
            assert db.session.scalar(db.text("SHOW plan_cache_mode")) == mode
            db.session.rollback()
        db.session.remove()


@pytest.mark.usefixtures("loading")
@pytest.mark.parametrize("queue", ["sending", "urgent"])
def test_who_hands_over_has_read_of_amazon_what_each_job_needs(queue, monkeypatch):
    def no_reading(*_):
        raise AssertionError("read again in a job")

    ses._descriptions.cache_clear()
    load(queue)  # without credentials: it asks nobody for them
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setattr(JSONFileLoader, "load_file", no_reading)

    client = ses.ses_client("eu-west-1", "http://127.0.0.1:1")

    assert client.meta.service_model.service_name == "sesv2"
    client.close()
