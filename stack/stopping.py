"""A wish to stop, noticed between two steps instead of in the middle of one."""

import os
import select
import signal
import sys
from types import FrameType


class StopAsked:
    """Becomes true at the first SIGINT, SIGTERM or SIGHUP, or at the end of stdin if that is followed."""

    def __init__(self, *, follows_stdin: bool = False) -> None:
        self._is_asked = False
        self._inputs = [sys.stdin] if follows_stdin else []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def within(self, seconds: float) -> bool:
        """Wait at most so long; True once a stop was asked for."""
        readable, _, _ = select.select(self._inputs, [], [], 0 if self._is_asked else seconds)
        self._is_asked |= bool(readable) and not os.read(sys.stdin.fileno(), 1024)
        return self._is_asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
