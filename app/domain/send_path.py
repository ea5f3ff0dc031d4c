"""Whether e-mail goes in calls of many people or one by one: what throttled calls prove, and for how long that is believed.

Whether an account may make the call of many people more than once a second is documented nowhere, so it is found out by trying.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WELL_BELOW = 0.5  # of what the account may: so little goes through only where the calls are counted, and not the people
FEWEST_THROTTLED = 3  # calls: one or two are anybody's bad second
SHORTEST_SECONDS = 5.0
FIRST_BELIEVED = timedelta(hours=1)  # then twice as long each time that it is found again
LONGEST_BELIEVED = timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(days=1)  # of going well: then it counts as found for the first time


class SendPath(StrEnum):
    """How e-mail is handed over."""

    BULK = "bulk"  # up to 50 people a call
    SINGLE = "single"  # one call a person


@dataclass(frozen=True, slots=True)
class Pace:
    """How one path fared since it was first told to slow down: people accepted, and calls throttled."""

    seconds: float
    accepted: int
    throttled: int

    @property
    def per_second(self) -> float:
        """People a second."""
        return self.accepted / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is. `until` None: for as long as it goes well; a path that was left is not tried again before then.

    `finds` counts how often in a row bulk calls were found held back, `bulk_per_second` what they got through, `moves` all changes.
    """

    path: SendPath = SendPath.BULK
    since: datetime | None = None
    until: datetime | None = None
    finds: int = 0
    bulk_per_second: float | None = None
    allowed_per_second: float | None = None
    moves: int = 0


def is_held_back(pace: Pace, allowed_per_second: float | None) -> bool:
    """Whether calls are throttled again and again although far fewer people go through than the account may have.

    Some must go through: an account that takes nothing at all is slow by whichever path.
    """
    if pace.throttled < FEWEST_THROTTLED or pace.seconds < SHORTEST_SECONDS or not pace.accepted:
        return False
    return allowed_per_second is None or pace.per_second < WELL_BELOW * allowed_per_second


def turn_after(turn: Turn, pace: Pace, allowed_per_second: float | None, at: datetime) -> Turn:
    """The turn once a call of this path was throttled: the same, or the other path's.

    Bulk calls that are held back give way; single ones that fare no better give way in turn, for they cost us more.
    """
    if not is_held_back(pace, allowed_per_second):
        return turn
    if turn.path is SendPath.BULK:
        return turn if turn.until is not None and at < turn.until else _single(turn, pace, allowed_per_second, at)
    if pace.per_second > (turn.bulk_per_second or 0.0):
        return turn
    return Turn(SendPath.BULK, at, at + _believed(turn.finds), turn.finds, moves=turn.moves + 1)


def tried_again(turn: Turn, at: datetime) -> Turn:
    """The turn as time goes by: after single messages for long enough, bulk calls are tried again."""
    if turn.path is SendPath.BULK or turn.until is None or at < turn.until:
        return turn
    return Turn(SendPath.BULK, at, None, turn.finds, moves=turn.moves + 1)


def _single(turn: Turn, pace: Pace, allowed_per_second: float | None, at: datetime) -> Turn:
    is_news = turn.since is None or at - turn.since > FORGOTTEN_AFTER
    finds = 1 if is_news else turn.finds + 1
    return Turn(SendPath.SINGLE, at, at + _believed(finds), finds, pace.per_second, allowed_per_second, turn.moves + 1)


def _believed(finds: int) -> timedelta:
    return min(LONGEST_BELIEVED, FIRST_BELIEVED * (1 << min(10, max(0, finds - 1))))
