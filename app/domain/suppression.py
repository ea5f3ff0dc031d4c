"""The Unsubscribes list's own words: why an entry stands, and how far it reaches (product.md section 3)."""

from enum import StrEnum


class SuppressionReason(StrEnum):
    """Why an address or number is on the Unsubscribes list."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    BAD_EMAIL = "bad_email"
    BAD_NUMBER = "bad_number"
    STOP = "stop"
    UNSUBSCRIBE = "unsubscribe"
    SOFT_BOUNCES = "soft_bounces"
    MANUAL = "manual"
    ERASED = "erased"  # all data of the person is gone but a keyed hash of this address


class SuppressionScope(StrEnum):
    """What an entry keeps away: everything on its channel, or marketing alone."""

    ALL = "all"
    MARKETING = "marketing"
