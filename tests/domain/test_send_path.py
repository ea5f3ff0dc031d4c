from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.send_path import LONGEST_BELIEVED, Pace, SendPath, Turn, is_held_back, tried_again, turn_after

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD_BACK = Pace(seconds=10, accepted=250, throttled=5)
paces = st.builds(
    Pace, st.floats(0, 60, allow_nan=False), st.integers(min_value=0, max_value=100_000), st.integers(min_value=0, max_value=500)
)
rates = st.none() | st.floats(0.1, 10_000)


@pytest.mark.parametrize(
    ("pace", "allowed", "expected"),
    [
        (HELD_BACK, 1_000.0, True),
        (HELD_BACK, None, True),
        (HELD_BACK, 40.0, False),  # 25 a second of 40: a limit of people does the same
        (Pace(10, 250, 2), 1_000.0, False),
        (Pace(4, 100, 9), 1_000.0, False),
        (Pace(10, 0, 9), 1_000.0, False),  # nothing at all goes through
    ],
)
def test_bulk_calls_are_held_back_when_throttled_again_and_again_well_below_the_rate(pace, allowed, expected):
    assert is_held_back(pace, allowed) is expected


def test_bulk_calls_that_are_held_back_give_way_for_an_hour_and_twice_as_long_each_time():
    turn, hours, at = Turn(), [], NOON
    for _ in range(6):
        turn = turn_after(turn, HELD_BACK, 1_000.0, at)
        assert turn.until is not None
        hours.append((turn.until - at) / HOUR)
        at = turn.until
        turn = tried_again(turn, at)

    assert hours == [1, 2, 4, 8, 12, 12]
    assert (turn.path, turn.until, turn.moves) == (SendPath.BULK, None, 12)


def test_the_turn_says_what_was_seen():
    turn = turn_after(Turn(), HELD_BACK, 1_000.0, NOON)

    assert turn == Turn(SendPath.SINGLE, NOON, NOON + HOUR, 1, bulk_per_second=25.0, allowed_per_second=1_000.0, moves=1)


def test_after_a_day_of_going_well_it_is_found_as_for_the_first_time():
    long_ago = Turn(SendPath.BULK, NOON - timedelta(days=2), None, finds=4, moves=8)

    assert turn_after(long_ago, HELD_BACK, 1_000.0, NOON).until == NOON + HOUR


def test_single_messages_that_fare_no_better_give_way_and_bulk_calls_are_then_believed_for_a_while():
    single = turn_after(Turn(), HELD_BACK, 1_000.0, NOON)

    back = turn_after(single, Pace(10, 200, 5), 1_000.0, NOON + timedelta(minutes=1))

    assert (back.path, back.until) == (SendPath.BULK, NOON + timedelta(minutes=61))
    assert turn_after(back, HELD_BACK, 1_000.0, NOON + timedelta(minutes=30)) is back
    assert turn_after(back, HELD_BACK, 1_000.0, NOON + timedelta(minutes=62)).path is SendPath.SINGLE


def test_single_messages_that_fare_better_stay():
    single = turn_after(Turn(), HELD_BACK, 1_000.0, NOON)

    assert turn_after(single, Pace(10, 400, 5), 1_000.0, NOON) is single


def test_bulk_calls_are_not_tried_again_too_soon():
    single = turn_after(Turn(), HELD_BACK, 1_000.0, NOON)

    assert tried_again(single, NOON + timedelta(minutes=59)) is single
    assert tried_again(Turn(), NOON) == Turn()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the rule
@given(st.lists(st.tuples(paces, rates, st.timedeltas(timedelta(0), timedelta(days=2))), max_size=12))
def test_whatever_is_seen_every_change_is_counted_and_none_lasts_longer_than_half_a_day(seen):
    turn, at = Turn(), NOON
    for pace, allowed, passed in seen:
        at += passed
        for following in (tried_again(turn, at), turn_after(tried_again(turn, at), pace, allowed, at)):
            assert following.moves - turn.moves in (0, 1, 2)
            assert following.until is None or following is turn or following.until - at <= LONGEST_BELIEVED
            assert (following.moves != turn.moves) or following is turn
        turn = following
