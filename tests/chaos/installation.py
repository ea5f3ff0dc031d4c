"""A small whole installation, one process a line of the Procfile and a second schedule, kept alive as a service manager would."""

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from stack.children import Child, Command, adopt_orphans, kill_all, kill_family
from stack.ports import LOOPBACK, free_port
from stack.procfile import procfile
from stack.settings import Addresses, local_environment
from stack.terminal import open_log
from tests.chaos.plan import Pace
from tests.chaos.provider import Provider
from tests.chaos.servers import Servers, running_servers
from tests.processes import children_of, rq_workers_of

PROJECT = Path(__file__).resolve().parents[2]
CLOCK = Path(__file__).parent / "clock"
START_AGAIN_SECONDS = 0.5
TICK_SECONDS = 0.03
SETTLE_SECONDS = 12
LONGEST_PAUSE_SECONDS = 138  # between two tries of SNS, as `flask doctor --fix` has it
# As in life: pauses shorter than the sixth of the window that silence is heard for, and tries for an hour, however long the web is away.
RETRY_SCALE = 0.7 * SETTLE_SECONDS / 6 / LONGEST_PAUSE_SECONDS
NOT_PASSED_ON = frozenset({"SES_SEND_PATH", "TRACKING_SOURCE", "METRICS_TOKEN", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"})


class OutOfPatience(AssertionError):
    """What had to come about did not."""


@dataclass
class Line:
    """One program that is started again when it dies; `down_until` on the monotonic clock keeps it down for as long."""

    child: Child
    died_at: float | None = None
    down_until: float = 0.0

    @property
    def process(self) -> psutil.Process:
        """Raises NoSuchProcess while it is down."""
        return psutil.Process(self.child.pid)

    def tend(self) -> None:
        if self.child.exit_code is None:
            self.died_at = None
            return
        self.died_at = self.died_at or time.monotonic()
        if time.monotonic() >= max(self.down_until, self.died_at + START_AGAIN_SECONDS):
            self.child.start()

    def kill(self) -> None:
        """The program and all that it started, at once."""
        if self.child.exit_code is None:
            with suppress(psutil.NoSuchProcess):
                kill_family(self.process)


@dataclass
class Installation:
    """Everything that runs, and where it is. `tend` must be called often."""

    servers: Servers
    provider: Provider
    environment: dict[str, str]
    folder: Path
    pace: Pace
    lines: dict[str, Line] = field(default_factory=dict)

    def tend(self) -> None:
        """Start again what died."""
        for line in self.lines.values():
            line.tend()
        time.sleep(TICK_SECONDS)

    def until(self, is_so: Callable[[], object], seconds: float, what: Callable[[], str]) -> None:
        """Look after everything until something has come about. Raises OutOfPatience, saying what is missing."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise OutOfPatience(f"after {seconds:.0f} s: {what()}")
            self.tend()

    @property
    def url(self) -> str:
        return self.environment["PUBLIC_URL"]

    @property
    def workers(self) -> list[psutil.Process]:
        """The RQ workers of both lines."""
        lines = [line.process for name, line in self.lines.items() if name in {"worker", "urgent"} and line.child.exit_code is None]
        return [each for line in lines for each in rq_workers_of(line)]

    @property
    def horses(self) -> list[psutil.Process]:
        """The forked jobs of these workers."""
        return [horse for worker in self.workers for horse in children_of(worker)]

    def move_clock(self, names: list[str], seconds: float) -> None:
        """Put the clocks of some lines wrong; 0 puts them right."""
        for name in names:
            (self.folder / f"clock-{name}").write_text(str(seconds))


@contextmanager
def running_installation(folder: Path, policy: str, pace: Pace) -> Iterator[Installation]:
    """Everything that is needed, over fresh servers and a migrated database; nothing of it is left at the end."""
    adopt_orphans()
    with running_servers(folder / "servers") as servers:
        addresses = Addresses(servers.cluster.url, servers.store.url, free_port(), free_port())
        environment = _environment(addresses, folder) | {"SETTLE_SECONDS": str(SETTLE_SECONDS), "SETTLE_POLICY": policy}
        provider = Provider(addresses.simulator_url)
        installation = Installation(servers, provider, environment, folder, pace)
        installation.lines |= {"postgres": Line(servers.database), "redis": Line(servers.queue)}
        commands = procfile(PROJECT / "Procfile")
        try:
            _run(_command(installation, "release", commands.pop("release")))
            commands["schedule2"] = commands["schedule"]
            commands["simulator"] = _simulator(addresses, folder, pace)
            for name, command in commands.items():
                _start(installation, name, command)
            yield installation
        finally:
            _stop(installation, list(commands))


def _environment(addresses: Addresses, folder: Path) -> dict[str, str]:
    ours = {name: value for name, value in local_environment(addresses, folder).items() if name not in NOT_PASSED_ON}
    return ours | {
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(CLOCK), os.environ.get("PYTHONPATH", "")])),
    }


def _simulator(addresses: Addresses, folder: Path, pace: Pace) -> str:
    options = {
        "port": addresses.simulator_port, "callback-url": addresses.public_url, "log": folder / "acceptances.jsonl",
        "latency": pace.latency_seconds, "max-send-rate": pace.per_second, "step": 0.05, "pace": 0.5,
        "retry-scale": RETRY_SCALE, "sns-policy": "patient",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return shlex.join([sys.executable, "-m", "simulator", *words])


def _command(installation: Installation, name: str, command: str) -> Command:
    environment = installation.environment | {"CHAOS_CLOCK": str(installation.folder / f"clock-{name}"), "WEB_HOST": LOOPBACK}
    return Command(name, ["/bin/sh", "-c", f"exec {command}"], PROJECT, environment, stop_seconds=15.0)


def _start(installation: Installation, name: str, command: str) -> None:
    child = Child(_command(installation, name, command), open_log(installation.folder / f"{name}.log"))
    installation.lines[name] = Line(child)
    child.start()


def _run(command: Command) -> None:
    child = Child(command)
    child.start()
    while child.exit_code is None:
        time.sleep(0.1)
    if child.exit_code:
        raise OutOfPatience(f"{command.name} failed")


def _stop(installation: Installation, names: list[str]) -> None:
    """The programs first, then whatever outlived its parent; the servers are stopped by whoever started them."""
    started = [installation.lines[name].child for name in names if name in installation.lines]
    for child in started:
        child.ask_to_stop()
    for child in started:
        child.stop()
    servers = [child.pid for child in (installation.servers.database, installation.servers.queue)]
    spared = {each.pid for pid in servers for each in family_of(pid)}
    kill_all([each for each in family_of(os.getpid()) if each.pid not in {*spared, os.getpid()}])


def family_of(pid: int) -> list[psutil.Process]:
    """A process and all below it, as far as they live."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def frozen(process: psutil.Process) -> None:
    """Stop it in its tracks, as a machine that is moved; it goes on by SIGCONT."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGSTOP)
