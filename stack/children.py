"""A program that we start, watch, start again when it dies, and stop."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from stack.accounts import Account

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_STEADY_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True)
class Command:
    """How to start one program, and how it wants to be stopped."""

    name: str
    argv: list[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    stdin: bytes = b""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    before_start: Callable[[], None] = lambda: None


class Child:
    """A running command; must be started by the thread that outlives it, since the kernel ties their deaths together."""

    def __init__(self, command: Command, output: IO[bytes] | int | None = None) -> None:
        self.command = command
        self._output = output
        self._running: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause_seconds = 0.0
        self._is_asked_to_stop = False

    @property
    def pid(self) -> int:
        """The process id, or 0 before the first start."""
        return self._running.pid if self._running else 0

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._running.poll() if self._running else 0

    @property
    def stdout(self) -> IO[bytes] | None:
        """The reading end, when the output was asked for as a pipe."""
        return self._running.stdout if self._running else None

    def start(self) -> None:
        """Start it, in a session of its own so that Ctrl-C reaches only us and we stop everything in order."""
        command = self.command
        command.before_start()
        account = command.account
        self._running = subprocess.Popen(
            command.argv,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_die_with_parent(command.stop_signal),  # noqa: PLW1509 - only our single-threaded supervisors start children
        )
        self._started_at = time.monotonic()
        _feed(self._running, command.stdin)

    def revive(self) -> bool:
        """Start it again if it died, each time after a longer pause; True when it was started now."""
        if self.exit_code is None:
            return False

        if time.monotonic() - self._started_at < self._pause_seconds:
            return False

        was_steady = time.monotonic() - self._started_at > _STEADY_SECONDS
        self._pause_seconds = 0.5 if was_steady else min(_LONGEST_PAUSE_SECONDS, max(0.5, self._pause_seconds * 2))
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send the stop signal, once, and return: RQ takes a second one for an order to drop its job."""
        if self._running and self.exit_code is None and not self._is_asked_to_stop:
            self._running.send_signal(self.command.stop_signal)
            self._is_asked_to_stop = True

    def stop(self) -> None:
        """Stop it and everything it forked, gently at first."""
        self.ask_to_stop()
        if self._running is None:
            return

        try:
            self._running.wait(self.command.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and everything it forked now."""
        if self._running is None or self.exit_code is not None:
            return

        kill_family(psutil.Process(self._running.pid))
        self._running.wait()


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that we can end them: RQ's forked horses outlive a killed worker."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def kill_family(parent: psutil.Process) -> None:
    """End a process and all below it."""
    family = [*parent.children(recursive=True), parent]
    kill_all(family)


def kill_all(processes: list[psutil.Process]) -> None:
    """End these at once; those already gone are no trouble."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does between fork and exec: ask the kernel to be stopped when we die, even by SIGKILL.

    Runs after the change of account, which would clear the request (prctl(2), PR_SET_PDEATHSIG).
    """
    if _LIBC is None:
        return None

    parent = os.getpid()

    def ask() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _feed(running: subprocess.Popen[bytes], text: bytes) -> None:
    if running.stdin is None:
        return

    try:
        running.stdin.write(text)
        running.stdin.close()
    except BrokenPipeError:
        return  # it died at once; the exit code says so
