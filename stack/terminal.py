"""What the person at the terminal sees: each program's lines under its name, kept in a file as well."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

_COLOURS = ("36", "32", "33", "35", "34", "96", "92", "93")
_LOG_BYTES = 5_000_000
_NAME_WIDTH = 9


def open_log(path: Path) -> BinaryIO:
    """Append to a log; one that has grown large is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0)


class Lines:
    """One program's output, cut into lines: to its log, and unless told otherwise to the terminal."""

    def __init__(self, name: str, log: Path, *, is_shown: bool) -> None:
        self._name = name
        self._log = open_log(log)
        self._is_shown = is_shown
        self._rest = b""
        self.shown: list[str] = []

    def take(self, chunk: bytes) -> None:
        """Pass on what is complete, keep the rest until its end comes."""
        self._log.write(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._pass_on(line.decode(errors="replace").rstrip("\r"))

    def end_line(self) -> None:
        """Pass on a last line that nothing ended."""
        if self._rest:
            self.take(b"\n")

    def close(self) -> None:
        """Pass on what is left, and close the log."""
        self.end_line()
        self._log.close()

    def _pass_on(self, line: str) -> None:
        self.shown = [*self.shown[-99:], line]
        if self._is_shown:
            say(f"{_coloured_name(self._name)} {line}")


def say(line: str) -> None:
    """One line to the terminal; a terminal that went away is no reason to stop in disorder."""
    try:
        print(line, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _coloured_name(name: str) -> str:
    label = f"{name:<{_NAME_WIDTH}}|"
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return label
    return f"\x1b[{_COLOURS[sum(name.encode()) % len(_COLOURS)]}m{label}\x1b[0m"
