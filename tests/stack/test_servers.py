"""The embedded servers, for real: PostgreSQL and Redis started, killed and started again over folders of all sorts."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from psycopg.conninfo import make_conninfo

from stack.errors import StackFailed
from stack.servers import EmbeddedServers
from tests.stack.waiting import PROJECT, eventually, is_gone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for this file's tests, so that initdb runs once; far below a private parent, with spaces, over 107 bytes."""
    return tmp_path_factory.mktemp("my projects") / ("long " * 12).strip() / ("name " * 12).strip() / "stack"


@pytest.fixture
def running(folder: Path) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(folder, is_durable=False) as servers:
        yield servers


def answer(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def below(pid: int, name: str) -> psutil.Process:
    return next(child for child in psutil.Process(pid).children() if child.name() == name)


def ping(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        return bool(client.ping())


def test_data_and_addresses_outlive_a_stop(folder: Path) -> None:
    with EmbeddedServers(folder, is_durable=False) as servers:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        first = servers.database_url, servers.redis_url

    with EmbeddedServers(folder, is_durable=False) as servers:
        assert answer(servers.database_url, "SELECT number FROM kept") == 42
        assert ping(servers.redis_url)
        assert (servers.database_url, servers.redis_url) == first


def test_the_server_is_durable_unless_told_otherwise(tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path / "stack") as servers:
        assert answer(servers.database_url, "SHOW fsync") == "on"
        assert answer(servers.database_url, "SHOW max_connections") == "200"
        assert answer(servers.database_url, "SHOW listen_addresses") == "127.0.0.1"


def test_nobody_comes_in_without_the_password(running: EmbeddedServers) -> None:
    wrong_password = make_conninfo(running.database_url, password="guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        answer(wrong_password, "SELECT 1")

    with pytest.raises(redis.AuthenticationError):
        ping(running.redis_url.replace("redis://:", "redis://:guess"))


def test_secrets_and_data_are_closed_to_others(running: EmbeddedServers, folder: Path) -> None:
    assert running.is_running()
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, folder / "password", folder / "postgres")} == {
        "stack": "0o700",
        "password": "0o600",
        "postgres": "0o700",
    }


def test_the_servers_run_as_the_owner_of_their_data_never_as_root_and_no_parent_is_widened(tmp_path: Path) -> None:
    """Started by root they change to somebody else, started by anybody else they stay what they are."""
    tmp_path.chmod(0o700)

    with EmbeddedServers(tmp_path / "stack", is_durable=False) as servers:
        accounts = {tuple(below(servers.keeper_pid, name).uids()) for name in ("postgres", "redis-server")}

    owner = (tmp_path / "stack" / "postgres").stat().st_uid
    assert accounts == {(owner, owner, owner)}
    assert owner == os.geteuid() or (os.geteuid() == 0 and owner != 0)
    assert owner != 0
    assert (tmp_path.stat().st_mode & 0o777, tmp_path.stat().st_uid) == (0o700, os.geteuid())


def test_a_second_stack_over_the_same_folder_is_told_who_is_in_the_way(running: EmbeddedServers, folder: Path) -> None:
    with pytest.raises(StackFailed, match=f"process {running.keeper_pid}"):
        EmbeddedServers(folder, is_durable=False).start()

    assert answer(running.database_url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["postgres", "redis-server"])
def test_a_server_that_dies_is_started_again_at_the_same_address(running: EmbeddedServers, name: str) -> None:
    server = below(running.keeper_pid, name)
    server.kill()
    assert eventually(lambda: is_gone(server))

    assert eventually(lambda: answer(running.database_url, "SELECT 1") == 1 and ping(running.redis_url))
    assert below(running.keeper_pid, name).pid != server.pid


def test_a_killed_keeper_takes_its_servers_along_and_the_next_start_is_clean(running: EmbeddedServers, folder: Path) -> None:
    servers = [below(running.keeper_pid, name) for name in ("postgres", "redis-server")]
    abandoned = Path((folder / "run-folder").read_text())
    os.kill(running.keeper_pid, signal.SIGKILL)

    assert eventually(lambda: all(is_gone(server) for server in servers))
    assert not running.is_running()
    with EmbeddedServers(folder, is_durable=False) as again:
        assert answer(again.database_url, "SELECT 1") == 1
        assert not abandoned.exists()


def test_servers_end_with_the_process_that_asked_for_them(folder: Path) -> None:
    program = "import sys, time, pathlib, stack.servers as s; k = s.EmbeddedServers(pathlib.Path(sys.argv[1]), is_durable=False); k.start()"
    caller = subprocess.Popen(
        [sys.executable, "-c", f"{program}; print(k.keeper_pid, flush=True); time.sleep(60)", str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    with caller:
        assert caller.stdout
        keeper = psutil.Process(int(caller.stdout.readline()))
        family = [keeper, *keeper.children(recursive=True)]
        caller.kill()

    assert len(family) > 3
    assert eventually(lambda: all(is_gone(process) for process in family))


def test_a_pid_file_that_names_a_stranger_does_not_hinder_the_start(folder: Path) -> None:
    with EmbeddedServers(folder, is_durable=False):
        pid_file = folder / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with EmbeddedServers(folder, is_durable=False) as servers:
        assert answer(servers.database_url, "SELECT 1") == 1


def test_data_without_its_password_is_refused_in_words(folder: Path) -> None:
    password = folder / "password"
    aside = password.rename(folder / "aside")

    with pytest.raises(StackFailed, match="password file"):
        EmbeddedServers(folder, is_durable=False).start()
    aside.rename(password)


def test_a_clean_stop_leaves_nothing_outside_the_folder(folder: Path) -> None:
    with EmbeddedServers(folder, is_durable=False):
        outside = Path((folder / "run-folder").read_text())
        assert outside.is_dir()
        assert outside.parent in {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")}  # noqa: S108

    assert not outside.exists()
    assert not (folder / "run-folder").exists()
