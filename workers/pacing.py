"""Which path e-mail takes in this process: looked up now and then, and changed by what the calls teach."""

import time
from collections.abc import Sequence

import structlog

from app.domain.send_path import Pace, SendPath, Turn, tried_again, turn_after
from app.extensions import db
from app.lib.clock import now
from app.messages.send_path import is_left_to_us, move, note_call, turn_now
from app.providers.base import Accepted, Outcome, Throttled

LOOK_AGAIN_SECONDS = 1.0
CALM_SECONDS = 0.5  # for so long nobody is asked again whether others were throttled; what goes well meanwhile is not counted

log = structlog.get_logger(__name__)


class MailPath:
    """The path of this slot's next call. Other workers' moves are seen within a second."""

    def __init__(self) -> None:
        self._turn = Turn()
        self._looked_at = self._calm_at = float("-inf")

    @property
    def current(self) -> SendPath:
        """Bulk calls, or one by one."""
        return self._turn.path

    def look(self) -> None:
        """See what others have found, and try bulk calls again when it is time to. Commits what it changes."""
        if time.monotonic() - self._looked_at > LOOK_AGAIN_SECONDS:
            self._look()

    def learn(self, path: SendPath, outcomes: Sequence[Outcome], allowed_per_second: float | None) -> None:
        """Take one call's answers as evidence, and change over where it is enough. Raises RedisError; commits what it changes."""
        if not is_left_to_us():
            return
        accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes)
        is_throttled = _is_throttled(path, outcomes)
        if not is_throttled and time.monotonic() - self._calm_at < CALM_SECONDS:
            return
        pace = note_call(path, accepted, is_throttled=is_throttled)
        self._calm_at = time.monotonic() if pace is None else float("-inf")
        if pace is None or not is_throttled:
            return
        self._look()
        seen = self._turn
        if seen.path is not path:  # what was in another's hands when it changed over says nothing of the new path
            return
        if (turn := turn_after(seen, pace, allowed_per_second, now())) is not seen:
            self._change(turn, pace)

    def _look(self) -> None:
        seen = self._turn = turn_now()  # another lane may see another one before we are through
        db.session.commit()
        self._looked_at = time.monotonic()
        if is_left_to_us() and (turn := tried_again(seen, now())) is not seen:
            self._change(turn, None)

    def _change(self, turn: Turn, pace: Pace | None) -> None:
        if move(turn):
            log.warning(_why(turn, pace), until=str(turn.until), **_figures(pace))
        db.session.commit()
        self._turn = turn_now()
        db.session.commit()


def _is_throttled(path: SendPath, outcomes: Sequence[Outcome]) -> bool:
    """Whether the call was told that it came too fast. A bulk call of which some went through met the limit of people, not of calls."""
    if path is SendPath.BULK and any(isinstance(outcome, Accepted) for outcome in outcomes):
        return False
    return any(isinstance(outcome, Throttled) and outcome.is_too_fast for outcome in outcomes)


def _why(turn: Turn, pace: Pace | None) -> str:
    if turn.path is SendPath.SINGLE:
        return "bulk calls are throttled below the account's rate: e-mail goes one by one"
    return "bulk calls are tried again" if pace is None else "one by one fared no better: e-mail goes by bulk calls again"


def _figures(pace: Pace | None) -> dict[str, float]:
    return {} if pace is None else {"per_second": round(pace.per_second, 1), "throttled": pace.throttled}
