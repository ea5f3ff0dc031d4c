"""Which processes are alive, what waits, and how callbacks fare: of the whole installation, in numbers and without anybody's data."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Row, text

from app.domain.channels import Channel
from app.extensions import db, redis_client
from app.jobs import QueueName
from app.lib.clock import now
from app.models import ReceiptKind

SILENT_AFTER = timedelta(seconds=90)  # a worker says that it is alive every 15 to 30 seconds, the schedule every 10, the web every 5
NEWEST_RECEIPTS = 20_000  # among which the last of each kind is looked for; ten million may lie before them

_PROCESSES = text("SELECT name, kind, seen_at FROM heartbeats ORDER BY kind, seen_at DESC")
_READY = text("""
    SELECT b.channel, count(*) AS batches, sum(b.message_count)::bigint AS messages
    FROM batches b JOIN sendouts s ON s.id = b.sendout_id AND s.state = 'running' WHERE b.state = 'ready' GROUP BY 1""")
_LAST = text("""
    SELECT kind, max(received_at) AS received_at
    FROM (SELECT kind, received_at FROM callback_receipts ORDER BY id DESC LIMIT :newest) AS newest GROUP BY 1""")
_WAITING = text("""
    SELECT kind, count(*) FILTER (WHERE due_at <= now()) AS due, min(received_at) FILTER (WHERE due_at <= now()) AS oldest,
           count(*) FILTER (WHERE due_at > now() AND due_at < '9000-01-01') AS parked,
           count(*) FILTER (WHERE due_at >= '9000-01-01') AS aside
    FROM callback_receipts WHERE applied_at IS NULL GROUP BY 1""")
_REASONS = text("""
    SELECT kind, coalesce(problem, 'no reason was written down') AS problem, due_at >= '9000-01-01' AS is_aside,
           count(*) AS receipts, max(received_at) AS last_at
    FROM callback_receipts WHERE applied_at IS NULL AND due_at > now() AND tries > 0 GROUP BY 1, 2, 3 ORDER BY receipts DESC LIMIT 12""")
_TROUBLES = text("""
    SELECT count(DISTINCT (date_trunc('minute', happened_at), kind)) FROM server_troubles WHERE happened_at > now() - interval '1 day'""")


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes of one kind: those that were seen lately, and those that fell silent (stopped or died) within a day.

    The web's count as one: they speak for each other.
    """

    kind: str
    alive: tuple[str, ...]
    silent: tuple[str, ...]
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: jobs by queue (None while Redis is away), and batches and messages ready to go by channel."""

    jobs: dict[QueueName, int] | None
    batches: dict[Channel, int] = field(default_factory=dict)
    messages: dict[Channel, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inflow:
    """The callbacks of one kind. `due` could be applied now, `parked` are tried again later, `aside` only if somebody asks for it."""

    kind: ReceiptKind
    last_at: datetime | None
    due: int = 0
    oldest_due_at: datetime | None = None
    parked: int = 0
    aside: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many receipts had no effect yet."""

    kind: ReceiptKind
    words: str
    is_aside: bool
    receipts: int
    last_at: datetime


def crews() -> list[Crew]:
    """Every kind of process that the installation needs or has seen within a day; one without anybody alive needs a person."""
    rows = db.session.execute(_PROCESSES).all()
    wanted = [f"worker {queue}" for queue in QueueName] + ["schedule", "web"]
    kinds = list(dict.fromkeys([*wanted, *(row.kind for row in rows)]))
    return [_crew(kind, [(row.name, row.seen_at) for row in rows if row.kind == kind]) for kind in kinds]


def backlog() -> Backlog:
    """What waits at this moment."""
    rows = db.session.execute(_READY).all()
    return Backlog(_jobs(), {Channel(row.channel): row.batches for row in rows}, {Channel(row.channel): row.messages for row in rows})


def inflows() -> list[Inflow]:
    """How each kind of callback fares."""
    last = {row.kind: row.received_at for row in db.session.execute(_LAST, {"newest": NEWEST_RECEIPTS})}
    waiting = {row.kind: row for row in db.session.execute(_WAITING)}
    return [_inflow(kind, last.get(kind), waiting.get(kind)) for kind in ReceiptKind]


def reasons() -> list[Reason]:
    """Why receipts are parked or set aside, the most frequent first."""
    rows = db.session.execute(_REASONS)
    return [Reason(ReceiptKind(row.kind), row.problem, row.is_aside, row.receipts, row.last_at) for row in rows]


def troubled_minutes() -> int:
    """In how many minutes of the last day we answered a callback with 5xx."""
    return int(db.session.execute(_TROUBLES).scalar_one())


def _crew(kind: str, seen: list[tuple[str, datetime]]) -> Crew:
    since = now() - SILENT_AFTER
    alive = tuple(name for name, seen_at in seen if seen_at > since)
    silent = tuple(name for name, seen_at in seen if seen_at <= since)
    return Crew(kind, alive, silent, seen[0][1] if seen else None)


def _jobs() -> dict[QueueName, int] | None:
    try:
        return {name: Queue(name, connection=redis_client.client, serializer=JSONSerializer).count for name in QueueName}
    except RedisError:
        return None


def _inflow(kind: ReceiptKind, last_at: datetime | None, waiting: Row[Any] | None) -> Inflow:
    if waiting is None:
        return Inflow(kind, last_at)
    return Inflow(kind, last_at, waiting.due, waiting.oldest, waiting.parked, waiting.aside)
