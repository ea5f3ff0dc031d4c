"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands; only BAD keeps an installation from working as it should."""

    FINE = "fine"
    ADVICE = "advice"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: about what, how it stands, what to do. `cure` puts it right, and raises CannotAsk when it cannot."""

    about: str
    state: State
    words: str
    todo: str = ""
    cure: Callable[[], object] | None = None


def fine(about: str, words: str) -> Finding:
    """Nothing to do."""
    return Finding(about, State.FINE, words)


def bad(about: str, words: str, todo: str, cure: Callable[[], object] | None = None) -> Finding:
    """Somebody has to do something."""
    return Finding(about, State.BAD, words, todo, cure)


def advice(about: str, words: str, todo: str) -> Finding:
    """It works, and could be better."""
    return Finding(about, State.ADVICE, words, todo)


def skipped(about: str, words: str) -> Finding:
    """Not looked at, and why."""
    return Finding(about, State.SKIPPED, words)
