"""How each fault is done to an installation. What ends by itself says so, with the seconds after which it does."""

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from time import monotonic
from typing import Any

import psutil

from tests.chaos.installation import SETTLE_SECONDS, Installation, frozen
from tests.chaos.plan import Fault
from tests.processes import children_of

SHORT, LONG = 0.3, 2.0  # seconds for which something is gone
CLOCK_JUMPS = (75.0, 3_700.0, 90_000.0)
LATE_SECONDS = 4.0  # longer than it takes to hear of twenty later e-mails
SCHEDULES = ("schedule", "schedule2")


@dataclass(frozen=True)
class End:
    """What ends a fault, and after how many seconds."""

    after: float
    do: Callable[[], None]


def kill_some(installation: Installation, dice: Random, *, workers: bool, horses: bool) -> list[End]:
    """A worker's fork, the worker above it, or both; a random one that has a job, and now and then all of them."""
    busy = [each for each in installation.workers if children_of(each)]
    for worker in busy if dice.random() < 0.3 else _one(busy, dice):
        forked = children_of(worker)
        _send(signal.SIGKILL, [*([worker] if workers else []), *(forked if horses else [])])
    return []


def kill_line(installation: Installation, _dice: Random) -> list[End]:
    installation.lines["worker"].kill()
    return []


def drain_line(installation: Installation, dice: Random) -> list[End]:
    """Told to stop, as at a new version; started again when it has ended."""
    line = installation.lines[dice.choice(("worker", "worker", "urgent"))]
    if line.child.exit_code is None:
        _send(signal.SIGTERM, [line.process])
    return []


def drain_worker(installation: Installation, dice: Random) -> list[End]:
    _send(signal.SIGTERM, _one(installation.workers, dice))
    return []


def kill_schedule(installation: Installation, dice: Random) -> list[End]:
    for name in SCHEDULES if dice.random() < 0.3 else (dice.choice(SCHEDULES),):
        installation.lines[name].kill()
    return []


def freeze_schedule(installation: Installation, dice: Random) -> list[End]:
    """It may hold a lock, or be about to ask for a job; the other one goes on, and then both do."""
    line = installation.lines[dice.choice(SCHEDULES)]
    if line.child.exit_code is not None:
        return []
    process = line.process
    frozen(process)
    return [End(dice.uniform(SHORT, LONG), partial(_send, signal.SIGCONT, [process]))]


def kill_web(installation: Installation, dice: Random) -> list[End]:
    line = installation.lines["web"]
    line.kill()
    line.down_until = max(line.down_until, monotonic() + dice.uniform(0, 1))
    return []


def kill_web_worker(installation: Installation, dice: Random) -> list[End]:
    line = installation.lines["web"]
    if line.child.exit_code is None:
        _send(signal.SIGKILL, _one(children_of(line.process), dice))
    return []


def no_web(installation: Installation, dice: Random) -> list[End]:
    """A job dies, and what Amazon says of its e-mails is late, not that of all later ones; before it comes nobody is there to hear it."""
    installation.provider.turn({"late": 0.5, "late_seconds": LATE_SECONDS}, "ses")
    kill_some(installation, dice, workers=False, horses=True)
    return [End(dice.uniform(0.5, 0.9) * LATE_SECONDS, partial(_take_web_away, installation, SETTLE_SECONDS * dice.uniform(1.2, 1.4)))]


def flush_redis(installation: Installation, _dice: Random) -> list[End]:
    with suppress(Exception):  # it may be gone already
        installation.servers.flush_redis()
    return []


def end_server(installation: Installation, dice: Random, *, name: str, with_signal: signal.Signals, is_gone: bool) -> list[End]:
    """End PostgreSQL or Redis without a word to anybody; it comes back at once, or after a while."""
    line = installation.lines[name]
    if line.child.exit_code is None:
        line.down_until = monotonic() + (dice.uniform(SHORT, LONG) if is_gone else 0.0)
        os.kill(line.child.pid, with_signal)
    return []


def cut_sessions(installation: Installation, dice: Random) -> list[End]:
    """Once or several times shortly after another, so that some are in the middle of a transaction."""
    cuts = [End(number * dice.uniform(0.02, 0.2), partial(_cut, installation)) for number in range(dice.randint(1, 4))]
    _cut(installation)
    return cuts


def turn(installation: Installation, dice: Random, *, knobs: Mapping[str, Any], seconds: tuple[float, float]) -> list[End]:
    """Turn knobs of one provider or both, and back after a while."""
    only = dice.choice(("ses", "twilio", ""))
    installation.provider.turn(dict(knobs), only)
    calm = {name: False if value is True else 0 for name, value in knobs.items() if not name.endswith("_seconds")}
    return [End(dice.uniform(*seconds), partial(installation.provider.turn, calm, only))]


def throttle(installation: Installation, dice: Random) -> list[End]:
    """It ends by itself."""
    installation.provider.turn({"throttle_seconds": dice.uniform(0.5, 3)}, dice.choice(("ses", "twilio", "")))
    return []


def move_clock(installation: Installation, dice: Random, *, direction: int) -> list[End]:
    """One process's clock, or that of all of them; put right again after a while, which is the opposite jump."""
    everybody = ["web", "worker", "urgent", *SCHEDULES]
    names = everybody if dice.random() < 0.3 else [dice.choice(everybody)]
    installation.move_clock(names, direction * dice.choice(CLOCK_JUMPS))
    return [End(dice.uniform(1, 5), partial(installation.move_clock, names, 0.0))]


BRIEF = (0.5, 2.0)
_SHARES: Mapping[Fault, tuple[dict[str, Any], tuple[float, float]]] = {
    Fault.HANG: ({"hang_after_accept": 0.4, "hang_seconds": 25}, (0.5, 1.0)),
    Fault.RESET_AFTER: ({"reset_after_accept": 0.5}, BRIEF),
    Fault.RESET_BEFORE: ({"reset_before_accept": 0.5}, BRIEF),
    Fault.BROKEN: ({"error5xx": 0.5}, BRIEF),
    Fault.BROKEN_AFTER: ({"error5xx_after_accept": 0.5}, BRIEF),
    Fault.QUOTA: ({"daily_quota_spent": True}, BRIEF),
    Fault.REVOKED: ({"credentials_revoked": True}, BRIEF),
    Fault.DUPLICATES: ({"duplicate": 0.5, "reorder_seconds": 1}, (2, 5)),
    Fault.DISORDER: ({"reorder": 0.5, "reorder_seconds": 1.5, "late": 0.2, "late_seconds": 3, "early": 0.5, "early_seconds": 0.3}, (2, 5)),
    Fault.MISSING: ({"missing": 0.3}, (1, 3)),
}
Act = Callable[[Installation, Random], list[End]]
ACTS: dict[Fault, Act] = {
    Fault.KILL_HORSE: partial(kill_some, workers=False, horses=True),
    Fault.KILL_WORKER: partial(kill_some, workers=True, horses=False),
    Fault.KILL_BOTH: partial(kill_some, workers=True, horses=True),
    Fault.KILL_LINE: kill_line,
    Fault.DRAIN_LINE: drain_line,
    Fault.DRAIN_WORKER: drain_worker,
    Fault.KILL_SCHEDULE: kill_schedule,
    Fault.FREEZE_SCHEDULE: freeze_schedule,
    Fault.KILL_WEB: kill_web,
    Fault.KILL_WEB_WORKER: kill_web_worker,
    Fault.NO_WEB: no_web,
    Fault.FLUSH_REDIS: flush_redis,
    Fault.RESTART_REDIS: partial(end_server, name="redis", with_signal=signal.SIGKILL, is_gone=False),
    Fault.NO_REDIS: partial(end_server, name="redis", with_signal=signal.SIGTERM, is_gone=True),
    Fault.RESTART_DATABASE: partial(end_server, name="postgres", with_signal=signal.SIGQUIT, is_gone=False),
    Fault.NO_DATABASE: partial(end_server, name="postgres", with_signal=signal.SIGQUIT, is_gone=True),
    Fault.CUT_SESSIONS: cut_sessions,
    Fault.THROTTLED: throttle,
    Fault.CLOCK_AHEAD: partial(move_clock, direction=1),
    Fault.CLOCK_BACK: partial(move_clock, direction=-1),
    **{fault: partial(turn, knobs=knobs, seconds=seconds) for fault, (knobs, seconds) in _SHARES.items()},
}


def _take_web_away(installation: Installation, seconds: float) -> None:
    installation.provider.turn({"late": 0}, "ses")
    line = installation.lines["web"]
    line.kill()
    line.down_until = monotonic() + seconds


def _cut(installation: Installation) -> None:
    with suppress(Exception):  # the database itself may be gone by then
        installation.servers.terminate_sessions()


def _one(processes: list[psutil.Process], dice: Random) -> list[psutil.Process]:
    return [dice.choice(processes)] if processes else []


def _send(number: signal.Signals, processes: list[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.send_signal(number)
