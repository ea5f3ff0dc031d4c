from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.contact_cap import ContactCap

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

caps = st.builds(ContactCap, st.integers(1, 20), st.integers(1, 60))
times = st.lists(st.integers(0, 90 * 24).map(lambda hours: NOW - timedelta(hours=hours)), max_size=30)


def test_the_last_of_so_many_in_so_many_days_is_the_last():
    cap = ContactCap(2, 7)
    yesterday, last_week = NOW - timedelta(days=1), NOW - timedelta(days=7)

    assert not cap.is_reached([], NOW)
    assert not cap.is_reached([yesterday, last_week], NOW)
    assert cap.is_reached([yesterday, yesterday], NOW)


@given(caps, times)
def test_whoever_is_written_to_only_while_it_is_not_reached_never_gets_more(cap, wanted):
    had: list[datetime] = []
    for moment in sorted(wanted):
        if not cap.is_reached(had, moment):
            had.append(moment)

    for moment in had:
        assert sum(moment - timedelta(days=cap.days) < each <= moment for each in had) <= cap.messages


@given(caps, times, times)
def test_more_that_was_had_never_opens_it_again(cap, had, more):
    assert not cap.is_reached(had, NOW) or cap.is_reached(had + more, NOW)
