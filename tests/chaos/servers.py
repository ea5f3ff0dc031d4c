"""PostgreSQL and Redis of their own, as durable as in production, that can be broken on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from stack import postgres, redis_server
from stack.accounts import server_account
from stack.children import Child, Command
from stack.passwords import kept_secret
from stack.ports import free_port
from stack.programs import programs
from stack.run_folder import private_folder, run_folder
from stack.terminal import open_log
from tests.flows.house import until

START_SECONDS = 120.0


@dataclass(frozen=True)
class Servers:
    """Both servers, and the children that run them."""

    cluster: postgres.Cluster
    store: redis_server.RedisServer
    database: Child
    queue: Child

    def flush_redis(self) -> None:
        """Everything that it knew is gone."""
        with redis.Redis.from_url(self.store.url, socket_timeout=5) as client:
            client.flushall()

    def terminate_sessions(self) -> int:
        """Cut every connection to our database but this one. Returns how many."""
        with psycopg.connect(self.cluster.url, autocommit=True, connect_timeout=5) as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            return len(connection.execute(cut).fetchall())

    def is_answering(self) -> bool:
        return self.is_database_answering() and redis_server.is_answering(self.store)

    def is_database_answering(self) -> bool:
        return self.database.exit_code is None and postgres.is_answering(self.cluster)


@contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    """Start both over a fresh folder; what they wrote stays there."""
    folder.mkdir(parents=True)
    data = folder / "postgres"
    account = server_account(data)
    with run_folder(account, folder / "run-folder") as run:
        found = programs(run, account)
        password = kept_secret(folder / "password")
        cluster = postgres.Cluster(data, private_folder(run, "socket", account), free_port(), password, account)
        store = redis_server.RedisServer(run, free_port(), password, account)
        postgres.create_cluster(cluster, found)
        database = _child(postgres.server_command(cluster, found), folder)
        queue = _child(redis_server.server_command(store, found), folder)
        servers = Servers(cluster, store, database, queue)
        try:
            database.start()
            queue.start()
            until(servers.is_answering, START_SECONDS)
            yield servers
        finally:
            for child in (database, queue):
                child.stop()


def _child(command: Command, folder: Path) -> Child:
    return Child(command, open_log(folder / f"{command.name}.log"))
