"""PostgreSQL under our own care: create the cluster, describe how to start it, ask whether it answers."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from stack.accounts import Account, give_to
from stack.children import Command
from stack.errors import StackFailed
from stack.ports import LOOPBACK
from stack.programs import Programs

USER = "sendout"
DATABASE = "sendout"
_CLOCK_SLACK_SECONDS = 30.0
_STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))  # fast, immediate, hard
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_min_error_statement": "panic",  # a statement, like the DETAIL line that `terse` drops, may carry an address
    "log_error_verbosity": "terse",
}
_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL data folder and the way to reach its server."""

    data: Path
    socket_folder: Path
    port: int
    password: str
    account: Account | None
    is_durable: bool = True

    @property
    def url(self) -> str:
        """For any PostgreSQL client; the password is URL-safe."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"


def create_cluster(cluster: Cluster, programs: Programs) -> None:
    """Run initdb once; a run that was cut short leaves nothing behind that the next one would take for data."""
    if cluster.data.exists():
        _check_version(cluster, programs)
        return

    draft = cluster.data.with_name(cluster.data.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = cluster.socket_folder / "password"
    password_file.write_text(cluster.password)
    give_to(cluster.account, draft)
    give_to(cluster.account, cluster.socket_folder)
    try:
        _run_initdb(cluster, programs, draft, password_file)
    finally:
        password_file.unlink()
    draft.rename(cluster.data)


def server_command(cluster: Cluster, programs: Programs) -> Command:
    """How to start and stop the server."""
    settings = _SETTINGS | ({} if cluster.is_durable else _FOR_TESTS)
    settings |= {"port": str(cluster.port), "unix_socket_directories": str(cluster.socket_folder)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Command(
        name="postgres",
        argv=[str(programs.postgres), "-D", _data_argument(cluster.data), *options],
        folder=cluster.data,
        environment=_environment(),
        account=cluster.account,
        stop_signal=signal.SIGINT,
        before_start=lambda: remove_leftover(cluster.data),
    )


def is_answering(cluster: Cluster) -> bool:
    """Whether the server takes connections; creates our database the first time it does."""
    try:
        with psycopg.connect(cluster.url.removesuffix(DATABASE) + "postgres", connect_timeout=5, autocommit=True) as connection:
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not exists:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackFailed(f"the password kept beside {cluster.data} is not this database's: put it back, or delete both") from None
        return False
    return True


def remove_leftover(data: Path) -> None:
    """Stop a server that outlived its supervisor, and remove a pid file that names somebody else's process.

    Safe because the caller holds the folder's lock: nobody else may run this cluster now.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return

    pid, _, started_at, *_ = [*pid_file.read_text().splitlines(), "0", "0", "0"]  # padded: it may be cut short
    leftover = _postmaster(int(pid), started_at=int(started_at))
    if leftover:
        _stop(leftover)
    pid_file.unlink(missing_ok=True)


def _check_version(cluster: Cluster, programs: Programs) -> None:
    found = (cluster.data / "PG_VERSION").read_text().strip()
    shown = subprocess.run([programs.postgres, "--version"], capture_output=True, text=True, check=True)
    wanted = shown.stdout.split()[-1].split(".")[0]
    if found != wanted:
        raise StackFailed(f"{cluster.data} was written by PostgreSQL {found}, this is {wanted}: dump and restore it, or delete it")


def _run_initdb(cluster: Cluster, programs: Programs, folder: Path, password_file: Path) -> None:
    argv = [
        str(programs.initdb),
        *("-D", _data_argument(folder), "-U", USER, "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={password_file}"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
        *(() if cluster.is_durable else ("--no-sync",)),
    ]
    account = cluster.account
    done = subprocess.run(
        argv,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        raise StackFailed(f"initdb failed: {(done.stderr or done.stdout).strip()}")


def _data_argument(data: Path) -> str:
    """The data folder as the server shall see it.

    On Linux it is its own working directory, entered before the change of account: so it may lie below folders that the
    account cannot pass through, however long and oddly named, and no parent's mode has to be widened.
    """
    return "/proc/self/cwd" if sys.platform == "linux" else str(data)


def _environment() -> dict[str, str]:
    """Nothing of ours (a PGPORT or PGOPTIONS would change the server) but the way to tools and temporary files."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR"}} | {"LC_ALL": "C"}


def _postmaster(pid: int, *, started_at: int) -> psutil.Process | None:
    """The process if it is that server, not a stranger who got its number since."""
    try:
        process = psutil.Process(pid)
        is_ours = process.name() == "postgres" and abs(process.create_time() - started_at) < _CLOCK_SLACK_SECONDS
        is_running = process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if is_ours and is_running else None


def _stop(server: psutil.Process) -> None:
    for stop_signal, seconds in _STOP_SIGNALS:
        try:
            server.send_signal(stop_signal)
            server.wait(seconds)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        else:
            return
    raise StackFailed(f"PostgreSQL left behind as process {server.pid} does not stop")
