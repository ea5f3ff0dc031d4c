"""The one status that is shown for a message: derived from its delivery status and its facts (product.md section 2).

The database computes the same in a stored generated column; `tests/` holds the two together.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.delivery import DeliveryStatus


class ShownStatus(StrEnum):
    """A slice of the doughnut; every message falls in exactly one. In the order of ui.md around the ring."""

    RESPONDED = "responded"
    ACKNOWLEDGED = "acknowledged"
    WROTE_BACK = "wrote_back"
    CLICKED = "clicked"
    OPENED = "opened"
    DELIVERED = "delivered"
    SENT = "sent"
    DELAYED = "delayed"
    SENDING = "sending"
    PENDING = "pending"
    IN_DOUBT = "in_doubt"
    STOPPED = "stopped"
    UNSUBSCRIBED = "unsubscribed"
    SOFT_BOUNCED = "soft_bounced"
    NOT_SENT = "not_sent"
    FAILED = "failed"
    BAD_EMAIL = "bad_email"
    BAD_NUMBER = "bad_number"
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class ShownGroup(StrEnum):
    """An arc of the doughnut: neighbouring slices that mean much the same to an organiser."""

    GOOD = "good"
    ON_THE_WAY = "on_the_way"
    NEEDS_A_PERSON = "needs_a_person"
    STOPPED_BY_THEM = "stopped_by_them"
    FAILED = "failed"
    NEVER_SENT = "never_sent"


class OptOutMethod(StrEnum):
    """How a person said no to what a message brought them."""

    STOP = "stop"
    LINK = "link"
    ONE_CLICK = "one_click"
    COMPLAINT = "complaint"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message's person did, each with the time of the event that first showed it; a response with its latest.

    Machine facts are kept and counted apart; they change nothing that is shown.
    """

    opened_at: datetime | None = None
    machine_opened_at: datetime | None = None
    clicked_at: datetime | None = None
    machine_clicked_at: datetime | None = None
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    wrote_back_at: datetime | None = None
    opted_out_at: datetime | None = None
    opted_out_by: OptOutMethod | None = None


def merge_facts(one: Facts, other: Facts) -> Facts:
    """Everything that either knows: order, grouping and repetition of merges change nothing."""
    opted_out_at, opted_out_by = _first_opt_out(one, other)
    return Facts(
        opened_at=_earlier(one.opened_at, other.opened_at),
        machine_opened_at=_earlier(one.machine_opened_at, other.machine_opened_at),
        clicked_at=_earlier(one.clicked_at, other.clicked_at),
        machine_clicked_at=_earlier(one.machine_clicked_at, other.machine_clicked_at),
        acknowledged_at=_earlier(one.acknowledged_at, other.acknowledged_at),
        responded_at=_later(one.responded_at, other.responded_at),
        wrote_back_at=_earlier(one.wrote_back_at, other.wrote_back_at),
        opted_out_at=opted_out_at,
        opted_out_by=opted_out_by,
    )


def shown_status(status: DeliveryStatus, facts: Facts, *, is_sending: bool = False) -> ShownStatus:
    """The first that applies, in the order of product.md section 2.

    `is_sending` says that the message's batch is open; it matters to a pending message alone.
    """
    if status in _ABOVE_OPT_OUT:
        return ShownStatus(status.value)
    if facts.opted_out_at is not None:
        return ShownStatus.STOPPED if facts.opted_out_by == OptOutMethod.STOP else ShownStatus.UNSUBSCRIBED
    if status in _ABOVE_ENGAGEMENT:
        return ShownStatus(status.value)
    return _engagement(facts) or _standing(status, is_sending=is_sending)


def group_of(shown: ShownStatus) -> ShownGroup:
    """The arc that a slice belongs to."""
    return _GROUPS[shown]


_ABOVE_OPT_OUT = frozenset({DeliveryStatus.SKIPPED, DeliveryStatus.CANCELLED, DeliveryStatus.COMPLAINT})

# A known failure is not argued away by an open: forwarded mail and bounced copies are opened, too.
_ABOVE_ENGAGEMENT = frozenset(
    {
        DeliveryStatus.BOUNCED,
        DeliveryStatus.BAD_EMAIL,
        DeliveryStatus.BAD_NUMBER,
        DeliveryStatus.FAILED,
        DeliveryStatus.NOT_SENT,
    }
)

_GROUPS = {
    ShownStatus.RESPONDED: ShownGroup.GOOD,
    ShownStatus.ACKNOWLEDGED: ShownGroup.GOOD,
    ShownStatus.WROTE_BACK: ShownGroup.GOOD,
    ShownStatus.CLICKED: ShownGroup.GOOD,
    ShownStatus.OPENED: ShownGroup.GOOD,
    ShownStatus.DELIVERED: ShownGroup.GOOD,
    ShownStatus.SENT: ShownGroup.ON_THE_WAY,
    ShownStatus.DELAYED: ShownGroup.ON_THE_WAY,
    ShownStatus.SENDING: ShownGroup.ON_THE_WAY,
    ShownStatus.PENDING: ShownGroup.ON_THE_WAY,
    ShownStatus.IN_DOUBT: ShownGroup.NEEDS_A_PERSON,
    ShownStatus.STOPPED: ShownGroup.STOPPED_BY_THEM,
    ShownStatus.UNSUBSCRIBED: ShownGroup.STOPPED_BY_THEM,
    ShownStatus.SOFT_BOUNCED: ShownGroup.FAILED,
    ShownStatus.NOT_SENT: ShownGroup.FAILED,
    ShownStatus.FAILED: ShownGroup.FAILED,
    ShownStatus.BAD_EMAIL: ShownGroup.FAILED,
    ShownStatus.BAD_NUMBER: ShownGroup.FAILED,
    ShownStatus.BOUNCED: ShownGroup.FAILED,
    ShownStatus.COMPLAINT: ShownGroup.FAILED,
    ShownStatus.SKIPPED: ShownGroup.NEVER_SENT,
    ShownStatus.CANCELLED: ShownGroup.NEVER_SENT,
}

DELIVERED_AT_LEAST = frozenset(shown for shown, group in _GROUPS.items() if group is ShownGroup.GOOD)
FAILED = tuple(shown for shown in ShownStatus if _GROUPS.get(shown) is ShownGroup.FAILED)

# An opt-out and a complaint came from somebody who had it in hand.
ARRIVED = DELIVERED_AT_LEAST | {ShownStatus.STOPPED, ShownStatus.UNSUBSCRIBED, ShownStatus.COMPLAINT}


def _engagement(facts: Facts) -> ShownStatus | None:
    strongest_first = (
        (facts.responded_at, ShownStatus.RESPONDED),
        (facts.acknowledged_at, ShownStatus.ACKNOWLEDGED),
        (facts.wrote_back_at, ShownStatus.WROTE_BACK),
        (facts.clicked_at, ShownStatus.CLICKED),
        (facts.opened_at, ShownStatus.OPENED),
    )
    return next((shown for seen_at, shown in strongest_first if seen_at is not None), None)


def _standing(status: DeliveryStatus, *, is_sending: bool) -> ShownStatus:
    if status is DeliveryStatus.PENDING and is_sending:
        return ShownStatus.SENDING
    return ShownStatus(status.value)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _first_opt_out(one: Facts, other: Facts) -> tuple[datetime | None, OptOutMethod | None]:
    """The earlier opt-out; of two in the same instant the one listed first, so that a STOP is never hidden."""
    known = [
        (facts.opted_out_at, _OPT_OUT_ORDER.index(facts.opted_out_by))
        for facts in (one, other)
        if facts.opted_out_at is not None and facts.opted_out_by is not None
    ]
    if not known:
        return None, None
    opted_out_at, place = min(known)
    return opted_out_at, _OPT_OUT_ORDER[place]


_OPT_OUT_ORDER = tuple(OptOutMethod)
