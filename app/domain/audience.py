"""Why a person in the audience gets no message on a channel: the closed list, and which reason comes first."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.channels import Channel, CommunicationType
from app.domain.suppression import SuppressionReason, SuppressionScope


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


SKIP_FOR = {
    SuppressionReason.BOUNCE: SkipReason.BOUNCED,
    SuppressionReason.SOFT_BOUNCES: SkipReason.BOUNCED,
    SuppressionReason.COMPLAINT: SkipReason.COMPLAINED,
    SuppressionReason.BAD_EMAIL: SkipReason.BAD_ADDRESS,
    SuppressionReason.BAD_NUMBER: SkipReason.BAD_ADDRESS,
    SuppressionReason.STOP: SkipReason.STOPPED,
    SuppressionReason.UNSUBSCRIBE: SkipReason.UNSUBSCRIBED,
    SuppressionReason.MANUAL: SkipReason.UNSUBSCRIBED,
    SuppressionReason.ERASED: SkipReason.UNSUBSCRIBED,
}

# Reasons that are about one channel alone: for "e-mail, else SMS" the other one goes ahead. Every other no holds for both.
ABOUT_THE_CHANNEL = (
    SkipReason.NO_ADDRESS,
    SkipReason.BAD_ADDRESS,
    SkipReason.STOPPED,
    SkipReason.BOUNCED,
    SkipReason.NO_CONSENT,
    SkipReason.QUIET_HOURS,
)

WORDS = {
    SkipReason.EXCLUDED: "On an excluded list",
    SkipReason.NO_ADDRESS: "No address for this channel",
    SkipReason.BAD_ADDRESS: "Bad address on file",
    SkipReason.DUPLICATE: "Duplicate of another person",
    SkipReason.STOPPED: "Opted out by STOP",
    SkipReason.COMPLAINED: "Complained before",
    SkipReason.BOUNCED: "Bounced before",
    SkipReason.UNSUBSCRIBED: "Unsubscribed (marketing)",
    SkipReason.NO_CONSENT: "No consent for marketing texts",
    SkipReason.OTHER_CHANNEL: "Reached by the other channel",
    SkipReason.UNSUBSCRIBED_SINCE: "Unsubscribed after the start",
    SkipReason.QUIET_HOURS: "Quiet hours ended before it could go",
    SkipReason.TOO_LATE: "Too late",
    SkipReason.CONTACT_CAP: "Contact cap",
    SkipReason.CANCELLED_BY: "Cancelled",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the audience on one channel, as known at the freeze or at the claim.

    `duplicate_of` is the participant who gets the one message that their shared address is due.
    `suppressions` are the address's entries on the Unsubscribes list; `is_capped`: they have had as much marketing as may be.
    """

    channel: Channel
    address: str | None
    is_bad: bool = False
    is_excluded: bool = False
    duplicate_of: int | None = None
    suppressions: frozenset[tuple[SuppressionReason, SuppressionScope]] = frozenset()
    has_text_consent: bool = False
    is_capped: bool = False


def skip_reason(candidate: Candidate, communication_type: CommunicationType) -> SkipReason | None:
    """The first reason against writing to this person, in the list's own order; None to write."""
    against = _own_reasons(candidate) | _suppressed(candidate, communication_type)
    if _lacks_consent(candidate, communication_type):
        against.add(SkipReason.NO_CONSENT)
    if candidate.is_capped and communication_type is CommunicationType.MARKETING:
        against.add(SkipReason.CONTACT_CAP)
    return next((reason for reason in SkipReason if reason in against), None)


def skip_words(reason: SkipReason, channel: Channel) -> str:
    """The organiser's words for a reason on this channel."""
    if reason is SkipReason.BAD_ADDRESS and channel is Channel.SMS:
        return "Bad number on file"
    return WORDS[reason]


def _own_reasons(candidate: Candidate) -> set[SkipReason]:
    reasons = {
        SkipReason.EXCLUDED: candidate.is_excluded,
        SkipReason.NO_ADDRESS: not candidate.address,
        SkipReason.BAD_ADDRESS: candidate.is_bad,
        SkipReason.DUPLICATE: candidate.duplicate_of is not None,
    }
    return {reason for reason, applies in reasons.items() if applies}


def _suppressed(candidate: Candidate, communication_type: CommunicationType) -> set[SkipReason]:
    is_marketing = communication_type is CommunicationType.MARKETING
    return {SKIP_FOR[reason] for reason, scope in candidate.suppressions if is_marketing or scope is SuppressionScope.ALL}


def _lacks_consent(candidate: Candidate, communication_type: CommunicationType) -> bool:
    is_marketing_text = candidate.channel is Channel.SMS and communication_type is CommunicationType.MARKETING
    return is_marketing_text and not candidate.has_text_consent
