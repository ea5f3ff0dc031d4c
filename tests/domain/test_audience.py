"""Who is skipped, and for which of several reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audience import SKIP_FOR, WORDS, Candidate, SkipReason, skip_reason, skip_words
from app.domain.channels import Channel, CommunicationType
from app.domain.suppression import SuppressionReason, SuppressionScope

MARKETING, NON_MARKETING = CommunicationType.MARKETING, CommunicationType.NON_MARKETING
ALL, MARKETING_ONLY = SuppressionScope.ALL, SuppressionScope.MARKETING

entries = st.frozensets(st.tuples(st.sampled_from(SuppressionReason), st.sampled_from(SuppressionScope)), max_size=4)
candidates = st.builds(
    Candidate,
    channel=st.sampled_from(Channel),
    address=st.sampled_from([None, "", "ada@example.com"]),
    is_bad=st.booleans(),
    is_excluded=st.booleans(),
    duplicate_of=st.none() | st.just(7),
    suppressions=entries,
    has_text_consent=st.booleans(),
)


def an_email(**changes: object) -> Candidate:
    return Candidate(channel=Channel.EMAIL, address="ada@example.com", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (an_email(), None),
        (an_email(is_excluded=True, is_bad=True), SkipReason.EXCLUDED),
        (Candidate(channel=Channel.EMAIL, address=None, is_bad=True), SkipReason.NO_ADDRESS),
        (Candidate(channel=Channel.EMAIL, address=""), SkipReason.NO_ADDRESS),
        (an_email(is_bad=True, duplicate_of=3), SkipReason.BAD_ADDRESS),
        (an_email(duplicate_of=3), SkipReason.DUPLICATE),
        (an_email(suppressions=frozenset({(SuppressionReason.BAD_EMAIL, ALL)})), SkipReason.BAD_ADDRESS),
        (an_email(suppressions=frozenset({(SuppressionReason.MANUAL, ALL)})), SkipReason.UNSUBSCRIBED),
        (
            an_email(suppressions=frozenset({(SuppressionReason.BOUNCE, ALL), (SuppressionReason.COMPLAINT, ALL)})),
            SkipReason.COMPLAINED,
        ),
        (Candidate(channel=Channel.SMS, address="+15005550111"), SkipReason.NO_CONSENT),
        (Candidate(channel=Channel.SMS, address="+15005550111", has_text_consent=True), None),
    ],
)
def test_the_first_reason_against_a_marketing_message_is_the_one_kept(candidate, reason):
    assert skip_reason(candidate, MARKETING) is reason


def test_non_marketing_ignores_the_marketing_scope_and_needs_no_consent():
    candidate = Candidate(
        channel=Channel.SMS,
        address="+15005550111",
        suppressions=frozenset({(SuppressionReason.UNSUBSCRIBE, MARKETING_ONLY)}),
    )

    assert skip_reason(candidate, NON_MARKETING) is None
    assert skip_reason(candidate, MARKETING) is SkipReason.UNSUBSCRIBED


@given(st.sampled_from(SuppressionReason), st.sampled_from(CommunicationType))
def test_an_entry_of_scope_all_always_keeps_the_message_back(reason, communication_type):
    candidate = an_email(suppressions=frozenset({(reason, ALL)}))

    assert skip_reason(candidate, communication_type) is SKIP_FOR[reason]


@given(candidates)
def test_whoever_gets_no_non_marketing_message_gets_no_marketing_message(candidate):
    if skip_reason(candidate, NON_MARKETING) is not None:
        assert skip_reason(candidate, MARKETING) is not None


def test_every_reason_has_its_words_and_a_bad_number_its_own():
    assert set(WORDS) == set(SkipReason)
    assert skip_words(SkipReason.BAD_ADDRESS, Channel.EMAIL) == "Bad address on file"
    assert skip_words(SkipReason.BAD_ADDRESS, Channel.SMS) == "Bad number on file"
