from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.local_time import instant_in, known_zones, place_of, zones_past


@pytest.mark.parametrize(
    ("wall_clock", "zone", "instant"),
    [
        ("2026-12-01T18:00", "America/New_York", "2026-12-01T23:00"),
        ("2026-12-01T18:00", "Asia/Kathmandu", "2026-12-01T12:15"),
        ("2026-12-01T18:00", "Pacific/Kiritimati", "2026-12-01T04:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30"),  # skipped: the clocks go from 2:00 to 3:00, it is 3:30
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),  # shown twice: the first time, in summer time
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45"),  # half an hour is shown twice there
    ],
)
def test_an_hour_by_the_clocks_of_a_zone_is_one_instant(wall_clock, zone, instant):
    assert instant_in(datetime.fromisoformat(wall_clock), ZoneInfo(zone)) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(sorted(known_zones())))  # noqa: DTZ001  wall clocks
def test_where_the_clocks_show_it_they_show_it_then_for_the_first_time(wall_clock, zone):
    instant = instant_in(wall_clock, ZoneInfo(zone))
    shown = instant.astimezone(ZoneInfo(zone))

    assert shown.replace(tzinfo=None) >= wall_clock
    assert shown.fold == 0


def test_it_is_past_an_hour_in_the_east_first():
    past = zones_past(datetime(2026, 12, 1, 18), datetime(2026, 12, 1, 18, tzinfo=UTC))  # noqa: DTZ001  a wall clock

    assert {"Asia/Tokyo", "Europe/Berlin", "Europe/London", "UTC"} <= past
    assert past.isdisjoint({"America/New_York", "Atlantic/Azores"})


def test_a_zone_is_named_by_its_place():
    assert [place_of(zone) for zone in ("America/New_York", "America/Argentina/Buenos_Aires", "UTC")] == ["New York", "Buenos Aires", "UTC"]
