"""Texts that come into somebody's quiet hours: before a claim they are put off until these end, or skipped, as the send-out says.

A batch may hold people of many zones, so it is divided: who is awake stays in it, the others go into batches of their own with
the hour at which they are ready. What waits is no work, and blocks nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.domain.quiet_hours import QuietChoice, QuietHours, zone_of
from app.extensions import db
from app.lib.clock import now

LOOKED_AT = 100  # batches at once where the first is all asleep: a large send-out at night is put off in minutes


@dataclass(frozen=True, slots=True)
class QuietTexts:
    """An organisation's quiet hours, what the send-out does about them, and the zone of people of whom none is known."""

    hours: QuietHours
    choice: QuietChoice
    zone: str


# A range of one send-out, as in the claim: the planner takes the index of what is ready then.
_LOOK = text("""
    WITH taken AS MATERIALIZED (
        SELECT b.id FROM batches b JOIN sendouts s ON s.id = b.sendout_id AND s.state = 'running'
        WHERE b.sendout_id BETWEEN :sendout_id AND :sendout_id AND b.channel = 'sms' AND b.state = 'ready' AND b.ready_at <= now()
          AND b.id <= coalesce(CAST(:last_batch AS bigint), b.id)
        ORDER BY b.sendout_id, b.id LIMIT :most FOR UPDATE OF b SKIP LOCKED)
    SELECT taken.id AS batch_id, m.id AS message_id, p.time_zone, m.address
    FROM taken LEFT JOIN messages m ON m.batch_id = taken.id AND m.status = 'pending' LEFT JOIN participants p ON p.id = m.participant_id
    ORDER BY taken.id, m.id""")

_PUT_OFF = text("""
    WITH asleep AS (SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:ends AS timestamptz[])) AS t(id, until)),
    locked AS MATERIALIZED (
        SELECT m.id, m.batch_id, asleep.until FROM asleep JOIN messages m ON m.id = asleep.id AND m.status = 'pending'
        ORDER BY m.id FOR UPDATE OF m),
    numbers AS MATERIALIZED (
        SELECT batch_id, until, count(*) AS size, nextval(pg_get_serial_sequence('batches', 'id')) AS fresh_id FROM locked GROUP BY 1, 2),
    fresh AS (
        INSERT INTO batches (id, organisation_id, sendout_id, channel, attempt, message_count, ready_at, quiet_until)
        SELECT fresh_id, b.organisation_id, b.sendout_id, b.channel, b.attempt, size, until, until
        FROM numbers JOIN batches b ON b.id = numbers.batch_id),
    divided AS (
        UPDATE batches SET message_count = greatest(0, message_count - gone.size)
        FROM (SELECT batch_id, sum(size) AS size FROM numbers GROUP BY 1) AS gone WHERE batches.id = gone.batch_id)
    UPDATE messages SET batch_id = numbers.fresh_id
    FROM locked JOIN numbers USING (batch_id, until) WHERE messages.id = locked.id""")

_EXPIRE = text("""
    WITH locked AS (
        SELECT id FROM messages WHERE id = ANY(CAST(:ids AS bigint[])) AND status = 'pending' ORDER BY id FOR UPDATE)
    UPDATE messages SET status = 'skipped', skip_reason = 'quiet_hours' FROM locked WHERE messages.id = locked.id""")

_CLOSE = text("UPDATE batches SET state = 'done' WHERE id = ANY(CAST(:ids AS bigint[]))")


def awake_batch(sendout_id: int, quiet: QuietTexts, last_batch: int | None = None) -> int | None:
    """The next ready batch of a send-out's texts, up to the last that may go, whose people are all awake now; locked. None: none is left.

    Whoever sleeps and was met on the way has been put off or skipped.
    """
    asked = {"sendout_id": sendout_id, "last_batch": last_batch}
    return _awake(asked | {"most": 1}, quiet) or _awake(asked | {"most": LOOKED_AT}, quiet)


def _awake(asked: dict[str, int | None], quiet: QuietTexts) -> int | None:
    instant = now()
    batches: dict[int, list[bool]] = {}
    asleep: dict[int, datetime] = {}
    for row in db.session.execute(_LOOK, asked):
        until = quiet.hours.quiet_until(instant, zone_of(row.time_zone, row.address, quiet.zone)) if row.address else None
        batches.setdefault(row.batch_id, []).append(until is None)
        if until is not None:
            asleep[row.message_id] = until
    if asleep:
        _set_aside(asleep, quiet.choice)
        db.session.execute(_CLOSE, {"ids": [batch_id for batch_id, awake in batches.items() if not any(awake)]})
    return _first(batch_id for batch_id, awake in batches.items() if any(awake))


def _set_aside(asleep: dict[int, datetime], choice: QuietChoice) -> None:
    if choice is QuietChoice.EXPIRE:
        db.session.execute(_EXPIRE, {"ids": list(asleep)})
    else:
        db.session.execute(_PUT_OFF, {"ids": list(asleep), "ends": list(asleep.values())})


def _first(batch_ids: Iterable[int]) -> int | None:
    return next(iter(batch_ids), None)
