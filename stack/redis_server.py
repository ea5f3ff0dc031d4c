"""Redis under our own care. It keeps nothing on disk: PostgreSQL holds the truth, and Redis may be wiped at any time."""

import os
from dataclasses import dataclass
from pathlib import Path

import redis

from stack.accounts import Account
from stack.children import Command
from stack.ports import LOOPBACK
from stack.programs import Programs

_DATABASES = 64  # one for each parallel test process


@dataclass(frozen=True)
class RedisServer:
    """One Redis and the way to reach it."""

    folder: Path
    port: int
    password: str
    account: Account | None

    @property
    def url(self) -> str:
        """For any Redis client; the password is URL-safe."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"


def server_command(server: RedisServer, programs: Programs) -> Command:
    """How to start the server; its settings go in by stdin, where no process list shows the password."""
    settings = [
        f"bind {LOOPBACK}",
        f"port {server.port}",
        f"requirepass {server.password}",
        f"databases {_DATABASES}",
        "appendonly no",
        'save ""',
    ]
    return Command(
        name="redis",
        argv=[str(programs.redis_server), "-"],
        folder=server.folder,
        environment={"PATH": os.environ.get("PATH", os.defpath)},
        account=server.account,
        stdin="\n".join(settings).encode(),
        stop_seconds=10.0,
    )


def is_answering(server: RedisServer) -> bool:
    """Whether the server takes commands."""
    try:
        with redis.Redis.from_url(server.url, socket_connect_timeout=5) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
