"""The catalogue of jobs: each by name, queue and time limit. The app names jobs; `workers` has the functions.

Redis holds no truth: a job that is lost with it is found again by the schedule, from the rows that it would have worked on.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

import structlog
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.extensions import db, redis_client

ASK_AGAIN_SECONDS = 5  # a job that was lost is asked for again after so long

log = structlog.get_logger(__name__)


class QueueName(StrEnum):
    """A queue; the Procfile names who consumes it."""

    URGENT = "urgent"
    SENDING = "sending"
    CALLBACKS = "callbacks"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job. `timeout_seconds` None: no limit of RQ's, whose exception would be taken for a provider's."""

    function: str
    queue: QueueName
    timeout_seconds: int | None = None
    waits_seconds: int = 30  # how long it may wait in the queue before it is worthless: the schedule asks again


SEND_SLOT = JobKind("workers.sending.send_slot", QueueName.SENDING)
SEND_URGENT_SLOT = JobKind("workers.sending.send_slot", QueueName.URGENT)
APPLY_RECEIPTS = JobKind("workers.callbacks.apply_receipts", QueueName.CALLBACKS)
LAUNCH = JobKind("workers.launching.launch_sendout", QueueName.DEFAULT)
LAUNCH_URGENT = JobKind("workers.launching.launch_sendout", QueueName.URGENT)
SEND_TRIAL = JobKind("workers.trying.send_trial", QueueName.URGENT)
SETTLE = JobKind("workers.settling.settle", QueueName.DEFAULT)
RUN_REPLY_TASKS = JobKind("workers.replies.run_reply_tasks", QueueName.DEFAULT)
CHECK_TEXTS = JobKind("workers.reconciling.check_texts", QueueName.DEFAULT)
FIND_INBOUND = JobKind("workers.reconciling.find_inbound", QueueName.DEFAULT)
ASK_PRICES = JobKind("workers.pricing.ask_prices", QueueName.DEFAULT)
ASK_ACCOUNT = JobKind("workers.reconciling.ask_account", QueueName.DEFAULT)
CLEAN_UP = JobKind("workers.cleaning.clean_up", QueueName.DEFAULT)
ANNOUNCE_APPROVAL = JobKind("workers.approving.announce_approval", QueueName.DEFAULT)
SEND_PASSWORD_LINK = JobKind("workers.forgotten.send_password_link", QueueName.URGENT, waits_seconds=600)  # nobody asks again
SEND_SETUP_TEST = JobKind("workers.setup_tests.send_setup_test", QueueName.URGENT, waits_seconds=600)
RUN_IMPORT = JobKind("workers.importing.run_import", QueueName.DEFAULT)

CATALOGUE = (
    SEND_SLOT, SEND_URGENT_SLOT, APPLY_RECEIPTS, LAUNCH, LAUNCH_URGENT, SEND_TRIAL, SETTLE, RUN_REPLY_TASKS, RUN_IMPORT,
    CHECK_TEXTS, FIND_INBOUND, ASK_PRICES, ASK_ACCOUNT, CLEAN_UP, ANNOUNCE_APPROVAL, SEND_PASSWORD_LINK,
    SEND_SETUP_TEST,
)  # fmt: skip


def enqueue(kind: JobKind, *arguments: int | str, job_id: str) -> bool:
    """Put a job into its queue, once for its id while it is there. Returns False when it is there already, or Redis is away."""
    queue = Queue(kind.queue, connection=redis_client.client, serializer=JSONSerializer)
    try:
        queue.enqueue_call(
            kind.function,
            args=arguments,
            timeout=kind.timeout_seconds or -1,
            ttl=kind.waits_seconds,
            result_ttl=0,
            failure_ttl=0,
            job_id=job_id,
            unique=True,
        )
    except DuplicateJobError:
        return False
    except RedisError as problem:
        log.warning("job not enqueued; the schedule will", job=kind.function, problem=type(problem).__name__)
        return False
    return True


def ask_for(kind: JobKind, name: str, *arguments: int | str) -> None:
    """Enqueue once per few seconds: a job whose worker was killed leaves its id behind in Redis, and must not block the next."""
    enqueue(kind, *arguments, job_id=f"{name}-{int(time.time() // ASK_AGAIN_SECONDS)}")


def enqueue_after_commit(kind: JobKind, *arguments: int | str, job_id: str) -> None:
    """Enqueue once the present transaction has committed; dropped when it, or the savepoint that this was asked in, rolls back."""
    session = db.session()
    asked = _Asked(kind, arguments, job_id, session.get_nested_transaction())
    session.info.setdefault("jobs", []).append(asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: JobKind
    arguments: tuple[int | str, ...]
    job_id: str
    savepoint: SessionTransaction | None


def _fire(session: Session) -> None:
    """SQLAlchemy reports a released savepoint as a commit, too: nothing is committed then."""
    if session.in_nested_transaction():
        return
    for asked in session.info.pop("jobs", []):
        enqueue(asked.kind, *asked.arguments, job_id=asked.job_id)


def _drop(session: Session) -> None:
    savepoint = session.get_nested_transaction()
    kept = [asked for asked in session.info.pop("jobs", []) if savepoint is not None and asked.savepoint is not savepoint]
    if kept:
        session.info["jobs"] = kept


event.listen(Session, "after_commit", _fire)
event.listen(Session, "after_rollback", _drop)
