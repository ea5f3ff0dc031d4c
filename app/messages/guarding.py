"""The guard rail of large send-outs: lets the rest follow the first part, or holds what goes wrong. Urgent texts have none.

A first part ends with a batch of each channel: while `first_part_to` and `first_texts_to` name them and nobody has let the rest
follow, no later batch is taken.
Where everybody has an hour of their own, it is of those whose hour comes first: nobody's hour is let pass for another's. Where too few
of it went to tell anything (they sleep, or said no meanwhile), whoever is next is taken into it at their hour.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.guard_rail import CARRIER_BLOCKS, FIRST_PART, GUARDED_ABOVE, LEAST_SHARE, Finding, Sight, Trouble, finding, may_follow
from app.domain.shown import ShownStatus
from app.extensions import db
from app.messages.counts import ChannelCounts, counts_of
from app.models import Sendout

# Send-outs of which something is left to go: of what has gone, nothing can be held any more.
_GUARDED = text("""
    SELECT s.id, s.waived_troubles, s.first_part_to IS NOT NULL AND s.first_part_passed_at IS NULL AS is_first_part,
           extract(epoch FROM now() - coalesce(s.last_progress_at, s.launched_at, s.created_at)) AS seconds,
           EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.state = 'ready'
                   AND b.id <= CASE b.channel WHEN 'email' THEN s.first_part_to ELSE s.first_texts_to END
                   AND (b.ready_at <= now() OR b.attempt > 0))
           OR EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.state = 'open') AS is_handing_over
    FROM sendouts s
    WHERE s.state = 'running' AND NOT s.is_urgent AND s.audience_count > :above
      AND (s.frozen_at IS NULL OR EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.state = 'ready'))
    ORDER BY s.id""")
_HOLD = text("""
    UPDATE sendouts SET state = 'held', held_reason = :words, held_trouble = :trouble WHERE id = :sendout_id AND state = 'running'""")
_LET_FOLLOW = text("UPDATE sendouts SET first_part_passed_at = now() WHERE id = :sendout_id AND state = 'running'")
_BLOCKED = text("""
    SELECT count(*) FROM messages
    WHERE sendout_id = :sendout_id AND channel = 'sms' AND shown_status = 'failed' AND error_code = ANY(CAST(:codes AS text[]))""")
_FEWEST = text("""
    SELECT min(messages) FROM (
        SELECT sum(message_count) AS messages FROM batches
        WHERE sendout_id = :sendout_id AND ready_at <= now() GROUP BY channel) AS by_channel""")

# Up to where each channel has enough, by what is ready now and not in it yet. 0 where nothing is.
_UP_TO = """
    UPDATE sendouts SET (first_part_to, first_texts_to) = (
        SELECT coalesce(max(id) FILTER (WHERE channel = 'email'), sendouts.first_part_to, 0),
               coalesce(max(id) FILTER (WHERE channel = 'sms'), sendouts.first_texts_to, 0)
        FROM (SELECT id, channel, sum(message_count) OVER (PARTITION BY channel ORDER BY id) - message_count AS before
              FROM batches WHERE sendout_id = :sendout_id AND state = 'ready' AND ready_at <= now()
                AND id > coalesce(CASE channel WHEN 'email' THEN sendouts.first_part_to ELSE sendouts.first_texts_to END, 0)) AS numbered
        WHERE before < :first_part)
    WHERE id = :sendout_id"""
_BEGIN = text(f"{_UP_TO} AND NOT is_urgent AND audience_count > :above AND first_part_to IS NULL AND first_part_passed_at IS NULL")
_EXTEND = text(f"""{_UP_TO} AND state = 'running' AND first_part_passed_at IS NULL
    AND EXISTS (SELECT FROM batches b WHERE b.sendout_id = sendouts.id AND b.state = 'ready' AND b.ready_at <= now())""")

_NOT_HANDED_OVER = frozenset({ShownStatus.PENDING, ShownStatus.SENDING, ShownStatus.SKIPPED, ShownStatus.CANCELLED, ShownStatus.IN_DOUBT})
_UNCONFIRMED = (ShownStatus.SENT, ShownStatus.DELAYED)
_CAME_BACK = (ShownStatus.BOUNCED, ShownStatus.BAD_EMAIL)

MOST_ROUNDS = 10

# In which round somebody goes ahead of a large send-out, by their `position` (from 1) among its `people`: every n-th, from end to end, in
# round 0, so that a round is at most a first part; where too few of it get anything, those beside them are next. Null for any other.
_STEP = "((people + :first_part - 1) / :first_part)"
ROUND_SQL = f"CASE WHEN :is_guarded AND people > :guarded_above THEN {_STEP} - 1 - (position - 1) % {_STEP} END"


def round_parameters(sendout: Sendout) -> dict[str, Any]:
    """What `ROUND_SQL` is asked with, and how many rounds there may be."""
    is_guarded = not sendout.is_urgent and sendout.first_part_passed_at is None
    return {"is_guarded": is_guarded, "guarded_above": GUARDED_ABOVE, "first_part": FIRST_PART, "rounds": MOST_ROUNDS}


def is_first_part_full(sendout_id: int) -> bool:
    """Whether every channel that has anything to go has enough for a first part."""
    fewest: int | None = db.session.scalar(_FEWEST, {"sendout_id": sendout_id})
    return (fewest or 0) >= FIRST_PART


def begin_first_part(sendout_id: int) -> None:
    """Let only a first part of a large send-out go, before any of it may: for the transaction that writes its first batches."""
    db.session.execute(_BEGIN, {"sendout_id": sendout_id, "first_part": FIRST_PART, "above": GUARDED_ABOVE})


def is_first_part_known(sendout: Sendout) -> bool:
    """Whether it is settled what its first part is, or that it has none: until then, batches must be written one chunk after the other."""
    is_guarded = not sendout.is_urgent and (sendout.audience_count or 0) > GUARDED_ABOVE
    return not is_guarded or sendout.first_part_to is not None or sendout.first_part_passed_at is not None


def watch() -> None:
    """Look at every large send-out that has something left to go: hold it, let the rest follow, or leave it be. The caller commits."""
    guarded = db.session.execute(_GUARDED, {"above": GUARDED_ABOVE}).all()
    counts = counts_of([row.id for row in guarded])
    for row in guarded:
        sights = [_sight(row.id, channel, seen) for channel, seen in counts[row.id].items()]
        waived = [Trouble(each) for each in row.waived_troubles]
        found = next((each for sight in sights if (each := finding(sight, waived))), None)
        if found is not None:
            _hold(row.id, found, is_first_part=row.is_first_part)
        elif row.is_first_part and not row.is_handing_over:
            _go_on(row.id, sights, row.seconds)


def _go_on(sendout_id: int, sights: Sequence[Sight], seconds: float) -> None:
    if max((sight.handed_over for sight in sights), default=0) < FIRST_PART * LEAST_SHARE:
        db.session.execute(_EXTEND, {"sendout_id": sendout_id, "first_part": FIRST_PART})
    elif may_follow(sights, seconds):
        db.session.execute(_LET_FOLLOW, {"sendout_id": sendout_id})


def _hold(sendout_id: int, found: Finding, *, is_first_part: bool) -> None:
    stopped = "Stopped after a first part: " if is_first_part else "Stopped on its way: "
    db.session.execute(_HOLD, {"sendout_id": sendout_id, "words": stopped + found.words, "trouble": found.trouble})


def _sight(sendout_id: int, channel: Channel, counts: ChannelCounts) -> Sight:
    shown: Mapping[ShownStatus, int] = counts.shown
    failed = shown.get(ShownStatus.FAILED, 0)
    return Sight(
        channel,
        handed_over=sum(people for status, people in shown.items() if status not in _NOT_HANDED_OVER),
        accepted=counts.accepted,
        unconfirmed=_sum(shown, _UNCONFIRMED),
        bounced=_sum(shown, _CAME_BACK) if channel is Channel.EMAIL else 0,
        complained=shown.get(ShownStatus.COMPLAINT, 0),
        blocked=_blocked(sendout_id) if failed and channel is Channel.SMS else 0,
        refused=shown.get(ShownStatus.NOT_SENT, 0),
    )


def _sum(shown: Mapping[ShownStatus, int], statuses: tuple[ShownStatus, ...]) -> int:
    return sum(shown.get(status, 0) for status in statuses)


def _blocked(sendout_id: int) -> int:
    found: Any = db.session.execute(_BLOCKED, {"sendout_id": sendout_id, "codes": list(CARRIER_BLOCKS)}).scalar_one()
    return int(found)
