"""Callbacks that were turned away, told to Redis too: the process that did so may end before the database is back, and with it its memory.

What is in both places is noted twice, which changes nothing: the last time of each counts.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import structlog
from redis.exceptions import RedisError
from sqlalchemy import text

from app.extensions import db, redis_client

KEY = "server-troubles"
MOST = 10_000  # known one by one; beyond them only that there were more
PAUSE_SECONDS = 5.0  # without Redis, too, every answer would wait for it

log = structlog.get_logger(__name__)

_REMEMBER = """
local field = ARGV[1] .. ' ' .. ARGV[2]
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) and redis.call('HEXISTS', KEYS[1], field) == 0 then field = ARGV[1] .. ' ' end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], field, now[1] .. '.' .. string.format('%06d', tonumber(now[2])))
"""
_FORGET = """
for number = 1, #ARGV, 2 do
    if redis.call('HGET', KEYS[1], ARGV[number]) == ARGV[number + 1] then redis.call('HDEL', KEYS[1], ARGV[number]) end
end
"""
_NOTE = text("""
    INSERT INTO server_troubles (kind, receipt_key, happened_at)
    SELECT kind, nullif(receipt_key, ''), now() - make_interval(secs => seconds_ago)
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:ages AS float[])) AS given(kind, receipt_key, seconds_ago)
    ORDER BY seconds_ago DESC""")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One field of Redis's, and its time as it stands there."""

    field: str
    at: str


class Memory:
    """Redis, as far as it is there: it is told without waiting for it long, or often."""

    def __init__(self) -> None:
        self._away_until = float("-inf")

    def remember(self, kind: str, receipt_key: str | None) -> None:
        """Tell Redis that this callback was turned away just now. Never raises: the process remembers it as well."""
        if time.monotonic() < self._away_until:
            return
        try:
            redis_client.client.eval(_REMEMBER, 1, KEY, kind, receipt_key or "", MOST)
        except RedisError as problem:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            log.warning("Redis does not know of a callback that was turned away", problem=type(problem).__name__)


def note_remembered() -> list[Remembered]:
    """Write down what Redis remembers; forget it there once that is committed. Raises RedisError."""
    fields = cast("dict[bytes, bytes]", redis_client.client.hgetall(KEY))
    remembered = [Remembered(field.decode(), at.decode()) for field, at in sorted(fields.items())]
    if remembered:
        seconds, microseconds = redis_client.client.time()
        instant = seconds + microseconds / 1_000_000
        kinds, keys = zip(*(each.field.split(" ", 1) for each in remembered), strict=True)
        ages = [max(0.0, instant - float(each.at)) for each in remembered]
        db.session.execute(_NOTE, {"kinds": list(kinds), "keys": list(keys), "ages": ages})
    return remembered


def forget(remembered: Sequence[Remembered]) -> None:
    """Let Redis forget these, unless they have happened again meanwhile. Raises RedisError."""
    if remembered:
        redis_client.client.eval(_FORGET, 1, KEY, *(part for each in remembered for part in (each.field, each.at)))
