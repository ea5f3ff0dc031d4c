"""What may be done with a send-out, and what its chip says."""

import pytest

from app.domain.sendout_state import (
    WORDS,
    SendoutState,
    ShownState,
    Verb,
    after,
    allows,
    count_sentence,
    shown_state,
)

JOURNEYS = [
    ([Verb.EDIT, Verb.LAUNCH, Verb.START], SendoutState.RUNNING),
    ([Verb.SCHEDULE, Verb.UNSCHEDULE, Verb.EDIT], SendoutState.DRAFT),
    ([Verb.SCHEDULE, Verb.HOLD, Verb.RESUME, Verb.START], SendoutState.RUNNING),
    ([Verb.SCHEDULE, Verb.HOLD, Verb.UNSCHEDULE, Verb.EDIT], SendoutState.DRAFT),
    ([Verb.LAUNCH, Verb.START, Verb.PAUSE, Verb.RESUME], SendoutState.RUNNING),
    ([Verb.LAUNCH, Verb.START, Verb.PAUSE, Verb.CANCEL], SendoutState.CANCELLED),
    ([Verb.LAUNCH, Verb.CANCEL], SendoutState.CANCELLED),
]


@pytest.mark.parametrize(("verbs", "end"), JOURNEYS)
def test_a_draft_travels_through_its_verbs_to_the_expected_state(verbs, end):
    state = SendoutState.DRAFT
    for verb in verbs:
        assert allows(state, verb)
        state = after(state, verb)

    assert state is end


@pytest.mark.parametrize("state", [state for state in SendoutState if state is not SendoutState.DRAFT])
def test_only_a_draft_may_be_edited(state):
    assert not allows(state, Verb.EDIT)


@pytest.mark.parametrize("verb", list(Verb))
def test_a_cancelled_send_out_allows_nothing(verb):
    assert not allows(SendoutState.CANCELLED, verb)
    with pytest.raises(KeyError):
        after(SendoutState.CANCELLED, verb)


@pytest.mark.parametrize(
    ("accepted", "delivered", "audience", "unfinished", "shown"),
    [
        (0, 0, 0, 0, ShownState.SENDING),
        (0, 0, 12, 12, ShownState.SENDING),
        (0, 0, 12, 0, ShownState.FINISHED),
        (3, 0, 12, 9, ShownState.SENT),
        (3, 1, 12, 9, ShownState.DELIVERED),
    ],
)
def test_a_running_send_out_shows_what_its_rows_have_reached(accepted, delivered, audience, unfinished, shown):
    running = SendoutState.RUNNING

    assert shown_state(running, accepted=accepted, delivered=delivered, audience=audience, unfinished=unfinished) is shown


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (SendoutState.DRAFT, ShownState.DRAFT),
        (SendoutState.SCHEDULED, ShownState.SCHEDULED),
        (SendoutState.LAUNCHING, ShownState.SENDING),
        (SendoutState.PAUSED, ShownState.PAUSED),
        (SendoutState.HELD, ShownState.HELD),
        (SendoutState.CANCELLED, ShownState.CANCELLED),
    ],
)
def test_any_other_state_is_shown_whatever_the_rows_say(state, shown):
    assert shown_state(state, accepted=5, delivered=4, audience=9, unfinished=4) is shown


@pytest.mark.parametrize(
    ("shown", "finished", "sentence"),
    [
        (ShownState.DRAFT, False, "Draft · 4,812 people"),
        (ShownState.SCHEDULED, False, "Scheduled · 4,812 people"),
        (ShownState.SENDING, False, "Sending… · 1,301 of 4,812 so far"),
        (ShownState.SENT, False, "Sent · 1,301 of 4,812 so far"),
        (ShownState.DELIVERED, False, "Delivered · 1,204 of 4,812 so far"),
        (ShownState.DELIVERED, True, "Delivered · 1,204 of 4,812 · Finished"),
        (ShownState.FINISHED, True, "Finished · 1,301 of 4,812 sent"),
        (ShownState.PAUSED, False, "Paused · 1,301 of 4,812 sent"),
        (ShownState.CANCELLED, True, "Cancelled · 1,301 of 4,812 sent"),
    ],
)
def test_the_chip_says_its_count(shown, finished, sentence):
    assert count_sentence(shown, 1204, 1301, 4812, finished) == sentence


def test_one_person_is_no_people():
    assert count_sentence(ShownState.DRAFT, 0, 0, 1, False) == "Draft · 1 person"  # noqa: FBT003


def test_every_shown_state_has_a_word():
    assert set(WORDS) == set(ShownState)
