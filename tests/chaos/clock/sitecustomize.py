"""Found by a child's Python at its start, because the chaos suite puts this folder on its path: a clock that can be moved.

The file that CHAOS_CLOCK names holds the seconds by which the process's clock is wrong. Nothing of ours knows of it.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from types import ModuleType

_LOOK_AGAIN_SECONDS = 0.1
_true_time = time.time


class _Wrong:
    """By how much the clock is wrong at the moment."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._looked_at = float("-inf")
        self._seconds = 0.0

    def seconds(self) -> float:
        if time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            self._seconds = self._read()
        return self._seconds

    def _read(self) -> float:
        try:
            with open(self._path, encoding="ascii") as file:  # noqa: PTH123 - the start of every process loads no more than it must
                return float(file.read() or 0)
        except (OSError, ValueError):  # being written at this moment
            return self._seconds


class _ClockFinder(importlib.abc.MetaPathFinder):
    """Lets the house's one clock be loaded as it is, and then puts it wrong."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if name != "app.lib.clock":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _WrongClock(spec.loader.name, spec.loader.path)
        return spec


class _WrongClock(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        vars(module)["datetime"] = _Datetime


class _Datetime:
    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return datetime.now(zone) + timedelta(seconds=_wrong.seconds())


if "CHAOS_CLOCK" in os.environ:
    _wrong = _Wrong(os.environ["CHAOS_CLOCK"])
    time.time = lambda: _true_time() + _wrong.seconds()
    sys.meta_path.insert(0, _ClockFinder())
