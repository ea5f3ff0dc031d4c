"""By which path e-mail goes at the moment, shared by every worker: the turn in a row, so that it outlives Redis, and the evidence in Redis.

A setting that names a path is obeyed and nothing is learnt; `auto` begins with bulk calls.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text

from app.domain.send_path import Pace, SendPath, Turn
from app.extensions import db, redis_client, rows_changed
from app.providers.base import EmailCarrier
from app.web.installation import providers, settings

ACCOUNT = "ses"
AUTO = "auto"
_PACE_SECONDS = 60  # after which evidence is gathered anew

# The first call that is throttled begins it. One script, so that workers count together.
_NOTE = """
local throttled = tonumber(ARGV[2])
if throttled == 0 and redis.call('EXISTS', KEYS[1]) == 0 then return nil end
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
if redis.call('HSETNX', KEYS[1], 'from', tostring(at)) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
local accepted = redis.call('HINCRBY', KEYS[1], 'accepted', ARGV[1])
throttled = redis.call('HINCRBY', KEYS[1], 'throttled', throttled)
return {tostring(at - tonumber(redis.call('HGET', KEYS[1], 'from'))), accepted, throttled}
"""

_TURN = text("SELECT path, since, until, finds, bulk_per_second, allowed_per_second, moves FROM send_path_turns WHERE account = :account")
_MOVE = text("""
    INSERT INTO send_path_turns (account, path, since, until, finds, bulk_per_second, allowed_per_second, moves)
    VALUES (:account, :path, :since, :until, :finds, :bulk_per_second, :allowed_per_second, :moves)
    ON CONFLICT (account) DO UPDATE
    SET path = excluded.path, since = excluded.since, until = excluded.until, finds = excluded.finds,
        bulk_per_second = excluded.bulk_per_second, allowed_per_second = excluded.allowed_per_second, moves = excluded.moves
    WHERE send_path_turns.moves = excluded.moves - 1""")


def is_left_to_us() -> bool:
    """Whether the settings leave the path to what the account allows."""
    return settings().ses_send_path == AUTO


def turn_now() -> Turn:
    """Whose turn it is, as it was written down last; what the settings say where they say it."""
    if not is_left_to_us():
        return Turn(SendPath(settings().ses_send_path))
    row = db.session.execute(_TURN, {"account": ACCOUNT}).one_or_none()
    return Turn() if row is None else Turn(SendPath(row.path), *row[1:])


def one_by_one_until() -> datetime | None:
    """Until when e-mail goes one by one because bulk calls were found held back; None when it does not, or the settings want it so."""
    turn = turn_now()
    return turn.until if turn.path is SendPath.SINGLE else None


def move(turn: Turn) -> bool:
    """Write the next turn down. False when another worker has moved meanwhile. The caller commits."""
    return rows_changed(_MOVE, {"account": ACCOUNT, **asdict(turn)}) == 1


def note_call(path: SendPath, accepted: int, *, is_throttled: bool) -> Pace | None:
    """Count one call; None while nothing was throttled lately. Raises RedisError: without it nothing is sent and nothing learnt."""
    seen = redis_client.client.eval(_NOTE, 1, f"mail-pace:{path}", accepted, int(is_throttled), _PACE_SECONDS)
    return None if seen is None else Pace(float(seen[0]), int(seen[1]), int(seen[2]))


def carrier_of(path: SendPath) -> EmailCarrier:
    """What hands e-mail over by this path."""
    return providers().mail if path is SendPath.BULK else providers().single_mail


def carrier_now() -> EmailCarrier:
    """What hands e-mail over at the moment: for a test, or a message to the team."""
    return carrier_of(turn_now().path)
