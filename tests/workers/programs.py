"""The programs of an installation over the test's database, for tests that need processes of their own."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from stack.ports import free_port
from stack.settings import Addresses, local_environment

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180.0  # some ten; more where the machine is busy


@dataclass(frozen=True)
class Installation:
    """Where it is, and the environment of its programs."""

    environment: dict[str, str]
    folder: Path
    simulator_port: int

    @contextmanager
    def running(self, name: str, *arguments: str) -> Iterator[psutil.Process]:
        """One program; at the end nothing of it is left, forked or orphaned."""
        command = [sys.executable, "-m", *arguments]
        log = self.folder / f"{name}.log"
        with (
            log.open("ab") as output,
            subprocess.Popen(command, cwd=PROJECT, env=self.environment, stdout=output, stderr=subprocess.STDOUT) as program,
        ):
            process = psutil.Process(program.pid)
            try:
                yield process
            finally:
                family = [process, *process.children(recursive=True)]
                program.terminate()
                for each in psutil.wait_procs(family, timeout=8)[1]:
                    each.kill()

    @contextmanager
    def simulator(self, *options: str) -> Iterator[None]:
        """The providers' stand-in; what it tells of mails goes nowhere, for nobody answers there."""
        nowhere = ("--callback-url", "http://127.0.0.1:1", "--retry-scale", "0.01", "--log", str(self.folder / "acceptances.jsonl"))
        with self.running("simulator", "simulator", "--port", str(self.simulator_port), *nowhere, *options):
            until(self._is_answering)
            yield

    def accepted(self) -> list[dict[str, Any]]:
        """What the simulator took, in order."""
        return list(self._ask("acceptances")["acceptances"])

    def said(self, name: str) -> str:
        """What a program has logged."""
        return (self.folder / f"{name}.log").read_text()

    def _is_answering(self) -> bool:
        try:
            return bool(self._ask("idle"))
        except OSError:
            return False

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.simulator_port}/control/{path}", timeout=10) as answer:
            return dict(json.load(answer))


def installed(config: Any, folder: Path) -> Installation:
    """An installation over the database and Redis of these settings."""
    database_url = config.database_url.replace("postgresql+psycopg", "postgresql")
    addresses = Addresses(database_url, config.redis_url, free_port(), free_port())
    return Installation(local_environment(addresses, folder), folder, addresses.simulator_port)


def until(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for what other processes do; AssertionError when it does not come about."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, "it did not come about in time"
        time.sleep(0.1)
