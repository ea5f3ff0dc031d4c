"""A send-out's own states, and which verbs each allows."""

from enum import StrEnum


class SendoutState(StrEnum):
    """What is stored; "Sent", "Delivered" and "Finished" are derived from the rows."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LAUNCHING = "launching"  # the audience is being frozen
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    CANCELLED = "cancelled"
