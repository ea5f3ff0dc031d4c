"""Why a person in the audience gets no message on a channel: the closed list, and which reason comes first."""

from enum import StrEnum


class SkipReason(StrEnum):
    """A reason for a row without a message; the order is the order in which they are tried at the freeze."""

    EXCLUDED = "excluded"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    DUPLICATE = "duplicate"
    STOPPED = "stopped"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    NO_CONSENT = "no_consent"
    OTHER_CHANNEL = "other_channel"
    UNSUBSCRIBED_SINCE = "unsubscribed_since"
    QUIET_HOURS = "quiet_hours"
    TOO_LATE = "too_late"
    CONTACT_CAP = "contact_cap"
    CANCELLED_BY = "cancelled_by"
