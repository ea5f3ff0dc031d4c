"""The one status that is shown for a message: derived from its delivery status and its facts (product.md section 2)."""

from enum import StrEnum


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
