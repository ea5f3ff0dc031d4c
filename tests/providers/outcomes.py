"""What word an outcome is."""

from app.providers.base import Outcome, Throttled


def word(outcome: Outcome) -> object:
    """The outcome's class, or "hold" where waiting by itself does not help."""
    return "hold" if isinstance(outcome, Throttled) and outcome.hold else type(outcome)
