"""What a run cost: wall time, CPU by group of processes, the largest process of each, and how busy others kept the machine.

CPU is read from /proc: a process's own and, once they have ended, its children's. So a group is its root processes with
everything that they have started, dead or alive, and nothing is counted twice.
"""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.25
PACE_LOOPS = 1_000_000


def pace_ms() -> float:
    """CPU milliseconds of a million turns of an empty loop: how fast this machine is just now. Shared ones change it by half and more."""
    started = time.process_time()
    for _ in range(PACE_LOOPS):
        pass
    return round(1000 * (time.process_time() - started), 1)


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run; `others_share` is the part of the machine's CPU that was somebody else's."""

    wall_seconds: float
    cpu_seconds: dict[str, float]
    peak_mb: dict[str, float]
    others_share: float

    def cpu_ms(self, group: str, count: int) -> float:
        """CPU milliseconds of a group for each of so many messages."""
        return 1000 * self.cpu_seconds.get(group, 0.0) / count

    def summary(self, count: int) -> dict[str, Any]:
        """The run in figures, for the file."""
        return {
            "count": count,
            "wall_seconds": round(self.wall_seconds, 3),
            "per_s": round(count / self.wall_seconds, 1),
            "cpu_ms_each": {group: round(self.cpu_ms(group, count), 4) for group in self.cpu_seconds},
            "peak_mb": {group: round(peak) for group, peak in self.peak_mb.items()},
            "others_cpu_share": self.others_share,
        }


@dataclass(slots=True)
class Meter:
    """Groups of processes by name, each by the ids of its roots."""

    roots: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: str, pid: int) -> None:
        """Count a process and its descendants to a group."""
        self.roots.setdefault(group, []).append(pid)

    def remove(self, pid: int) -> None:
        """It is about to end."""
        for pids in self.roots.values():
            if pid in pids:
                pids.remove(pid)

    def start(self) -> "Watch":
        """Begin a run; end it with `stop`."""
        return Watch(self)

    def cpu_seconds(self) -> dict[str, float]:
        """What each group has used so far."""
        return {group: sum(map(_cpu_of, _trees(pids))) for group, pids in self.roots.items()}


class Watch:
    """A run that goes on: samples the processes' memory, since those that end before its end cannot be asked then."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._peaks: dict[str, float] = {}
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._cpu = meter.cpu_seconds()
        self._machine = _machine_busy_seconds()
        self._own = time.process_time()
        self._started = time.monotonic()
        self._sampler.start()

    def stop(self, ended_at: float | None = None) -> Run:
        """End the run; its wall time ends now, or at that instant of the monotonic clock."""
        elapsed = time.monotonic() - self._started
        wall = elapsed if ended_at is None else ended_at - self._started
        cpu = {group: used - self._cpu.get(group, 0.0) for group, used in self._meter.cpu_seconds().items()}
        cpu["bench"] = time.process_time() - self._own
        others = max(0.0, _machine_busy_seconds() - self._machine - sum(cpu.values()))
        self._ended.set()
        self._sampler.join()
        return Run(wall, cpu, self._peaks, round(others / (elapsed * (os.cpu_count() or 1)), 3))

    def _sample(self) -> None:
        while True:
            for group, pids in self._meter.roots.items():
                largest = max(map(_peak_mb, _trees(pids)), default=0.0)
                self._peaks[group] = max(self._peaks.get(group, 0.0), largest)
            if self._ended.wait(SAMPLE_SECONDS):
                return


def _trees(roots: list[int]) -> Iterator[int]:
    for pid in list(roots):
        yield pid
        yield from _trees(_children(pid))


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_of(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, after_name[11:15])) / TICKS  # utime, stime, and those of children that have ended


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _machine_busy_seconds() -> float:
    """What all processes of this machine used, and what its host gave to other machines meanwhile."""
    user, nice, system, _, _, irq, soft_irq, stolen, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + soft_irq + stolen) / TICKS
