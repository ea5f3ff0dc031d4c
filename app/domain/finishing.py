"""When the last message of a send-out leaves: by the rate that is allowed, the hour from which each may go, and quiet hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from zoneinfo import ZoneInfo

from app.domain.quiet_hours import QuietHours

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Load:
    """Messages that may go from `due` on. `size` is in what the rate counts, `zone` where their people are."""

    due: datetime
    size: float
    zone: ZoneInfo


def last_leaves(loads: Sequence[Load], per_second: float, quiet: QuietHours | None = None) -> datetime | None:
    """When the last of them has left if they go one after the other as they become due; None where there is nothing to send.

    What comes into quiet hours waits for these to end, and lets others go before it meanwhile. Nobody looks further than a year.
    """
    ahead = [(load.due, place, load.size) for place, load in enumerate(loads) if load.size > 0]
    heapify(ahead)
    free: datetime | None = None
    while ahead and (free is None or free < max(load.due for load in loads) + FURTHEST):
        due, place, left = heappop(ahead)
        begins, zone = max(due, free or due), loads[place].zone
        asleep_until = quiet.quiet_until(begins, zone) if quiet else None
        if asleep_until is not None:
            heappush(ahead, (asleep_until, place, left))
            continue
        gone = min(left, (quiet.begins_after(begins, zone) - begins).total_seconds() * per_second) if quiet else left
        free = begins + min(FURTHEST, timedelta(seconds=gone / per_second))
        if gone < left:
            heappush(ahead, (free, place, left - gone))
    return free
