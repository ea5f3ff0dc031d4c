"""What can go wrong on purpose: with a call, with its answer, and with the callbacks that follow.

One set of faults for each provider, all off at the start, changed by `--disorder` and live through the control API.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from random import Random

from simulator import clock


class CallFault(StrEnum):
    """What befalls one API call; those after accepting leave the caller in doubt."""

    NONE = "none"
    THROTTLE = "throttle"
    ERROR_5XX = "error5xx"
    ERROR_5XX_AFTER_ACCEPT = "error5xx_after_accept"
    RESET_BEFORE_ACCEPT = "reset_before_accept"
    RESET_AFTER_ACCEPT = "reset_after_accept"
    HANG_AFTER_ACCEPT = "hang_after_accept"


@dataclass
class Knobs:
    """Shares are chances from 0 to 1 for each call or callback; `*_seconds` and latency are seconds; the last five are on or off."""

    latency: float = 0.0
    throttle: float = 0.0
    throttle_seconds: float = 0.0  # counted from the moment it is set; every call is throttled until then
    error5xx: float = 0.0
    error5xx_after_accept: float = 0.0
    reset_before_accept: float = 0.0
    reset_after_accept: float = 0.0
    hang_after_accept: float = 0.0
    hang_seconds: float = 30.0
    entry_failure: float = 0.0  # a SendBulkEmail entry answered TRANSIENT_FAILURE
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_seconds: float = 2.0
    late: float = 0.0
    late_seconds: float = 30.0
    missing: float = 0.0
    early: float = 0.0  # the first callbacks arrive before the call is answered
    early_seconds: float = 0.5
    daily_quota_spent: bool = False
    credentials_revoked: bool = False
    account_paused: bool = False
    account_suspended: bool = False
    sender_unverified: bool = False


FAULT_NAMES = frozenset(each.name for each in fields(Knobs))
_SWITCHES = frozenset(each.name for each in fields(Knobs) if isinstance(each.default, bool))


class UnknownFault(Exception):
    """A fault by a name or with a value that does not exist."""


class Faults:
    """The knobs of one provider and the dice that they load."""

    def __init__(self, seed: str) -> None:
        self.knobs = Knobs()
        self._random = Random(seed)
        self._throttled_until = 0.0

    def change(self, wanted: Mapping[str, object]) -> None:
        """Turn the named knobs, all or none; raises UnknownFault on a name or a value that makes no sense."""
        checked = {name: _checked(name, value) for name, value in wanted.items()}
        for name, value in checked.items():
            setattr(self.knobs, name, value)
        if "throttle_seconds" in checked:
            self._throttled_until = clock.now() + self.knobs.throttle_seconds

    def clear(self, latency: float = 0.0) -> None:
        self.knobs = Knobs(latency=latency)
        self._throttled_until = 0.0

    def shown(self) -> dict[str, object]:
        return asdict(self.knobs)

    def strikes(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def of_call(self) -> CallFault:
        """Draw what befalls the next call."""
        if clock.now() < self._throttled_until:
            return CallFault.THROTTLE
        for fault in list(CallFault)[1:]:
            if self.strikes(getattr(self.knobs, fault.value)):
                return fault
        return CallFault.NONE

    def of_callback(self) -> list[float]:
        """Draw the waits, in seconds, after which copies of the next callback leave: none when it goes missing, two when doubled."""
        knobs = self.knobs
        if self.strikes(knobs.missing):
            return []
        wait = knobs.late_seconds if self.strikes(knobs.late) else 0.0
        if self.strikes(knobs.reorder):
            wait += self._random.uniform(0, knobs.reorder_seconds)
        copies = [wait]
        if self.strikes(knobs.duplicate):
            copies.append(wait + self._random.uniform(0, knobs.reorder_seconds))
        return copies


def _checked(name: str, value: object) -> float | bool:
    if name not in FAULT_NAMES:
        raise UnknownFault(f"no such fault: {name}")
    if isinstance(value, bool):
        return value if name in _SWITCHES else float(value)
    if not isinstance(value, int | float) or value < 0:
        raise UnknownFault(f"{name} takes a number from 0 up, or true and false")
    return bool(value) if name in _SWITCHES else float(value)
