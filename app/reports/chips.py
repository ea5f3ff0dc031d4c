"""A send-out's own status with its count, as its chip says it in every list: "Delivered · 1,204 of 4,812 so far"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy import text

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import WORDS, SendoutState, ShownState, count_sentence, shown_state
from app.domain.shown import ShownStatus
from app.extensions import db
from app.messages.counts import ChannelCounts
from app.models import Sendout
from app.reports.accounting import delivered_count
from app.web.installation import settings

Counts = Mapping[Channel, ChannelCounts]

_SETTLING = text("""
    SELECT DISTINCT m.sendout_id FROM messages m JOIN batches b ON b.id = m.batch_id
    WHERE m.status = 'in_doubt' AND m.sendout_id = ANY(CAST(:ids AS bigint[])) AND b.claimed_at > now() - make_interval(secs => :window)""")
_NOT_STARTED = frozenset({ShownState.DRAFT, ShownState.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Totals:
    """A send-out's channels taken together. By two channels these are messages, by one channel or one else the other they are people."""

    audience: int
    accepted: int
    delivered: int
    unfinished: int
    in_doubt: int
    skipped: int

    @classmethod
    def of(cls, sendout: Sendout, counts: Counts) -> Self:
        """Add up, without what was never needed on the second channel."""
        each = counts.values()
        rows = sum(channel.audience for channel in each)
        is_either = ChannelPlan(sendout.channel_plan).fallback is not None
        return cls(
            audience=(sendout.audience_count or 0) if is_either else rows,
            accepted=sum(channel.accepted for channel in each),
            delivered=sum(delivered_count(channel.shown) for channel in each),
            unfinished=sum(channel.unfinished for channel in each),
            in_doubt=sum(channel.shown.get(ShownStatus.IN_DOUBT, 0) for channel in each),
            skipped=sum(channel.shown.get(ShownStatus.SKIPPED, 0) for channel in each),
        )


@dataclass(frozen=True, slots=True)
class Chip:
    """What a send-out's chip says; finished once nothing is left to hand over or to settle."""

    state: ShownState
    words: str
    is_finished: bool


def chip_of(sendout: Sendout, counts: Counts, *, is_settling: bool) -> Chip:
    """The chip of one send-out. `is_settling`: something is in doubt, and may still be settled without a person."""
    totals = Totals.of(sendout, counts)
    state = SendoutState(sendout.state)
    shown = shown_state(
        state,
        accepted=totals.accepted,
        delivered=totals.delivered,
        audience=totals.audience,
        # A send-out whose rows are still being written looks finished between two chunks.
        unfinished=totals.unfinished or int(sendout.frozen_at is None),
    )
    is_written = sendout.frozen_at is not None
    is_finished = is_written and not totals.unfinished and not is_settling and state in (SendoutState.RUNNING, SendoutState.CANCELLED)
    if shown in _NOT_STARTED or sendout.audience_count is None:
        return Chip(shown, WORDS[shown], is_finished=False)
    return Chip(shown, count_sentence(shown, totals.delivered, totals.accepted, totals.audience, is_finished), is_finished)


def settling_now(counts: Mapping[int, Counts]) -> frozenset[int]:
    """Which of these send-outs have messages in doubt that are not yet older than the settling window."""
    doubtful = [each for each, channels in counts.items() if any(one.shown.get(ShownStatus.IN_DOUBT) for one in channels.values())]
    if not doubtful:
        return frozenset()
    return frozenset(db.session.scalars(_SETTLING, {"ids": doubtful, "window": settings().settle_seconds}))
