from datetime import UTC, datetime, timedelta

import pytest

from app.domain.channels import Channel
from app.domain.doubt import LATER_SENDS, Evidence, Rules, obstacles, settles_at
from app.domain.sendout_state import SendoutState

CLAIMED = datetime(2026, 11, 21, 12, tzinfo=UTC)
RESEND, ASK = Rules(900, resends=True), Rules(900, resends=False)


def an_email(**values):
    return Evidence(Channel.EMAIL, SendoutState.RUNNING, CLAIMED, **({"later_sends": LATER_SENDS} | values))


def a_text(**values):
    return Evidence(Channel.SMS, SendoutState.RUNNING, CLAIMED, **values)


def test_an_email_with_all_evidence_is_settled_when_its_window_ends():
    assert obstacles(an_email(), RESEND) == []
    assert settles_at(an_email(), RESEND) == CLAIMED + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("evidence", "rules", "said", "is_final"),
    [
        (an_email(later_sends=3), RESEND, "confirmed 3 of the", False),
        (an_email(waiting_receipts=1_204), RESEND, "1,204 pieces of news", False),
        (an_email(trouble_at=CLAIMED), RESEND, "tells us again", False),
        (an_email(trouble_at=CLAIMED, is_trouble_lasting=True), RESEND, "turn news", True),
        (an_email(), ASK, "set to ask", True),
        (a_text(), ASK, "set to ask", True),
        (a_text(), RESEND, "From {at} on we look", False),
        (a_text(looked_at=CLAIMED + timedelta(minutes=15)), RESEND, "once more", False),
        (a_text(looked_at=CLAIMED + timedelta(minutes=26)), RESEND, "may be this one or another", True),
    ],
)
def test_each_missing_condition_is_named(evidence, rules, said, is_final):
    missing = obstacles(evidence, rules)

    assert said in missing[0].words
    assert missing[0].is_final is is_final


@pytest.mark.parametrize("state", [SendoutState.PAUSED, SendoutState.HELD])
def test_what_stands_still_says_so_first(state):
    evidence = Evidence(Channel.EMAIL, state, CLAIMED, later_sends=LATER_SENDS)

    assert [each.words.split(".")[0] for each in obstacles(evidence, RESEND)] == ["The send-out stands still"]


def test_a_text_needs_two_looks_ten_minutes_apart():
    looked_at = CLAIMED + timedelta(minutes=16)

    assert settles_at(a_text(), RESEND) == CLAIMED + timedelta(minutes=25)
    assert settles_at(a_text(looked_at=looked_at), RESEND) == looked_at + timedelta(minutes=10)
