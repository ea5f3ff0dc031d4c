import time
from importlib import import_module

import pytest
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from app.extensions import db, redis_client
from app.jobs import CATALOGUE, LAUNCH, SEND_SLOT, QueueName, enqueue, enqueue_after_commit
from tests.factories import an_organisation

pytestmark = pytest.mark.usefixtures("database")


def waiting(queue=QueueName.DEFAULT):
    return Queue(queue, connection=redis_client.client, serializer=JSONSerializer).job_ids


@pytest.fixture
def redis_away(app):
    url = app.extensions["sendout"].redis_url
    redis_client.bind("redis://127.0.0.1:1/0")
    yield
    redis_client.bind(url)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: f"{kind.function} on {kind.queue}")
def test_every_job_named_is_a_function(kind):
    module, _, name = kind.function.rpartition(".")

    assert callable(getattr(import_module(module), name))


def test_a_job_waits_in_its_queue_with_what_it_needs():
    assert enqueue(LAUNCH, 7, job_id="launch-7") is True

    job = Job.fetch("launch-7", connection=redis_client.client, serializer=JSONSerializer)
    assert (job.func_name, list(job.args), job.timeout, job.origin) == (LAUNCH.function, [7], -1, "default")
    assert 0 < redis_client.client.ttl(job.key) <= LAUNCH.waits_seconds


def test_a_job_is_asked_for_once_while_it_waits():
    assert enqueue(SEND_SLOT, "email", 0, 0, job_id="slot") is True
    assert enqueue(SEND_SLOT, "email", 0, 0, job_id="slot") is False
    assert waiting(QueueName.SENDING) == ["slot"]


@pytest.mark.usefixtures("redis_away")
def test_without_redis_nothing_is_enqueued_and_nobody_is_kept_waiting():
    started = time.monotonic()

    assert enqueue(LAUNCH, 7, job_id="launch-7") is False
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("redis_away")
def test_a_commit_survives_that_redis_is_away():
    organisation = an_organisation(name="Before")
    enqueue_after_commit(LAUNCH, 7, job_id="launch-7")

    db.session.commit()

    with db.engine.connect() as another:
        kept = another.execute(db.text("SELECT name FROM organisations WHERE id = :id"), {"id": organisation.id}).scalar_one()
    assert kept == "Before"
    assert "jobs" not in db.session().info


def test_jobs_leave_after_the_commit_and_not_before():
    db.session.execute(db.text("SELECT 1"))
    enqueue_after_commit(LAUNCH, 7, job_id="launch-7")

    before = waiting()
    db.session.commit()

    assert (before, waiting()) == ([], ["launch-7"])
    db.session.commit()
    assert waiting() == ["launch-7"]


def test_jobs_of_a_rolled_back_transaction_are_dropped():
    db.session.execute(db.text("SELECT 1"))
    enqueue_after_commit(LAUNCH, 7, job_id="launch-7")

    db.session.rollback()
    db.session.execute(db.text("SELECT 1"))
    db.session.commit()

    assert waiting() == []


def test_a_savepoint_that_is_released_is_no_commit():
    enqueue_after_commit(LAUNCH, 7, job_id="launch-7")
    with db.session.begin_nested():
        enqueue_after_commit(LAUNCH, 8, job_id="launch-8")

    before = waiting()
    db.session.commit()

    assert (before, waiting()) == ([], ["launch-7", "launch-8"])


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_jobs_along():
    enqueue_after_commit(LAUNCH, 7, job_id="launch-7")
    savepoint = db.session.begin_nested()
    enqueue_after_commit(LAUNCH, 8, job_id="launch-8")
    savepoint.rollback()

    db.session.commit()

    assert waiting() == ["launch-7"]
