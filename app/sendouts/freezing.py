"""The start of a send-out: its audience is resolved once, and every person leaves exactly one row a channel.

First one statement writes the audience with duplicates (a window over all of it); then chunks turn it into messages
and batches, each in one transaction with what it consumes, so that a replay adds nothing.
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
from app.messages.guarding import begin_first_part, first_part_rounds, is_first_part_full
from app.models import Sendout, TrackedLink
from app.sendouts.audience import audience_query
from app.sendouts.judging import ADDRESSED, JUDGED, plan_for_many
from app.sendouts.keeping import forget_people
from app.sendouts.local_hours import due_parameters

CHUNK_PEOPLE = 10_000

_CHUNK_SQL = f"""
    WITH audience AS MATERIALIZED (
        DELETE FROM audience_rows WHERE sendout_id = :sendout_id AND {{which}}
        RETURNING position, participant_id, channel, address, is_bad, is_excluded, duplicate_of),
    {JUDGED},
    {{timed}}
    numbered AS (
        SELECT {{rows}}.*, CASE WHEN skip_reason IS NULL AND NOT waits AND NOT :is_cancelled THEN
               channel {{place}}
               || ((row_number() OVER (PARTITION BY channel {{zone}}, skip_reason IS NULL AND NOT waits ORDER BY position) - 1)
                           / CASE channel WHEN 'email' THEN CAST(:email_batch AS int) ELSE CAST(:sms_batch AS int) END) END AS batch
        FROM {{rows}}),
    numbers AS MATERIALIZED (
        SELECT batch, channel {{zone}}, count(*) AS size, nextval(pg_get_serial_sequence('batches', 'id')) AS batch_id
        FROM numbered WHERE batch IS NOT NULL GROUP BY 1, 2 {{zone}} ORDER BY {{first}} min(position)),
    fresh AS (
        INSERT INTO batches (id, organisation_id, sendout_id, channel, message_count {{when}})
        SELECT batch_id, :organisation_id, :sendout_id, channel, size {{ready}} FROM numbers)
    INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, address, batch_id, fallback_until,
                          status, skip_reason, duplicate_of)
    SELECT :organisation_id, :sendout_id, r.participant_id, r.channel, r.address, n.batch_id,
           CASE WHEN r.waits AND NOT :is_cancelled THEN {{start}} + make_interval(hours => :fallback_hours) END,
           CASE WHEN r.skip_reason IS NOT NULL THEN 'skipped' WHEN :is_cancelled THEN 'cancelled' ELSE 'pending' END,
           r.skip_reason, CASE WHEN r.skip_reason = 'duplicate' THEN r.duplicate END
    FROM numbered r LEFT JOIN numbers n USING (batch)
    ORDER BY r.position, r.channel"""  # noqa: S608  both parts are constants of ours

_AT_ONCE = {"timed": "", "rows": "resolved", "place": "", "zone": "", "first": "", "when": "", "ready": "", "start": "now()"}
# By each person's own clock: a batch is of people of one zone, and ready at their hour. Whoever's hour had passed may be left out.
_BY_OWN_CLOCK = {
    "timed": """timed AS (
        SELECT r.position, r.participant_id, r.channel, r.address, r.duplicate, coalesce(h.zone, :home) AS zone,
               greatest(now(), coalesce(h.due, CAST(:home_due AS timestamptz))) AS due,
               CASE WHEN r.skip_reason IS NULL AND coalesce(h.left_out, :home_left_out) THEN 'too_late'
                    ELSE r.skip_reason END AS skip_reason,
               r.waits AND NOT coalesce(h.left_out, :home_left_out) AS waits
        FROM resolved r JOIN participants p ON p.id = r.participant_id
             LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:dues AS timestamptz[]), CAST(:left_out AS boolean[])) AS h(zone, due, left_out)
             ON h.zone = p.time_zone),""",
    "rows": "timed",
    "place": "|| zone || ' '",
    "zone": ", zone, due",
    "first": "due,",
    "when": ", ready_at, local_zone",
    "ready": ", due, zone",
    "start": "r.due",
}
_NEXT = "position > :freeze_position AND position <= :last_position"
_SAMPLED = "position = ANY(CAST(:positions AS bigint[]))"
_CHUNKS = {
    (which, by_clock): text(_CHUNK_SQL.format(which=which, **(_BY_OWN_CLOCK if by_clock else _AT_ONCE)))
    for which in (_NEXT, _SAMPLED)
    for by_clock in (False, True)
}

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


def freeze_chunk(sendout_id: int, sizes: BatchSizes, *, people: int = CHUNK_PEOPLE) -> bool:
    """Turn the next people of a frozen audience into messages and batches. Returns whether any are left."""
    sendout = _locked(sendout_id)
    if sendout.audience_count is None or sendout.frozen_at is not None:
        return False
    plan_for_many()
    asked = chunk_parameters(sendout, sizes)
    if sendout.freeze_position == 0 and sendout.state != SendoutState.CANCELLED:
        _freeze_first_part(sendout, asked)
    last_position = sendout.freeze_position + people
    db.session.execute(_chunk(sendout, _NEXT), asked | {"last_position": last_position})
    begin_first_part(sendout_id)
    is_last = last_position >= sendout.audience_count
    db.session.execute(
        text("UPDATE sendouts SET freeze_position = :position, frozen_at = CASE WHEN :is_last THEN now() END WHERE id = :id"),
        {"position": last_position, "is_last": is_last, "id": sendout_id},
    )
    return not is_last


def _freeze_first_part(sendout: Sendout, asked: dict[str, Any]) -> None:
    """Write those who go ahead of a large send-out before everybody else, so that their batches come first: from all over the audience."""
    for positions in first_part_rounds(sendout):
        db.session.execute(_chunk(sendout, _SAMPLED), asked | {"positions": positions})
        if is_first_part_full(sendout.id):
            break
    begin_first_part(sendout.id)


def _chunk(sendout: Sendout, which: str) -> TextClause:
    return _CHUNKS[which, sendout.scheduled_local is not None]


def chunk_parameters(sendout: Sendout, sizes: BatchSizes) -> dict[str, Any]:
    """What the judging and chunking of a send-out is asked with."""
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    cap = cap_of(sendout.organisation_id) if is_marketing else None
    return {
        **cap_parameters(sendout.organisation_id, sendout.id, cap),
        **due_parameters(sendout),
        "sendout_id": sendout.id,
        "organisation_id": sendout.organisation_id,
        "freeze_position": sendout.freeze_position,
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
