"""The whole of Sendout on this machine, as `make run` starts it: for stories that a person plays in a browser."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from stack.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
UNHURRIED = "--pace 7 --retry-scale 0.1"  # whoever opens within five seconds is taken for a machine
START_SECONDS = 180.0
STOP_SECONDS = 60.0
_READY = "Ctrl-C stops everything"
_SIGN_IN = re.compile(r"^\s*Sign in as (\S+) with the password (\S+)", re.MULTILINE)
_PLACES = re.compile(r"^\s*(Sendout|Mailboxes)\s+(http\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Simulator:
    """Amazon, Twilio and everybody's phone: its mailbox page for people, its control API for tests."""

    url: str

    def accepted(self, **wanted: str) -> list[dict[str, Any]]:
        """What was taken for delivery, in order; narrowed by `provider` and `to`."""
        query = urllib.parse.urlencode(wanted)
        return list(self._ask("GET", f"acceptances?{query}")["acceptances"])

    def slow_down(self, provider: str, seconds: float) -> None:
        """Let every call of this provider take so long; 0 ends it."""
        self._ask("PUT", f"faults?provider={provider}", {"latency": seconds})

    def text_us(self, person: str, words: str, pictures: int = 0) -> None:
        """A person writes to the number that their last text came from, or to the club's own."""
        self._ask("POST", "inbound", {"from": person, "to": "+15005550006", "body": words, "pictures": pictures})

    def answer_mail(self, mail_id: str, words: str) -> None:
        """Whoever got this mail answers it, at its Reply-To."""
        self._ask("POST", "answers", {"id": mail_id, "body": words})

    def is_idle(self) -> bool:
        """Nothing more comes by itself."""
        return bool(self._ask("GET", "idle")["idle"])

    def _ask(self, method: str, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(f"{self.url}/control/{path}", body, method=method)  # noqa: S310 - our own simulator
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - see above
            return dict(json.load(answer))


@dataclass(frozen=True)
class House:
    """Where everything is, and how to get in."""

    url: str
    simulator: Simulator
    email: str
    password: str
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """Run an operator's `flask …` against it; returns what it printed."""
        line = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(line, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True).stdout


@contextmanager
def running_house(folder: Path) -> Iterator[House]:
    """Start everything in a fresh folder, with servers of its own; stop it in order at the end."""
    output = folder / "run.out"
    arguments = ["--folder", str(folder / "var"), "--port", str(free_port()), "--simulator-port", str(free_port())]
    command = [sys.executable, "-m", "stack", "run", *arguments]
    settings = own_servers() | {"SIMULATOR_OPTIONS": UNHURRIED}
    with output.open("wb") as log:
        running = subprocess.Popen(command, cwd=PROJECT, env=settings, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield _house(_until_ready(running, output), psutil.Process(running.pid))
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(STOP_SECONDS)


def until(is_so: Callable[[], object], seconds: float = 30.0, every: float = 0.2) -> None:
    """Wait for what other processes do; AssertionError when it does not come about."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, "it did not come about in time"
        time.sleep(every)


def own_servers() -> dict[str, str]:
    """Ours, without servers: a story never touches a database that somebody else uses."""
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}


def _until_ready(running: subprocess.Popen[bytes], output: Path) -> str:
    began = time.monotonic()
    while _READY not in (said := output.read_text()):
        assert running.poll() is None, f"it did not start:\n{said}"
        assert time.monotonic() - began < START_SECONDS, f"it does not get ready:\n{said}"
        time.sleep(0.2)
    return said


def _house(said: str, running: psutil.Process) -> House:
    places = dict(_PLACES.findall(said))
    sign_in = _SIGN_IN.search(said)
    assert sign_in, said
    schedule = next(child for child in running.children() if "workers.schedule" in child.cmdline())
    return House(places["Sendout"], Simulator(places["Mailboxes"]), sign_in[1], sign_in[2], schedule.environ())
