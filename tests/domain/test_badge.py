"""The badge of a message: each shown status under exactly one word of the brief, or none where nothing was sent."""

import pytest

from app.domain.audience import SkipReason
from app.domain.badge import ISSUES, WORDS, Badge, badge_of, badge_words
from app.domain.shown import ShownStatus

MAPPED = {
    Badge.ON_ITS_WAY: "pending sending in_doubt sent delayed",
    Badge.DELIVERED: "delivered stopped unsubscribed",
    Badge.READ: "opened clicked wrote_back acknowledged responded",
    Badge.HARD_BOUNCE: "bounced bad_email bad_number failed",
    Badge.TEMPORARY: "soft_bounced",
    Badge.REJECTED: "not_sent",
    Badge.SPAM: "complaint",
    None: "skipped cancelled",
}
PAIRS = [(ShownStatus(shown), badge) for badge, statuses in MAPPED.items() for shown in statuses.split()]


@pytest.mark.parametrize(("shown", "badge"), PAIRS)
def test_each_status_has_its_badge(shown, badge):
    assert badge_of(shown, None) is badge


def test_no_status_is_forgotten():
    assert {shown for shown, _ in PAIRS} == set(ShownStatus)


@pytest.mark.parametrize("reason", list(SkipReason))
def test_only_a_skip_for_an_earlier_failure_is_a_delivery_issue(reason):
    is_issue = reason in {SkipReason.BOUNCED, SkipReason.COMPLAINED, SkipReason.BAD_ADDRESS}

    assert badge_of(ShownStatus.SKIPPED, reason) is (Badge.REJECTED if is_issue else None)


@pytest.mark.parametrize(
    ("shown", "code", "badge"),
    [
        ("soft_bounced", "ContentRejected", Badge.SPAM),
        ("failed", "30007", Badge.SPAM),
        ("not_sent", "30111", Badge.SPAM),
        ("failed", "30003", Badge.HARD_BOUNCE),
        ("soft_bounced", "MailboxFull", Badge.TEMPORARY),
        ("delivered", "30007", Badge.DELIVERED),
    ],
)
def test_what_a_filter_stopped_is_spam(shown, code, badge):
    assert badge_of(ShownStatus(shown), None, code) is badge


def test_every_badge_says_cause_and_next_step():
    assert set(WORDS) == set(Badge)
    assert all(words.cause.endswith(".") and words.next_step.endswith(".") for words in WORDS.values())
    assert {badge for badge in Badge if WORDS[badge].word.startswith("Delivery issue: ")} == ISSUES


@pytest.mark.parametrize(
    ("shown", "reason", "code", "cause"),
    [
        ("skipped", SkipReason.COMPLAINED, None, "marked an earlier message as spam"),
        ("failed", None, "30007", "A filter took it for spam"),
        ("complaint", None, "abuse", "they marked it as spam"),
        ("failed", None, "30003", "The phone company could not deliver it"),
        ("bounced", None, None, "does not exist"),
    ],
)
def test_the_cause_is_as_exact_as_is_known(shown, reason, code, cause):
    words = badge_words(ShownStatus(shown), reason, code)

    assert words is not None
    assert cause in words.cause


def test_what_was_never_sent_has_no_words():
    assert badge_words(ShownStatus.CANCELLED, None) is None
