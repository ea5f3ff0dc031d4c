"""E-mail, else SMS (and the other way round): the second waits for the first to fail, and is released once.

In doubt waits too. Whatever proves that the first arrived, and the end of the window, closes the second as skipped.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from app.domain.audience import ABOUT_THE_CHANNEL
from app.extensions import db, rows_changed

_EVER = datetime(1, 1, 1, tzinfo=UTC)
WINDOW = 4_000

# Waiting rows are looked at a window at a time, in the order of their index: all of a million each second would be more than a core's
# work. The planner takes the three columns for nearly unique and would sort everything that waits.
_IN_ORDER = ("enable_sort", "enable_bitmapscan")
_LOOK = text("""
    SELECT id, sendout_id, fallback_until FROM messages
    WHERE status = 'pending' AND fallback_until IS NOT NULL AND (sendout_id, fallback_until, id) > (:sendout_id, :until, :id)
    ORDER BY sendout_id, fallback_until, id LIMIT :window""")
_LOOKED_AT = "w.id = ANY(CAST(:ids AS bigint[])) AND w.status = 'pending' AND w.fallback_until IS NOT NULL"

_FAILED = f"""
    (f.status IN ('not_sent', 'bad_email', 'bad_number', 'failed', 'bounced', 'soft_bounced')
     OR f.skip_reason IN ({", ".join(f"'{reason}'" for reason in ABOUT_THE_CHANNEL)})) AND f.opted_out_at IS NULL"""

# Whatever still waits when the first has failed is released, however late that is noticed: otherwise nobody would ever reach them.
_RELEASE = text(f"""
    WITH due AS (
        SELECT w.id, w.sendout_id, w.organisation_id, w.channel
        FROM messages w JOIN messages f ON f.sendout_id = w.sendout_id AND f.participant_id = w.participant_id AND f.channel <> w.channel
        WHERE {_LOOKED_AT}
          AND {_FAILED}
        ORDER BY w.id FOR UPDATE OF w SKIP LOCKED),
    numbered AS (SELECT due.*, (row_number() OVER (PARTITION BY sendout_id ORDER BY id) - 1) / CAST(:size AS int) AS batch_no FROM due),
    numbers AS MATERIALIZED (
        SELECT organisation_id, sendout_id, channel, batch_no, count(*) AS size,
               nextval(pg_get_serial_sequence('batches', 'id')) AS batch_id
        FROM numbered GROUP BY 1, 2, 3, 4),
    fresh AS (INSERT INTO batches (id, organisation_id, sendout_id, channel, message_count)
              SELECT batch_id, organisation_id, sendout_id, channel, size FROM numbers)
    UPDATE messages SET batch_id = numbers.batch_id, fallback_until = NULL
    FROM numbered JOIN numbers USING (sendout_id, channel, batch_no) WHERE messages.id = numbered.id""")  # noqa: S608  a constant of ours

# A no to the first holds for the second, as it does at the start. What is not handed over yet has reached nobody.
_CLOSE = text(f"""
    WITH done AS (
        SELECT w.id, CASE WHEN f.status = 'skipped' THEN f.skip_reason ELSE 'other_channel' END AS reason
        FROM messages w
        JOIN messages f ON f.sendout_id = w.sendout_id AND f.participant_id = w.participant_id AND f.channel <> w.channel
        WHERE {_LOOKED_AT}
          AND (f.delivered_at IS NOT NULL OR f.opted_out_at IS NOT NULL OR f.status IN ('skipped', 'complaint')
               OR (w.fallback_until <= now() AND f.status NOT IN ('pending', 'in_doubt', 'cancelled')))
          AND NOT coalesce({_FAILED}, false)
        ORDER BY w.id FOR UPDATE OF w SKIP LOCKED)
    UPDATE messages SET status = 'skipped', skip_reason = done.reason, fallback_until = NULL FROM done WHERE messages.id = done.id""")  # noqa: S608  a constant of ours


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where waiting rows were looked at; the next round begins before the first."""

    sendout_id: int = 0
    until: datetime = _EVER
    id: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """How many moved, and where to go on."""

    count: int
    position: Position


def release_fallbacks(batch_size: int, after: Position | None = None, *, window: int = WINDOW) -> Released:
    """Release what waits for a channel that has failed, close what waits for one that arrived: of the next rows, round and round."""
    for way in _IN_ORDER:
        db.session.execute(text(f"SET LOCAL {way} = off"))
    rows = db.session.execute(_LOOK, asdict(after or Position()) | {"window": window}).all()
    if not rows:
        return Released(0, Position())
    asked = {"ids": [row.id for row in rows]}
    moved = rows_changed(_RELEASE, asked | {"size": batch_size}) + rows_changed(_CLOSE, asked)
    last = rows[-1]
    return Released(moved, Position() if len(rows) < window else Position(last.sendout_id, last.fallback_until, last.id))
