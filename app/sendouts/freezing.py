"""The start of a send-out: its audience is resolved once, and every person leaves exactly one row a channel.

First one statement writes the audience with duplicates (a window over all of it); then chunks turn it into messages
and batches, each in one transaction with what it consumes, so that a replay adds nothing and several may run at once.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, select, text

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.sendout_state import SendoutState, Verb, after
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.messages.campaign import links_of
from app.messages.capping import cap_of, cap_parameters
from app.messages.guarding import begin_first_part, first_part_rounds, is_first_part_full, is_first_part_known
from app.models import Sendout, TrackedLink
from app.sendouts.audience import audience_query
from app.sendouts.judging import ADDRESSED, judged, plan_for_many
from app.sendouts.keeping import forget_people
from app.sendouts.local_hours import due_parameters

CHUNK_PEOPLE = 20_000
CHUNKS_AT_ONCE = 2
FIRST_PEOPLE = 1_000  # so that the first of many leave at once

# A batch is of people of one channel and, where each has an hour of their own, of one zone: its first takes a number, which the rest share.
_CHUNK_SQL = """
    WITH audience AS MATERIALIZED (
        DELETE FROM audience_rows WHERE sendout_id = :sendout_id AND {which}
        RETURNING position, participant_id, channel, address, is_bad, is_excluded, duplicate_of),
    {judged},
    timed AS ({timed}),
    batched AS MATERIALIZED (
        SELECT *, CASE WHEN goes THEN max(begins) OVER kind END AS batch_id
        FROM (SELECT *, CASE WHEN goes AND before % size = 0 THEN nextval(pg_get_serial_sequence('batches', 'id')) END AS begins
              FROM (SELECT *, count(*) FILTER (WHERE goes) OVER kind - 1 AS before,
                           CASE channel WHEN 'email' THEN CAST(:email_batch AS int) ELSE CAST(:sms_batch AS int) END AS size
                    FROM (SELECT timed.*, skip_reason IS NULL AND NOT waits AND NOT :is_cancelled AS goes FROM timed) AS everybody
                    WINDOW kind AS (PARTITION BY due, zone, channel ORDER BY position)) AS numbered
             ) AS begun
        WINDOW kind AS (PARTITION BY due, zone, channel ORDER BY position)),
    fresh AS (
        INSERT INTO batches (id, organisation_id, sendout_id, channel, message_count, ready_at, local_zone)
        SELECT batch_id, :organisation_id, :sendout_id, channel, count(*), due, zone
        FROM batched WHERE goes GROUP BY batch_id, channel, due, zone)
    INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, address, batch_id, fallback_until,
                          status, skip_reason, duplicate_of)
    SELECT :organisation_id, :sendout_id, participant_id, channel, address, batch_id,
           CASE WHEN waits AND NOT :is_cancelled THEN due + make_interval(hours => :fallback_hours) END,
           CASE WHEN skip_reason IS NOT NULL THEN 'skipped' WHEN :is_cancelled THEN 'cancelled' ELSE 'pending' END,
           skip_reason, CASE WHEN skip_reason = 'duplicate' THEN duplicate END
    FROM batched ORDER BY position, channel"""

_AT_ONCE = "SELECT resolved.*, CAST(NULL AS text) AS zone, now() AS due FROM resolved"
# By each person's own clock: a batch is ready at its zone's hour. Whoever's hour had passed may be left out.
_BY_OWN_CLOCK = """
    SELECT r.position, r.participant_id, r.channel, r.address, r.duplicate, coalesce(h.zone, :home) AS zone,
           greatest(now(), coalesce(h.due, CAST(:home_due AS timestamptz))) AS due,
           CASE WHEN r.skip_reason IS NULL AND coalesce(h.left_out, :home_left_out) THEN 'too_late' ELSE r.skip_reason END AS skip_reason,
           r.waits AND NOT coalesce(h.left_out, :home_left_out) AS waits
    FROM resolved r JOIN participants p ON p.id = r.participant_id
         LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:dues AS timestamptz[]), CAST(:left_out AS boolean[])) AS h(zone, due, left_out)
         ON h.zone = p.time_zone"""
_BETWEEN = "position BETWEEN :first_position AND :last_position"
_SAMPLED = "position = ANY(CAST(:positions AS bigint[]))"

_LOCK_CHAIN = text("SELECT pg_advisory_xact_lock(hashtextextended('resends-of-' || :root, 0))")


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """How many messages are handed over at once, by channel: a second's worth of what the provider allows."""

    email: int
    sms: int


def freeze_audience(sendout_id: int) -> bool:
    """Write the audience down as it is now, and let the send-out run.

    Returns False when that was done before, it was undone or cancelled, or Send can still be undone.
    """
    sendout = _locked(sendout_id)
    if sendout.state != SendoutState.LAUNCHING or (sendout.leaves_at is not None and sendout.leaves_at > now()):
        return False
    sendout.state = after(SendoutState.LAUNCHING, Verb.START)
    if sendout.audience_count is not None:  # it was held, and is resumed
        return False
    plan_for_many()
    _after_other_resends(sendout)
    query = audience_query(sendout)
    plan = ChannelPlan(sendout.channel_plan)
    written = text(f"""
        WITH wanted AS ({query.sql}), {ADDRESSED}
        INSERT INTO audience_rows (sendout_id, position, channel, participant_id, address, is_bad, is_excluded, duplicate_of)
        SELECT :sendout_id, position, channel, participant_id, address, is_bad, is_excluded, duplicate_of FROM ranked""")  # noqa: S608
    written_count = rows_changed(
        written,
        {
            **query.parameters,
            "sendout_id": sendout.id,
            "organisation_id": sendout.organisation_id,
            "channels": [str(channel) for channel in plan.channels],
            "one_per_address": sendout.one_per_address,
            "is_marketing": sendout.communication_type == CommunicationType.MARKETING,
        },
    )
    sendout.audience_count = written_count // len(plan.channels)
    forget_people(sendout.id)
    db.session.execute(text("ANALYZE audience_rows"))  # its chunks are planned by its true size
    _write_links(sendout)
    return True


def freeze_chunk(sendout_id: int, sizes: BatchSizes, *, people: int | None = None) -> bool:
    """Turn the next people of a frozen audience into messages and batches, few at first. Returns whether any are left."""
    sendout = _locked(sendout_id)
    if sendout.audience_count is None or sendout.frozen_at is not None:
        return False
    plan_for_many()
    asked = chunk_parameters(sendout, sizes)
    if sendout.freeze_position == 0 and sendout.state != SendoutState.CANCELLED:
        _freeze_first_part(sendout, asked)
    last_position = sendout.freeze_position + (people or (CHUNK_PEOPLE if sendout.freeze_position else FIRST_PEOPLE))
    _write(sendout, asked, range(sendout.freeze_position + 1, last_position + 1))
    is_last = last_position >= sendout.audience_count
    db.session.execute(
        text("UPDATE sendouts SET freeze_position = :position, frozen_at = CASE WHEN :is_last THEN now() END WHERE id = :id"),
        {"position": last_position, "is_last": is_last, "id": sendout_id},
    )
    return not is_last


def chunks_left(sendout_id: int) -> list[range]:
    """The positions that are still to be frozen, a chunk's each; those of people who went ahead are among them and do no harm."""
    left = text("SELECT min(position) AS first, max(position) AS last FROM audience_rows WHERE sendout_id = :id")
    row = db.session.execute(left, {"id": sendout_id}).one()
    if row.first is None:
        return []
    return [range(first, min(first + CHUNK_PEOPLE, row.last + 1)) for first in range(row.first, row.last + 1, CHUNK_PEOPLE)]


def chunks_at_once(sendout_id: int) -> int:
    """How many of them may be frozen beside each other."""
    sendout = db.session.get_one(Sendout, sendout_id, populate_existing=True)
    return CHUNKS_AT_ONCE if is_first_part_known(sendout) else 1


def freeze_positions(sendout_id: int, sizes: BatchSizes, positions: range) -> None:
    """Freeze these people beside others, once the first chunk is frozen. It keeps nobody from pausing, cancelling or recording meanwhile.

    What a cancelled send-out gains so is cancelled by the schedule.
    """
    seen = select(Sendout).where(Sendout.id == sendout_id).with_for_update(key_share=True, read=True)
    sendout = db.session.scalars(seen.execution_options(populate_existing=True)).one()
    plan_for_many()
    _write(sendout, chunk_parameters(sendout, sizes), positions)


def end_freeze(sendout_id: int) -> None:
    """Note that everybody is frozen, where nobody is left."""
    ended = text("""
        UPDATE sendouts SET frozen_at = now(), freeze_position = audience_count
        WHERE id = :id AND frozen_at IS NULL AND NOT EXISTS (SELECT FROM audience_rows WHERE sendout_id = :id)""")
    db.session.execute(ended, {"id": sendout_id})


def _write(sendout: Sendout, asked: dict[str, Any], positions: range) -> None:
    between = {"first_position": positions.start, "last_position": positions.stop - 1}
    db.session.execute(_chunk(sendout, _BETWEEN), asked | between)
    begin_first_part(sendout.id)


def _freeze_first_part(sendout: Sendout, asked: dict[str, Any]) -> None:
    """Write those who go ahead of a large send-out before everybody else, so that their batches come first: from all over the audience."""
    for positions in first_part_rounds(sendout):
        db.session.execute(_chunk(sendout, _SAMPLED), asked | {"positions": positions})
        if is_first_part_full(sendout.id):
            break
    begin_first_part(sendout.id)


def _chunk(sendout: Sendout, which: str) -> TextClause:
    has_fallback = ChannelPlan(sendout.channel_plan).fallback is not None
    timed = _AT_ONCE if sendout.scheduled_local is None else _BY_OWN_CLOCK
    return text(_CHUNK_SQL.format(which=which, judged=judged(has_fallback=has_fallback), timed=timed))


def chunk_parameters(sendout: Sendout, sizes: BatchSizes) -> dict[str, Any]:
    """What the judging and chunking of a send-out is asked with."""
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    cap = cap_of(sendout.organisation_id) if is_marketing else None
    return {
        **cap_parameters(sendout.organisation_id, sendout.id, cap),
        **due_parameters(sendout),
        "sendout_id": sendout.id,
        "organisation_id": sendout.organisation_id,
        "is_marketing": is_marketing,
        "fallback": ChannelPlan(sendout.channel_plan).fallback,
        "fallback_hours": sendout.fallback_hours,
        "is_cancelled": sendout.state == SendoutState.CANCELLED,
        "email_batch": sizes.email,
        "sms_batch": sizes.sms,
    }


def _locked(sendout_id: int) -> Sendout:
    """The send-out as it is now, whatever this session remembers of it; who pauses or cancels it waits until the transaction ends."""
    asked = select(Sendout).where(Sendout.id == sendout_id).with_for_update(key_share=True)
    return db.session.scalars(asked.execution_options(populate_existing=True)).one()


def _after_other_resends(sendout: Sendout) -> None:
    """Resends of one chain are resolved one after the other, so that each sees whom the others take up."""
    if sendout.root_id is not None:
        db.session.execute(_LOCK_CHAIN, {"root": str(sendout.root_id)})


def _write_links(sendout: Sendout) -> None:
    for position, url in enumerate(links_of(sendout.html)):
        db.session.add(TrackedLink(organisation_id=sendout.organisation_id, sendout_id=sendout.id, position=position, url=url))
