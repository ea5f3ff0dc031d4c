"""Quiet hours: when no text may reach somebody, by the clock where they are."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.addresses import time_zones_of
from app.domain.local_time import known_zones


class QuietChoice(StrEnum):
    """What becomes of a send-out's texts that come into quiet hours."""

    WAIT = "wait"
    EXPIRE = "expire"


PROPOSED_FROM = time(21)  # what the rules of most countries on advertising by phone come to
PROPOSED_UNTIL = time(8)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day until another, over midnight where the second is the earlier; two of the same are no hours at all."""

    begins: time
    ends: time

    def covers(self, local: time) -> bool:
        """Whether it is quiet at this time of the day."""
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def quiet_until(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When it ends for somebody in this zone for whom it is quiet at this moment; None when it is not quiet."""
        local = moment.astimezone(zone)
        if not self.covers(local.time()):
            return None
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        end = datetime.combine(day, self.ends, zone)
        if end <= moment:  # the clocks go back over the end: it is quiet again until its second time
            end = end.replace(fold=1)
        return end.astimezone(moment.tzinfo)

    def begins_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When it next becomes quiet for somebody in this zone, later than this moment."""
        day = moment.astimezone(zone).date()
        days = (datetime.combine(day + timedelta(days=ahead), self.begins, zone) for ahead in range(3))
        starts = (each.replace(fold=fold).astimezone(moment.tzinfo) for each in days for fold in (0, 1))
        return next(start for start in starts if start > moment)


def zone_of(own: str | None, number: str, organisation: str) -> ZoneInfo:
    """Where somebody is: the zone on their page, else what their number says, else where the organisation is.

    A number that fits the organisation's zone among others says nothing.
    """
    known = known_zones()
    if own in known:
        return ZoneInfo(own)
    likely = [zone for zone in time_zones_of(number) if zone in known]
    return ZoneInfo(organisation if organisation in likely or not likely else likely[0])
