"""Real PostgreSQL and Redis for the whole test run; load it with `pytest_plugins = ["tests.servers"]`.

TEST_DATABASE_URL and TEST_REDIS_URL name servers to use; where one is missing, embedded ones are started in a temporary
folder: once a run, also with `pytest -n`, where the controlling process starts them and each worker gets a database and a
Redis number of its own. Databases are cloned from a template that holds the migrated schema.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from psycopg import sql

from stack.servers import EmbeddedServers

PROJECT = Path(__file__).resolve().parents[1]
_EMBEDDED = pytest.StashKey[tuple[EmbeddedServers, Path]]()
_TEMPLATE_LOCK = 7_304_115  # any number, the same in every worker


@dataclass(frozen=True)
class ServerUrls:
    """Where the servers are; the database named here is only the way in to create others."""

    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> ServerUrls:
    """The servers of this run; started now unless named by the environment or by the controlling process."""
    given = getattr(request.config, "workerinput", {}).get("servers")
    return ServerUrls(**given) if given else _servers_of(request.config)


@pytest.fixture(scope="session")
def database_url(servers: ServerUrls, redis_url: str) -> Iterator[str]:
    """A migrated, empty database of this process's own, dropped at the end."""
    template = _migrated_template(servers.database_url, redis_url)
    name = f"test_{_worker()}_{os.getpid()}"
    with _admin(servers.database_url) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    yield _naming(servers.database_url, name)
    with _admin(servers.database_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def redis_url(servers: ServerUrls) -> str:
    """A Redis number of this process's own, empty at the start."""
    number = 1 + int(_worker().removeprefix("gw"))
    url = urlsplit(servers.redis_url)._replace(path=f"/{number}").geturl()
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """With `pytest -n`: called in the controlling process for each worker before it starts."""
    node.workerinput["servers"] = asdict(_servers_of(node.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started for this run."""
    if _EMBEDDED not in config.stash:
        return

    embedded, folder = config.stash[_EMBEDDED]
    embedded.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _servers_of(config: pytest.Config) -> ServerUrls:
    database_url, redis_url = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if database_url and redis_url:
        return ServerUrls(database_url, redis_url)

    if _EMBEDDED not in config.stash:
        folder = Path(tempfile.mkdtemp(prefix="sendout-tests-"))
        embedded = EmbeddedServers(folder, is_durable=False)
        config.stash[_EMBEDDED] = embedded, folder
        embedded.start()
    embedded, _ = config.stash[_EMBEDDED]
    return ServerUrls(database_url or embedded.database_url, redis_url or embedded.redis_url)


def _migrated_template(admin_url: str, redis_url: str) -> str:
    """A database that holds the schema of the migrations as they are now; made by the first worker that asks."""
    name = f"template_{_migrations_digest()}"
    with _admin(admin_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not exists:
            draft = f"{name}_new"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            _upgrade(_naming(admin_url, draft), redis_url)
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def _upgrade(database_url: str, redis_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "only-for-tests-" + "x" * 32}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | settings, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.exit(f"the migrations do not run:\n{done.stdout}{done.stderr}", returncode=1)


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "migrations").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _admin(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _naming(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")
