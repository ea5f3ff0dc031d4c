"""One RQ worker on one queue.

It forks for each job, so that a job's memory and its faults are its own. Told to stop, it passes the word on to the
job at hand, which ends before its next batch.
"""

import gc
import os
import signal
from importlib import import_module

import psycopg
import structlog
from redis import Redis
from redis.client import Pipeline
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

import config
from app.extensions import db
from app.jobs import CATALOGUE, QueueName
from app.lib.orphans import end_with_parent
from app.web.installation import providers
from workers.heartbeats import beat
from workers.runtime import application, draining

HANDING_OVER = frozenset({QueueName.SENDING, QueueName.URGENT})
WORKER_TTL_SECONDS = 45  # RQ asks for a sign of life a third of it before it runs out

log = structlog.get_logger(__name__)


class SendoutWorker(Worker):
    """An RQ worker that writes its heartbeat to PostgreSQL and lets its job finish what it has in its hands."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis, and the database, that we are alive; a database that is away is no reason to stop."""
        super().heartbeat(timeout, pipeline=pipeline)
        with application().app_context():
            try:
                beat(f"{self.name}", "worker " + ",".join(self.queue_names()))
            except SQLAlchemyError as problem:
                log.warning("heartbeat not written", problem=type(problem).__name__)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the forked child: connections of the parent's are not ours to use."""
        with application().app_context():
            db.engine.dispose(close=False)
        draining.listen()
        super().main_work_horse(job, queue)

    def request_stop(self, signum: int, frame: object) -> None:
        """Finish the job at hand, and tell it to come to an end."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGUSR1)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(queue: str) -> None:
    """Be one RQ worker on one queue until told to stop, or until the process that started us is gone."""
    end_with_parent()
    load(queue)
    draining.listen()  # before any fork: a job that has hardly begun must not die of the signal
    connection = Redis.from_url(config.load().redis_url, socket_timeout=WORKER_TTL_SECONDS * 2)
    name = f"{queue}@{os.uname().nodename}:{os.getpid()}"
    SendoutWorker(
        [queue],
        name=name,
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        log_job_description=False,
    ).work(logging_level="WARNING")


def plan_once(connection: psycopg.Connection, _record: object) -> None:
    """Have a statement planned once for whatever it is asked with.

    PostgreSQL may decide to plan a claim anew for each batch, which takes it longer than the claim does: a fifth of its work, measured.
    """
    connection.autocommit = True
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.autocommit = False


def load(queue: str) -> None:
    """Make the application and import the queue's jobs once, for every job to be forked from, and keep the garbage collector off them.

    It would go through all of this again and again in each job, and so copy it: a sixth of what sending took, measured.
    """
    application()
    for kind in CATALOGUE:
        if kind.queue == queue:
            import_module(kind.function.rpartition(".")[0])
    with application().app_context():
        if queue in HANDING_OVER:
            providers().read_ahead()
        if queue == QueueName.SENDING:
            event.listen(db.engine, "connect", plan_once)
    gc.collect()
    gc.freeze()
