"""The delivery ladder: how far a message has come, as a join over everything that was heard of it.

Before hand-over a message moves by compare-and-set. From acceptance on it only rises, so that events
may arrive in any order and any number of times and end at the same place (docs/decisions/0003-status-ladder.md).
"""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """Where a message stands with its provider."""

    PENDING = "pending"
    SENDING = "sending"  # never stored: a pending message whose batch is open
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"
    SENT = "sent"
    DELAYED = "delayed"
    SOFT_BOUNCED = "soft_bounced"
    NOT_SENT = "not_sent"
    FAILED = "failed"
    BAD_NUMBER = "bad_number"
    SKIPPED = "skipped"
    DELIVERED = "delivered"
    BAD_EMAIL = "bad_email"  # above DELIVERED: an address is found bad by an asynchronous bounce, too
    BOUNCED = "bounced"  # above DELIVERED: SES reports asynchronous bounces after delivery
    COMPLAINT = "complaint"


BEFORE_ACCEPTANCE = frozenset({DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.IN_DOUBT, DeliveryStatus.CANCELLED})

LADDER = (
    DeliveryStatus.SENT,
    DeliveryStatus.DELAYED,
    DeliveryStatus.SOFT_BOUNCED,
    DeliveryStatus.NOT_SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.BAD_NUMBER,
    DeliveryStatus.SKIPPED,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.BAD_EMAIL,
    DeliveryStatus.BOUNCED,
    DeliveryStatus.COMPLAINT,
)


def rung(status: DeliveryStatus) -> int:
    """The height on the ladder: 0 for all that any event of the provider's overtakes, then 1 (sent) to 11 (complaint)."""
    return 0 if status in BEFORE_ACCEPTANCE else LADDER.index(status) + 1


def join_statuses(one: DeliveryStatus, other: DeliveryStatus) -> DeliveryStatus:
    """The higher of the two; of two on the ground, the first."""
    return other if rung(other) > rung(one) else one


def rungs_below(status: DeliveryStatus) -> frozenset[DeliveryStatus]:
    """Every status that an event of this status raises."""
    return frozenset(each for each in DeliveryStatus if rung(each) < rung(status))
