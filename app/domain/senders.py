"""What messages leave from, and whether their opens and clicks are tracked."""

from enum import StrEnum


class SenderKind(StrEnum):
    """What a sender's address is; nobody can text back to an ALPHANUMERIC one."""

    EMAIL_ADDRESS = "email_address"
    NUMBER = "number"
    MESSAGING_SERVICE = "messaging_service"
    ALPHANUMERIC = "alphanumeric"


class Tracking(StrEnum):
    """A sender's tracking setting; it wins over the organisation's."""

    AS_ORGANISATION = "as_organisation"
    ON = "on"
    OFF = "off"


def is_tracked(*, organisation: bool, sender: Tracking, sendout: bool) -> bool:
    """Whether a message gets pixel and links of ours: the sender's setting wins over the organisation's, a send-out can only switch off."""
    by_sender = organisation if sender is Tracking.AS_ORGANISATION else sender is Tracking.ON
    return by_sender and sendout
