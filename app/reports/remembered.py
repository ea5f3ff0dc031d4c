"""Answers that cost more the larger a send-out is, kept for a while in Redis: asked again only when its counts have moved.

What took long is kept for longer, so that asking never takes more than a twentieth of the time. Redis may forget at any
moment, or be away: then the question is asked.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from redis.exceptions import RedisError

from app.extensions import redis_client

SHORTEST_SECONDS = 2.0
PATIENCE = 20
FORGOTTEN_AFTER_SECONDS = 24 * 3600

log = structlog.get_logger(__name__)


def remembered(key: str, version: str, ask: Callable[[], Any]) -> Any:
    """What `ask` says, as JSON would give it back. `version` names what it depends on: while that stands, so does the answer."""
    known = _read(key)
    if known is not None and (known["version"] == version or known["fresh_until"] > time.time()):
        return known["answer"]
    begun = time.monotonic()
    answer = ask()
    took = time.monotonic() - begun
    fresh_until = time.time() + max(SHORTEST_SECONDS, PATIENCE * took)
    _write(key, {"version": version, "fresh_until": fresh_until, "answer": answer})
    return answer


def _read(key: str) -> dict[str, Any] | None:
    try:
        found = redis_client.client.get(f"report:{key}")
    except RedisError as problem:
        log.warning("nothing remembered", problem=type(problem).__name__)
        return None
    known: dict[str, Any] | None = json.loads(found) if isinstance(found, bytes) else None
    return known


def _write(key: str, entry: dict[str, Any]) -> None:
    try:
        redis_client.client.set(f"report:{key}", json.dumps(entry), ex=FORGOTTEN_AFTER_SECONDS)
    except RedisError as problem:
        log.warning("not remembered", problem=type(problem).__name__)
