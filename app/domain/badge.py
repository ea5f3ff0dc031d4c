"""The badge at the corner of a sent message: where it stands in one of four words, with the cause and the next step.

Coarser than the status shown (product.md section 8, 002): for whoever only asks whether it arrived.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.audience import SkipReason
from app.domain.shown import ShownStatus


class Badge(StrEnum):
    """What the badge says; the last four are the causes of a delivery issue."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    READ = "read"
    HARD_BOUNCE = "hard_bounce"
    TEMPORARY = "temporary"
    REJECTED = "rejected"
    SPAM = "spam"


ISSUES = frozenset({Badge.HARD_BOUNCE, Badge.TEMPORARY, Badge.REJECTED, Badge.SPAM})


@dataclass(frozen=True, slots=True)
class BadgeWords:
    """The badge itself, why it is so, and what to do."""

    word: str
    cause: str
    next_step: str


WORDS = {
    Badge.ON_ITS_WAY: BadgeWords("On its way", "No delivery is confirmed yet.", "Some mail servers never confirm; look again later."),
    Badge.DELIVERED: BadgeWords(
        "Delivered", "Their mail server or phone company took it.", "It may lie in the spam folder: resend if no sign of reading comes."
    ),
    Badge.READ: BadgeWords("Read", "A person opened it, followed a link in it or answered.", "Nothing needs to be done."),
    Badge.HARD_BOUNCE: BadgeWords(
        "Delivery issue: hard bounce",
        "The address or number does not exist, or takes nothing for good.",
        "Ask them for the right one and correct it.",
    ),
    Badge.TEMPORARY: BadgeWords(
        "Delivery issue: temporary",
        "The mailbox was full or the other side away until there was no more time to try.",
        "Send it again in some days.",
    ),
    Badge.REJECTED: BadgeWords(
        "Delivery issue: rejected",
        "It was refused before it left, or kept back because of an earlier bounce or complaint.",
        "The reason beside it says what to change.",
    ),
    Badge.SPAM: BadgeWords(
        "Delivery issue: spam",
        "They marked it as spam, or a filter took it for spam.",
        "Ask them by another way whether they want your messages.",
    ),
}


def badge_of(shown: ShownStatus, skip_reason: SkipReason | None, error_code: str | None = None) -> Badge | None:
    """The badge of a message; None where nothing was sent and nothing is wrong with the address: most skips, and what was cancelled.

    `error_code` is the provider's: of what failed, it tells a filter against spam from everything else.
    """
    if shown in _FAILED and error_code in _SPAM_CODES:
        return Badge.SPAM
    if shown is ShownStatus.SKIPPED:
        return Badge.REJECTED if skip_reason in _SKIPPED_FOR_HISTORY else None
    return _BADGES.get(shown)


def badge_words(shown: ShownStatus, skip_reason: SkipReason | None, error_code: str | None = None) -> BadgeWords | None:
    """What the badge of this very message says: the cause as exact as the status and the skip reason are; None without a badge."""
    badge = badge_of(shown, skip_reason, error_code)
    if badge is None:
        return None
    is_filtered = badge is Badge.SPAM and shown is not ShownStatus.COMPLAINT
    exact = _FILTERED if is_filtered else _EXACT_SKIPS[skip_reason] if skip_reason else _EXACT.get(shown)
    return BadgeWords(WORDS[badge].word, *exact) if exact else WORDS[badge]


_FILTERED = ("A filter took it for spam, or does not allow what stands in it.", "Change the words and links, and send it again.")

_EXACT = {
    ShownStatus.PENDING: ("Its turn has not come yet.", "Wait, or look at the send-out."),
    ShownStatus.IN_DOUBT: ("The connection broke while it was handed over, so it may have gone or not.", "Decide on the send-out's page."),
    ShownStatus.DELAYED: ("The other side does not take it yet, and it is still being tried.", "Reach them another way if it is urgent."),
    ShownStatus.STOPPED: ("It arrived: they answered it with STOP.", "Only their own START brings texts back."),
    ShownStatus.UNSUBSCRIBED: ("They unsubscribed with it.", "They get no more news and offers."),
    ShownStatus.FAILED: ("The phone company could not deliver it and will not try again.", "Try again later, or call."),
    ShownStatus.COMPLAINT: ("It arrived, and they marked it as spam.", "Ask them by another way whether they want your messages."),
}

_EXACT_SKIPS = {
    SkipReason.BOUNCED: ("Nothing was sent: an earlier message to this address came back.", "Correct the address."),
    SkipReason.COMPLAINED: (
        "Nothing was sent: they marked an earlier message as spam.",
        "Ask them by another way; take the entry off if they agree.",
    ),
    SkipReason.BAD_ADDRESS: ("Nothing was sent: this address or number cannot exist.", "Correct it."),
}

_SKIPPED_FOR_HISTORY = frozenset({SkipReason.BOUNCED, SkipReason.COMPLAINED, SkipReason.BAD_ADDRESS})

_FAILED = frozenset({ShownStatus.SOFT_BOUNCED, ShownStatus.NOT_SENT, ShownStatus.FAILED})

# Amazon's sub-type of a bounce for its content; Twilio's codes of filters, and of content or links that carriers forbid.
_SPAM_CODES = frozenset({"ContentRejected", "21618", "30007", "30038", "30111"})

_BADGES = {
    ShownStatus.PENDING: Badge.ON_ITS_WAY,
    ShownStatus.SENDING: Badge.ON_ITS_WAY,
    ShownStatus.IN_DOUBT: Badge.ON_ITS_WAY,
    ShownStatus.SENT: Badge.ON_ITS_WAY,
    ShownStatus.DELAYED: Badge.ON_ITS_WAY,
    ShownStatus.DELIVERED: Badge.DELIVERED,
    # They said no to what came with it, so it came; whether they read it, nobody knows.
    ShownStatus.STOPPED: Badge.DELIVERED,
    ShownStatus.UNSUBSCRIBED: Badge.DELIVERED,
    ShownStatus.OPENED: Badge.READ,
    ShownStatus.CLICKED: Badge.READ,
    ShownStatus.WROTE_BACK: Badge.READ,
    ShownStatus.ACKNOWLEDGED: Badge.READ,
    ShownStatus.RESPONDED: Badge.READ,
    ShownStatus.BOUNCED: Badge.HARD_BOUNCE,
    ShownStatus.BAD_EMAIL: Badge.HARD_BOUNCE,
    ShownStatus.BAD_NUMBER: Badge.HARD_BOUNCE,
    ShownStatus.FAILED: Badge.HARD_BOUNCE,
    ShownStatus.SOFT_BOUNCED: Badge.TEMPORARY,
    ShownStatus.NOT_SENT: Badge.REJECTED,
    ShownStatus.COMPLAINT: Badge.SPAM,
}
