"""The process that keeps the two servers alive: starts them, tells their addresses, starts a dead one again, stops them.

It is a process of its own, so that whoever needs the servers may have threads, fork, block or be killed. It ends at
SIGTERM or SIGINT, and when it follows its stdin, at the end of that: the death of its caller. Its own death by SIGKILL
stops the servers through the kernel.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack import postgres, redis_server
from stack.accounts import give_to, server_account
from stack.children import Child
from stack.errors import StackFailed
from stack.locks import folder_lock
from stack.passwords import kept_secret
from stack.ports import free_port, is_free
from stack.programs import programs
from stack.run_folder import private_folder, run_folder
from stack.stopping import StopAsked
from stack.terminal import open_log

_START_SECONDS = 90.0
_GLANCE_SECONDS = 0.2


@dataclass(frozen=True)
class KeeperOptions:
    """What the command line says."""

    folder: Path
    follows_stdin: bool
    is_durable: bool


@dataclass(frozen=True)
class _Servers:
    cluster: postgres.Cluster
    redis: redis_server.RedisServer
    children: list[Child]


def keep_servers(options: KeeperOptions) -> None:
    """Run both servers until asked to stop; their URLs are printed once both answer. Raises StackFailed."""
    stop_asked = StopAsked(follows_stdin=options.follows_stdin)
    folder = options.folder.absolute()
    _make_private(folder)
    with folder_lock(folder / "lock") as lock, _servers(folder, is_durable=options.is_durable) as servers:
        if not _wait_until_answering(servers, stop_asked):
            return

        print(f"DATABASE_URL={servers.cluster.url}", flush=True)
        print(f"REDIS_URL={servers.redis.url}", flush=True)
        while not stop_asked.within(_GLANCE_SECONDS):
            _revive(servers.children)
        lock.announce_stop()


@contextmanager
def _servers(folder: Path, *, is_durable: bool) -> Iterator[_Servers]:
    data = folder / "postgres"
    account = server_account(data)
    with run_folder(account, folder / "run-folder") as run:
        give_to(account if data.exists() and data.stat().st_uid == 0 else None, data)
        socket_folder = private_folder(run, "socket", account)
        password = _password(folder, data)
        ports = _ports(folder / "ports.json")
        found = programs(run, account)
        cluster = postgres.Cluster(data, socket_folder, ports["postgres"], password, account, is_durable)
        redis = redis_server.RedisServer(run, ports["redis"], password, account)
        postgres.create_cluster(cluster, found)
        commands = (postgres.server_command(cluster, found), redis_server.server_command(redis, found))
        children = [Child(command, open_log(folder / f"{command.name}.log")) for command in commands]
        try:
            for child in children:
                child.start()
            yield _Servers(cluster, redis, children)
        finally:
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.stop()


def _wait_until_answering(servers: _Servers, stop_asked: StopAsked) -> bool:
    """True once both answer, False when a stop was asked for meanwhile."""
    began = time.monotonic()
    while not (postgres.is_answering(servers.cluster) and redis_server.is_answering(servers.redis)):
        dead = [child.command.name for child in servers.children if child.exit_code is not None]
        if dead or time.monotonic() - began > _START_SECONDS:
            raise StackFailed(f"{' and '.join(dead) or 'a server'} did not start")
        if stop_asked.within(0.05):
            return False
    return True


def _revive(children: list[Child]) -> None:
    for child in children:
        if child.revive():
            print(f"{child.command.name} had died and was started again", file=sys.stderr, flush=True)


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StackFailed(f"cannot use {folder}: {error.strerror}") from error


def _password(folder: Path, data: Path) -> str:
    path = folder / "password"
    if data.exists() and not path.exists():
        raise StackFailed(f"{data} holds a database but its password file {path} is gone: put it back, or delete both")
    return kept_secret(path)


def _ports(path: Path) -> dict[str, int]:
    """The ports of last time where still free, so that an address noted down stays good."""
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports = {name: known[name] if name in known and is_free(known[name]) else free_port() for name in ("postgres", "redis")}
    path.write_text(json.dumps(ports))
    return ports
