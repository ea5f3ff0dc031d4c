from datetime import UTC, datetime, timedelta

import pytest

from app.domain.channels import Channel
from app.domain.doubt import LATER_SENDS, Evidence, Listening, Rules, listening_seconds, longest_silence, obstacles, settles_at
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
        (an_email(late_at=CLAIMED), RESEND, "comes late, last {at}", False),
        (an_email(listening=Listening(is_up=False)), RESEND, "no sign of life", False),
        (an_email(listening=Listening(back_at=CLAIMED + timedelta(seconds=1))), RESEND, "not reachable until {at}", False),
        (an_email(listening=Listening(missed_until=CLAIMED + timedelta(seconds=1))), RESEND, "given up telling us", True),
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


@pytest.mark.parametrize("instant", [CLAIMED - timedelta(seconds=1), CLAIMED])
def test_a_break_of_our_web_that_ended_before_the_hand_over_is_nothing_to_it(instant):
    evidence = an_email(listening=Listening(back_at=instant, missed_until=instant))

    assert obstacles(evidence, RESEND) == []
    assert settles_at(evidence, RESEND) == CLAIMED + timedelta(minutes=15)


def test_after_late_news_it_takes_a_third_of_the_window():
    assert settles_at(an_email(late_at=CLAIMED + timedelta(minutes=5)), RESEND) == CLAIMED + timedelta(minutes=15)
    assert settles_at(an_email(late_at=CLAIMED + timedelta(minutes=30)), RESEND) == CLAIMED + timedelta(minutes=35)


def test_after_a_break_it_takes_a_whole_window_and_no_longer_than_amazon_tries():
    evidence = an_email(listening=Listening(back_at=CLAIMED + timedelta(hours=30)))

    assert settles_at(evidence, RESEND) == CLAIMED + timedelta(hours=30, minutes=15)
    assert settles_at(evidence, Rules(86_400, resends=True)) == CLAIMED + timedelta(hours=31)


@pytest.mark.parametrize(("window", "silence", "listening"), [(900, 15.0, 900), (12, 4.0, 12), (86_400, 15.0, 3_600)])
def test_how_quiet_the_web_may_be_goes_by_the_window(window, silence, listening):
    assert (longest_silence(window), listening_seconds(window)) == (silence, listening)
