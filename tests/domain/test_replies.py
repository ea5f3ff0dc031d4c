import pytest

from app.domain.keywords import Keyword
from app.domain.replies import (
    Announced,
    ReceivedStatus,
    TaskKind,
    is_answered_by_twilio,
    is_full_number,
    is_told_on,
    is_toll_free,
    is_triggered,
    may_answer_automatically,
    may_confirm_stop,
    read_triggers,
    received_statuses,
)

LONG, TOLL_FREE, SHORT = "+15005550006", "+18335550006", "72345"
PERSON = "+12015550123"


@pytest.mark.parametrize(
    ("number", "is_full"),
    [(PERSON, True), ("+441632960001", True), ("72345", False), ("BANK", False), ("+123", False), ("+0123456789", False), ("", False)],
)
def test_a_person_has_a_full_number(number, is_full):
    assert is_full_number(number) is is_full


def test_toll_free_numbers_are_known_by_their_code():
    assert (is_toll_free(TOLL_FREE), is_toll_free(LONG), is_toll_free(SHORT)) == (True, False, False)


@pytest.mark.parametrize(
    ("body", "verdict", "ours", "is_answered"),
    [
        ("STOP", None, LONG, True),
        (" Stop\n", None, TOLL_FREE, True),
        ("STOP please", None, LONG, False),
        ("Unsubscribe", None, LONG, True),
        ("Unsubscribe", None, TOLL_FREE, False),
        ("Help", None, LONG, True),
        ("HILFE", None, LONG, False),
        ("Laat me met rust", "STOP", LONG, True),
        ("Thanks", "OTHER", LONG, False),
    ],
)
def test_twilio_answers_its_own_words_and_what_it_gave_a_verdict_on(body, verdict, ours, is_answered):
    assert is_answered_by_twilio(body, verdict, ours=ours) is is_answered


@pytest.mark.parametrize("keyword", list(Keyword))
def test_an_automatic_answer_follows_nothing_that_opts_in_or_out_or_might(keyword):
    assert may_answer_automatically(keyword, theirs=PERSON, is_answered=False) is (keyword in (Keyword.NONE, Keyword.HELP))
    assert not may_answer_automatically(keyword, theirs=PERSON, is_answered=True)
    assert not may_answer_automatically(keyword, theirs=SHORT, is_answered=False)


@pytest.mark.parametrize(
    ("keyword", "theirs", "ours", "is_answered", "may"),
    [
        (Keyword.STOP, PERSON, LONG, False, True),
        (Keyword.STOP, PERSON, TOLL_FREE, False, True),
        (Keyword.STOP, PERSON, LONG, True, False),
        (Keyword.STOP, PERSON, SHORT, False, False),
        (Keyword.STOP, SHORT, LONG, False, False),
        (Keyword.LIKELY_STOP, PERSON, LONG, False, False),
    ],
)
def test_a_stop_is_ours_to_confirm_only_where_nobody_else_does(keyword, theirs, ours, is_answered, may):
    assert may_confirm_stop(keyword, theirs=theirs, ours=ours, is_answered=is_answered) is may


def test_what_acts_by_itself_is_not_told_on():
    assert [keyword for keyword in Keyword if not is_told_on(keyword)] == [Keyword.STOP, Keyword.START]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Size, WHERE ; size", "size, where"), ("  ", ""), ("où?\nquelle taille", "ou, quelle taille"), (",,", "")],
)
def test_the_words_to_answer_are_kept_plain_and_once(typed, kept):
    assert read_triggers(typed) == kept


@pytest.mark.parametrize(
    ("body", "triggers", "fits"),
    [
        ("anything", "", True),
        ("", "", True),
        ("Size?", "size", True),
        ("sizes", "size", False),
        ("Où est-ce", "ou", True),
        ("quelle taille ?", "ou, quelle taille", True),
        ("quelle est la taille", "ou, quelle taille", False),
    ],
)
def test_a_text_is_answered_when_it_begins_with_one_of_the_words(body, triggers, fits):
    assert is_triggered(body, triggers) is fits


@pytest.mark.parametrize(
    ("keyword", "done", "shown"),
    [
        (Keyword.NONE, [], [ReceivedStatus.RECEIVED]),
        (Keyword.HELP, [TaskKind.ANNOUNCE_EMAIL], [ReceivedStatus.RECEIVED]),
        (Keyword.NONE, [TaskKind.FORWARD_TEXT], [ReceivedStatus.FORWARDED]),
        (Keyword.NONE, [TaskKind.AUTO_REPLY], [ReceivedStatus.REPLIED]),
        (Keyword.NONE, [TaskKind.AUTO_REPLY, TaskKind.FORWARD_EMAIL], [ReceivedStatus.FORWARDED, ReceivedStatus.REPLIED]),
        (Keyword.STOP, [TaskKind.FORWARD_EMAIL], [ReceivedStatus.STOP]),
    ],
)
def test_a_received_text_shows_what_was_done_about_it_and_a_stop_that_alone(keyword, done, shown):
    assert received_statuses(keyword, done) == shown


def test_everybody_hears_of_new_replies_as_they_chose():
    assert {each.value: [kind.value for kind in each.kinds] for each in Announced} == {
        "nothing": [],
        "email": ["announce_email"],
        "text": ["announce_text"],
        "both": ["announce_email", "announce_text"],
    }
