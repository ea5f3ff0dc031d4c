from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.finishing import FURTHEST, Load, last_leaves
from app.domain.quiet_hours import QuietHours

LONDON, NEW_YORK, SYDNEY = (ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Australia/Sydney"))
NIGHT = QuietHours(time(21), time(8))
START = datetime(2026, 12, 1, 18, tzinfo=UTC)

loads = st.lists(
    st.builds(
        Load,
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
        st.integers(0, 5_000),
        st.sampled_from([LONDON, NEW_YORK, SYDNEY]),
    ),
    max_size=5,
)


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def test_nothing_to_send_never_ends():
    assert last_leaves([], 10) is None
    assert last_leaves([Load(START, 0, LONDON)], 10) is None


def test_it_takes_as_long_as_the_rate_says():
    assert last_leaves([Load(START, 600, LONDON)], 10) == START + timedelta(minutes=1)


def test_what_is_due_later_goes_after_what_is_due_now():
    both = [Load(START + timedelta(hours=1), 60, LONDON), Load(START, 7_200, NEW_YORK)]

    assert last_leaves(both, 1) == START + timedelta(hours=2, minutes=1)


@pytest.mark.parametrize(
    ("size", "zone", "end"),
    [
        (3_600, LONDON, "2026-12-01T19:00"),
        (3 * 3_600, LONDON, "2026-12-01T21:00"),
        (4 * 3_600, LONDON, "2026-12-02T09:00"),  # the last hour of it waits for the morning
        (60, SYDNEY, "2026-12-01T21:01"),  # it is five in the morning there
        (60, NEW_YORK, "2026-12-01T18:01"),
    ],
)
def test_quiet_hours_are_waited_for(size, zone, end):
    assert last_leaves([Load(START, size, zone)], 1, NIGHT) == at(end)


def test_who_is_awake_goes_before_who_sleeps():
    assert last_leaves([Load(START, 3_600, SYDNEY), Load(START, 3_600, NEW_YORK)], 1, NIGHT) == at("2026-12-01T22:00")


def test_nobody_looks_further_than_a_year():
    assert last_leaves([Load(START, 10**9, LONDON)], 0.1) == START + FURTHEST
    at_night = last_leaves([Load(START, 10**9, LONDON)], 0.1, NIGHT)
    assert at_night is not None
    assert at_night < START + 2 * FURTHEST


@given(loads, st.floats(0.5, 100))
def test_without_quiet_hours_it_is_over_when_all_of_it_could_have_gone(given_loads, rate):
    end = last_leaves(given_loads, rate)

    real = [load for load in given_loads if load.size]
    whole = timedelta(seconds=sum(load.size for load in real) / rate)
    slack = timedelta(milliseconds=1)
    assert (end is None) == (not real)
    if end is not None:
        assert min(load.due for load in real) + whole - slack <= end <= max(load.due for load in real) + whole + slack


@given(loads, st.floats(0.5, 100))
def test_quiet_hours_never_make_it_end_sooner(given_loads, rate):
    end, with_quiet = last_leaves(given_loads, rate), last_leaves(given_loads, rate, NIGHT)

    assert (end is None) == (with_quiet is None)
    assert end is None or with_quiet is None or end <= with_quiet + timedelta(milliseconds=1)
