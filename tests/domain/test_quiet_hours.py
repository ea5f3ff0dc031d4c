from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quiet_hours import PROPOSED_FROM, PROPOSED_UNTIL, QuietHours, zone_of

NIGHT = QuietHours(PROPOSED_FROM, PROPOSED_UNTIL)
ZONES = ["Europe/London", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
hours = st.builds(QuietHours, st.times(), st.times())


def at(words: str, zone: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-21T20:59", None),
        ("2026-11-21T21:00", "2026-11-22T08:00"),
        ("2026-11-21T23:59:59", "2026-11-22T08:00"),
        ("2026-11-22T00:00", "2026-11-22T08:00"),
        ("2026-11-22T07:59:59", "2026-11-22T08:00"),
        ("2026-11-22T08:00", None),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_night_ends_in_the_morning_of_whoever_it_is(local, until, zone):
    assert NIGHT.quiet_until(at(local, zone), ZoneInfo(zone)) == (until and at(until, zone))


def test_hours_within_a_day_end_on_it():
    noon = QuietHours(time(12), time(14))

    assert noon.quiet_until(at("2026-11-21T12:30", "UTC"), ZoneInfo("UTC")) == at("2026-11-21T14:00", "UTC")
    assert noon.quiet_until(at("2026-11-21T14:00", "UTC"), ZoneInfo("UTC")) is None


@given(st.times(), moments, zones)
def test_two_times_alike_are_never_quiet(alike, moment, zone):
    assert QuietHours(alike, alike).quiet_until(moment, zone) is None


@given(hours, moments, zones)
def test_it_is_quiet_until_it_ends_and_never_longer_than_a_day_and_a_change_of_clocks(quiet, moment, zone):
    until = quiet.quiet_until(moment, zone)

    assert (until is not None) is quiet.covers(moment.astimezone(zone).time())
    if until is not None:
        assert moment < until <= moment + timedelta(hours=26)
        assert quiet.quiet_until(until, zone) is None or until - moment < timedelta(hours=2)


def test_where_the_clocks_go_back_over_the_end_it_is_quiet_twice():
    until_half_past_one = QuietHours(time(22), time(1, 30))
    zone = ZoneInfo("America/New_York")

    first = until_half_past_one.quiet_until(datetime(2026, 11, 1, 5, 10, tzinfo=UTC), zone)  # 1:10, summer time
    second = until_half_past_one.quiet_until(datetime(2026, 11, 1, 6, 10, tzinfo=UTC), zone)  # 1:10 once more

    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert second == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@given(hours, moments, zones)
def test_it_becomes_quiet_at_its_hour_and_not_before(quiet, moment, zone):
    begins = quiet.begins_after(moment, zone)

    assert timedelta(0) < begins - moment < timedelta(hours=26)
    local = begins.astimezone(zone)
    assert local.time() == quiet.begins or datetime.combine(local.date(), quiet.begins, zone).astimezone(UTC) == begins  # an hour skipped


@pytest.mark.parametrize(
    ("own", "number", "expected"),
    [
        ("Asia/Tokyo", "+14155550123", "Asia/Tokyo"),
        (None, "+14155550123", "America/Los_Angeles"),
        (None, "+447911123456", "Europe/Guernsey"),  # the first of those who share it, with London its clock
        (None, "+15005550006", "America/New_York"),
        ("Mars/Base", "+14155550123", "America/Los_Angeles"),
    ],
)
def test_a_person_is_where_their_page_says_or_else_their_number(own, number, expected):
    assert zone_of(own, number, "America/New_York").key == expected
