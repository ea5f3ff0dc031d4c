"""The start of a send-out: its audience is resolved once, and every person leaves exactly one row a channel.

First the audience is written down as ids, in chunks, with who of it shares an address; then each chunk becomes messages and batches,
in one transaction with what it consumes, so that a replay adds nothing and several may run at once.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.sendout_state import SendoutState, Verb, after
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.messages.campaign import links_of
from app.messages.capping import cap_of, cap_parameters
from app.messages.guarding import ROUND_SQL, begin_first_part, is_first_part_full, is_first_part_known, round_parameters
from app.models import AudienceChunk, AudienceSharer, Sendout, TrackedLink
from app.participants.audiences import hold_off_removals
from app.sendouts.audience import audience_query
from app.sendouts.judging import audience, judged, plan_for_many, sharers
from app.sendouts.keeping import forget_people
from app.sendouts.local_hours import due_parameters
from app.users.organisation.tracked import goes_tracked

CHUNKS_AT_ONCE = 2

# Those who go ahead of a large send-out come before everybody else: round by round, under numbers below 0.
_FREEZE_SQL = """
    WITH wanted AS ({wanted}),
    numbered AS (
        SELECT wanted.participant_id, is_excluded,
               row_number() OVER (ORDER BY wanted.participant_id) AS position, count(*) OVER () AS people
        FROM wanted LEFT JOIN participants erased ON erased.id = wanted.participant_id AND erased.erased_at IS NOT NULL
        WHERE erased.id IS NULL),
    placed AS (
        SELECT participant_id, is_excluded,
               CASE WHEN round < :rounds THEN round - :rounds
                    WHEN position <= :first_people THEN 0 ELSE 1 + (position - 1 - :first_people) / :chunk_people END AS number
        FROM (SELECT numbered.*, {round} AS round FROM numbered) AS in_rounds),
    written AS (
        INSERT INTO audience_chunks (organisation_id, sendout_id, number, participant_ids, excluded_ids)
        SELECT :organisation_id, :sendout_id, number,
               coalesce(array_agg(participant_id) FILTER (WHERE NOT is_excluded), CAST('{{}}' AS bigint[])),
               coalesce(array_agg(participant_id) FILTER (WHERE is_excluded), CAST('{{}}' AS bigint[]))
        FROM placed GROUP BY number
        RETURNING cardinality(participant_ids) + cardinality(excluded_ids) AS people)
    SELECT coalesce(sum(people), 0) FROM written"""
_INCLUDED = "audience_chunks k JOIN participants p ON k.sendout_id = :sendout_id AND p.id = ANY(k.participant_ids)"
_WRITE_SHARERS = text(f"""
    WITH {sharers(_INCLUDED)}
    INSERT INTO audience_sharers (organisation_id, sendout_id, participant_id, channel, address, stands_in)
    SELECT :organisation_id, :sendout_id, participant_id, channel, address, stands_in FROM sharers""")  # noqa: S608  constants of ours

# A batch is of people of one channel and, where each has an hour of their own, of one zone.
_IN_CHUNK = """
    (SELECT participant_ids AS ids, false AS is_excluded FROM chunk UNION ALL SELECT excluded_ids, true FROM chunk) AS taken
    JOIN participants p ON p.id = ANY(taken.ids) AND p.organisation_id = :organisation_id"""
_CHUNK_SQL = f"""
    WITH chunk AS MATERIALIZED (
        DELETE FROM audience_chunks WHERE sendout_id = :sendout_id AND number = :number RETURNING participant_ids, excluded_ids),
    sharers AS (
        SELECT participant_id, channel, address, stands_in FROM audience_sharers
        WHERE sendout_id = :sendout_id AND participant_id = ANY(CAST((SELECT participant_ids FROM chunk) AS bigint[]))),
    {audience(_IN_CHUNK)},
    {{judged}},
    timed AS ({{timed}}),
    placed AS MATERIALIZED (
        SELECT participant_id, channel, address, zone, due, skip_reason, duplicate, waits, goes,
               (count(*) FILTER (WHERE goes) OVER (PARTITION BY due, zone, channel ORDER BY participant_id) - 1)
               / CASE channel WHEN 'email' THEN CAST(:email_batch AS int) ELSE CAST(:sms_batch AS int) END AS place
        FROM (SELECT timed.*, skip_reason IS NULL AND NOT waits AND NOT :is_cancelled AS goes FROM timed) AS everybody),
    begun AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('batches', 'id')) AS batch_id, in_order.*
        FROM (SELECT due, zone, channel, place, count(*) AS message_count FROM placed WHERE goes
              GROUP BY due, zone, channel, place ORDER BY due, zone, channel, place) AS in_order),
    fresh AS (
        INSERT INTO batches (id, organisation_id, sendout_id, channel, message_count, ready_at, local_zone)
        SELECT batch_id, :organisation_id, :sendout_id, channel, message_count, due, zone FROM begun)
    INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, address, batch_id, fallback_until,
                          status, skip_reason, duplicate_of)
    SELECT :organisation_id, :sendout_id, participant_id, placed.channel, address, batch_id,
           CASE WHEN waits AND NOT :is_cancelled THEN placed.due + make_interval(hours => :fallback_hours) END,
           CASE WHEN skip_reason IS NOT NULL THEN 'skipped' WHEN :is_cancelled THEN 'cancelled' ELSE 'pending' END,
           skip_reason, CASE WHEN skip_reason = 'duplicate' THEN duplicate END
    FROM placed LEFT JOIN begun ON goes AND begun.channel = placed.channel AND begun.place = placed.place AND begun.due = placed.due
         AND begun.zone IS NOT DISTINCT FROM placed.zone
    ORDER BY participant_id, placed.channel"""  # noqa: S608  constants of ours

_AT_ONCE = "SELECT resolved.*, CAST(NULL AS text) AS zone, now() AS due FROM resolved"
# By each person's own clock: a batch is ready at its zone's hour. Whoever's hour had passed may be left out.
_BY_OWN_CLOCK = """
    SELECT r.participant_id, r.channel, r.address, r.duplicate, coalesce(h.zone, :home) AS zone,
           greatest(now(), coalesce(h.due, CAST(:home_due AS timestamptz))) AS due,
           CASE WHEN r.skip_reason IS NULL AND coalesce(h.left_out, :home_left_out) THEN 'too_late' ELSE r.skip_reason END AS skip_reason,
           r.waits AND NOT coalesce(h.left_out, :home_left_out) AS waits
    FROM resolved r JOIN participants p ON p.id = r.participant_id
         LEFT JOIN unnest(CAST(:zones AS text[]), CAST(:dues AS timestamptz[]), CAST(:left_out AS boolean[])) AS h(zone, due, left_out)
         ON h.zone = p.time_zone"""

_LOCK_CHAIN = text("SELECT pg_advisory_xact_lock(hashtextextended('resends-of-' || :root, 0))")


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """How many people become messages at once: few at first, so that the first of many leave early."""

    first: int = 1_000
    later: int = 20_000


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """How many messages are handed over at once, by channel: a second's worth of what the provider allows."""

    email: int
    sms: int


def freeze_audience(sendout_id: int, chunks: ChunkSizes | None = None) -> bool:
    """Write down who is in the audience now, and let the send-out run.

    Returns False when that was done before, it was undone or cancelled, or Send can still be undone.
    """
    hold_off_removals(_organisation_of(sendout_id))  # before the row: who erases somebody holds this when they ask for that
    sendout = _locked(sendout_id)
    if sendout.state != SendoutState.LAUNCHING or (sendout.leaves_at is not None and sendout.leaves_at > now()):
        return False
    sendout.state = after(SendoutState.LAUNCHING, Verb.START)
    if sendout.audience_count is not None:  # it was held, and is resumed
        return False
    sendout.was_tracked = goes_tracked(sendout)
    plan_for_many()
    _after_other_resends(sendout)
    query = audience_query(sendout)
    sizes = chunks or ChunkSizes()
    asked = {
        **query.parameters,
        **round_parameters(sendout),
        "sendout_id": sendout.id,
        "organisation_id": sendout.organisation_id,
        "first_people": sizes.first,
        "chunk_people": sizes.later,
    }
    sendout.audience_count = db.session.scalar(text(_FREEZE_SQL.format(wanted=query.sql, round=ROUND_SQL)), asked)
    if sendout.one_per_address:
        db.session.execute(_WRITE_SHARERS, _sharer_parameters(sendout))
    forget_people(sendout.id)
    _write_links(sendout)
    return True


def freeze_chunk(sendout_id: int, sizes: BatchSizes) -> bool:
    """Turn the next people of a frozen audience into messages and batches, few at first. Returns whether any are left.

    Whoever goes ahead of a large send-out is written before everybody else, so that their batches come first.
    """
    sendout = _locked(sendout_id)
    if sendout.audience_count is None or sendout.frozen_at is not None:
        return False
    plan_for_many()
    asked = chunk_parameters(sendout, sizes)
    goes_ahead = sendout.state != SendoutState.CANCELLED and not is_first_part_known(sendout)
    numbers = chunks_left(sendout_id)
    while numbers:
        number = numbers.pop(0)
        _write(sendout, asked, number)
        if number >= 0 or not goes_ahead or is_first_part_full(sendout_id):
            break
    begin_first_part(sendout_id)
    if not numbers:
        end_freeze(sendout_id)
    return bool(numbers)


def chunks_left(sendout_id: int) -> list[int]:
    """The numbers of the chunks that are still to be frozen, in their order."""
    asked = select(AudienceChunk.number).where(AudienceChunk.sendout_id == sendout_id).order_by(AudienceChunk.number)
    return list(db.session.scalars(asked))


def chunks_at_once(sendout_id: int) -> int:
    """How many of them may be frozen beside each other."""
    sendout = db.session.get_one(Sendout, sendout_id, populate_existing=True)
    return CHUNKS_AT_ONCE if is_first_part_known(sendout) else 1


def freeze_beside(sendout_id: int, sizes: BatchSizes, number: int) -> None:
    """Freeze a chunk beside others, once the first is frozen. It keeps nobody from pausing, cancelling or recording meanwhile.

    What a cancelled send-out gains so is cancelled by the schedule.
    """
    seen = select(Sendout).where(Sendout.id == sendout_id).with_for_update(key_share=True, read=True)
    sendout = db.session.scalars(seen.execution_options(populate_existing=True)).one()
    plan_for_many()
    _write(sendout, chunk_parameters(sendout, sizes), number)
    begin_first_part(sendout_id)


def end_freeze(sendout_id: int) -> None:
    """Note that everybody is frozen, where nobody is left."""
    ended = text("""
        UPDATE sendouts SET frozen_at = now()
        WHERE id = :id AND frozen_at IS NULL AND NOT EXISTS (SELECT FROM audience_chunks WHERE sendout_id = :id)""")
    if rows_changed(ended, {"id": sendout_id}):
        db.session.execute(delete(AudienceSharer).where(AudienceSharer.sendout_id == sendout_id))


def _write(sendout: Sendout, asked: dict[str, Any], number: int) -> None:
    has_fallback = ChannelPlan(sendout.channel_plan).fallback is not None
    timed = _AT_ONCE if sendout.scheduled_local is None else _BY_OWN_CLOCK
    chunk = text(_CHUNK_SQL.format(judged=judged(has_fallback=has_fallback), timed=timed))
    db.session.execute(chunk, asked | {"number": number})


def _sharer_parameters(sendout: Sendout) -> dict[str, Any]:
    return {
        "sendout_id": sendout.id,
        "organisation_id": sendout.organisation_id,
        "channels": _channels_of(sendout),
        "one_per_address": True,
        "is_marketing": sendout.communication_type == CommunicationType.MARKETING,
    }


def _channels_of(sendout: Sendout) -> list[str]:
    return [str(channel) for channel in ChannelPlan(sendout.channel_plan).channels]


def chunk_parameters(sendout: Sendout, sizes: BatchSizes) -> dict[str, Any]:
    """What the judging and chunking of a send-out is asked with."""
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    cap = cap_of(sendout.organisation_id) if is_marketing else None
    return {
        **cap_parameters(sendout.organisation_id, sendout.id, cap),
        **due_parameters(sendout),
        "sendout_id": sendout.id,
        "organisation_id": sendout.organisation_id,
        "channels": _channels_of(sendout),
        "is_marketing": is_marketing,
        "fallback": ChannelPlan(sendout.channel_plan).fallback,
        "fallback_hours": sendout.fallback_hours,
        "is_cancelled": sendout.state == SendoutState.CANCELLED,
        "email_batch": sizes.email,
        "sms_batch": sizes.sms,
    }


def _organisation_of(sendout_id: int) -> int:
    return db.session.scalars(select(Sendout.organisation_id).where(Sendout.id == sendout_id)).one()


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
