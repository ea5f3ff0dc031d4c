"""The whole stack on one machine: servers, simulator, migrated database, sample data, and the Procfile's processes."""

import http.client
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from stack import postgres
from stack.children import Command, adopt_orphans, kill_all
from stack.errors import StackFailed
from stack.group import ProcessGroup
from stack.locks import folder_lock
from stack.ports import LOOPBACK, next_free_port
from stack.procfile import procfile
from stack.servers import EmbeddedServers
from stack.settings import Addresses, local_environment
from stack.stopping import StopAsked
from stack.terminal import say

PROJECT = Path(__file__).absolute().parents[1]
_READY_SECONDS = 120.0
_STEPS = ("release",)  # processes of the Procfile that run to their end


@dataclass(frozen=True)
class LocalOptions:
    """What the command line says."""

    folder: Path
    port: int
    simulator_port: int
    is_shown: bool


@dataclass(frozen=True)
class LocalStack:
    """A stack that runs; `tend` must be called often."""

    group: ProcessGroup
    addresses: Addresses
    environment: dict[str, str]
    servers: EmbeddedServers | None
    sign_in: list[str]

    def tend(self) -> None:
        """Keep everything alive for a moment. Raises StopRequested once somebody asked to stop."""
        if self.servers and not self.servers.is_running():
            say("the embedded servers had died and are started again")
            self.servers.start()
        self.group.tend()


@contextmanager
def local_stack(options: LocalOptions) -> Iterator[LocalStack]:
    """A stack that answers on /readyz, stopped in order at the end of the block. Raises StackFailed, StopRequested."""
    adopt_orphans()
    stop_asked = StopAsked()
    with ExitStack() as exits:
        exits.enter_context(folder_lock(options.folder / "lock"))
        exits.callback(_kill_strays)
        servers = _servers(options.folder)
        if servers:
            say("starting PostgreSQL and Redis")
            exits.enter_context(servers)
        addresses = _addresses(options, servers)
        group = ProcessGroup(options.folder / "log", stop_asked, is_shown=options.is_shown)
        exits.callback(group.stop)
        environment = local_environment(addresses, options.folder)
        stack = LocalStack(group, addresses, environment, servers, sign_in=[])
        _bring_up(stack, options.folder)
        yield stack


def wipe(folder: Path) -> None:
    """Delete a stack's folder with its data, after any stack over it has stopped. Raises FolderTaken."""
    if not folder.exists():
        return

    with folder_lock(folder / "lock"), folder_lock(folder / "stack" / "lock"):
        postgres.remove_leftover(folder / "stack" / "postgres")
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise StackFailed(f"cannot delete {folder}: {error.strerror}") from error


def _bring_up(stack: LocalStack, folder: Path) -> None:
    commands = procfile(PROJECT / "Procfile")
    stack.group.start([_simulator(stack, folder)])
    for name in _STEPS:
        say("migrating the database")
        stack.group.run_to_end(_shell(stack, name, commands.pop(name)))
    say("adding the sample data")
    stack.sign_in.extend(stack.group.run_to_end(_shell(stack, "sample", "flask --app wsgi sample-data")))
    say("starting " + ", ".join(commands))
    stack.group.start([_shell(stack, name, command) for name, command in commands.items()])
    _wait_until_ready(stack)


def _simulator(stack: LocalStack, folder: Path) -> Command:
    addresses = stack.addresses
    asked = shlex.split(os.environ.get("SIMULATOR_OPTIONS", ""))  # its pace and faults, for tests and trials
    argv = [sys.executable, "-m", "simulator", "--port", str(addresses.simulator_port), "--callback-url", addresses.public_url, *asked]
    log = folder.absolute() / "simulator" / "acceptances.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    return Command("simulator", [*argv, "--log", str(log)], PROJECT, stack.environment, stop_seconds=5.0)


def _shell(stack: LocalStack, name: str, command: str) -> Command:
    """A line of the Procfile; `exec` lets our stop signal reach the program instead of the shell."""
    return Command(name, ["/bin/sh", "-c", f"exec {command}"], PROJECT, stack.environment)


def _servers(folder: Path) -> EmbeddedServers | None:
    is_complete = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    return None if is_complete else EmbeddedServers(folder / "stack")


def _addresses(options: LocalOptions, servers: EmbeddedServers | None) -> Addresses:
    database_url = os.environ.get("DATABASE_URL") or (servers.database_url if servers else "")
    redis_url = os.environ.get("REDIS_URL") or (servers.redis_url if servers else "")
    port = _port(options.port, "the web server")
    return Addresses(database_url, redis_url, port, _port(options.simulator_port, "the simulator"))


def _port(wanted: int, whose: str) -> int:
    port = next_free_port(wanted)
    if wanted and port != wanted:
        say(f"port {wanted} is taken: {whose} uses {port}")
    return port


def _wait_until_ready(stack: LocalStack) -> None:
    began = time.monotonic()
    while not _is_ready(stack.addresses.port):
        if time.monotonic() - began > _READY_SECONDS:
            raise StackFailed(f"{stack.addresses.public_url}/readyz does not answer 200\n{stack.group.last_lines('web')}")
        stack.tend()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _kill_strays() -> None:
    """End what outlived its parent: nothing that we started may go on after us."""
    kill_all(psutil.Process().children(recursive=True))
