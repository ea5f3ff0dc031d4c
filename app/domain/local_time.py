"""One hour of the day for everybody, by the clock of each: which instant that is where somebody lives."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class LateChoice(StrEnum):
    """What those get whose hour had passed already when a send-out was scheduled."""

    NOW = "now"
    SKIP = "skip"


def instant_in(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks of a zone show this.

    An hour that they skip in spring comes as long after the change as it is after the hour that was skipped (2:30 is 3:30);
    one that they show twice in autumn is the first of the two.
    """
    return wall_clock.replace(tzinfo=zone, fold=0).astimezone(UTC)


def zones_past(wall_clock: datetime, moment: datetime) -> frozenset[str]:
    """Where the clocks have shown it by this moment."""
    return frozenset(zone for zone in known_zones() if instant_in(wall_clock, ZoneInfo(zone)) <= moment)


def place_of(zone: str) -> str:
    """A zone for people: "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def known_zones() -> frozenset[str]:
    """Every zone that somebody may live in."""
    return frozenset(available_timezones())
