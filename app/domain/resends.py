"""Resends: for whom of a send-out's people one can be, by which channels it can go, and who counts as not reached."""

from enum import StrEnum

from app.domain.audience import SkipReason
from app.domain.channels import ChannelPlan
from app.domain.shown import ShownStatus


class ResendGroup(StrEnum):
    """Which of a send-out's people a resend is for."""

    NOT_OPENED = "not_opened"
    NOT_ANSWERED = "not_answered"
    NOT_REACHED = "not_reached"


# What came of a message that did not reach its person. Not sent is not among them: a refusal is not tried again in a resend.
UNREACHED = (ShownStatus.BOUNCED, ShownStatus.BAD_EMAIL, ShownStatus.BAD_NUMBER, ShownStatus.FAILED, ShownStatus.SOFT_BOUNCED)

# Skips that are no wish of theirs: there was no way to them, or it was not the hour.
UNREACHED_SKIPS = (
    SkipReason.NO_ADDRESS,
    SkipReason.BAD_ADDRESS,
    SkipReason.BOUNCED,
    SkipReason.NO_CONSENT,
    SkipReason.QUIET_HOURS,
    SkipReason.TOO_LATE,
)

# Skips that say nothing of whether somebody was reached: what the other channel did decides. Every other keeps its person out.
SILENT_SKIPS = (SkipReason.OTHER_CHANNEL, SkipReason.CONTACT_CAP, SkipReason.CANCELLED_BY)


def ways_again(group: ResendGroup, plan: ChannelPlan) -> tuple[ChannelPlan, ...]:
    """How a resend can go: as the send-out went, then by each channel alone. Opening is known of e-mails only, so those go first."""
    first = ChannelPlan.EMAIL if group is ResendGroup.NOT_OPENED else plan
    return tuple(dict.fromkeys((first, ChannelPlan.EMAIL, ChannelPlan.SMS)))
