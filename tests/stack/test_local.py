"""`python -m stack run` and `demo`, for real, over a small project of the tests' own instead of Sendout."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack.errors import FolderTaken
from stack.local import wipe
from stack.ports import LOOPBACK, free_port
from tests.servers import ServerUrls
from tests.stack.waiting import PROJECT, eventually, is_gone

STOP_SECONDS = 60.0

WSGI = """
import json, os, sys, time
from pathlib import Path
import click
from flask import Flask

app = Flask(__name__)

@app.get("/readyz")
def readyz():
    return {"pid": os.getpid(), **{name: os.environ.get(name) for name in ("TWILIO_API_URL", "AWS_PROFILE", "PUBLIC_URL")}}

@app.cli.command()
def release():
    Path("released").touch()

@app.cli.command("sample-data")
def sample_data():
    if Path("broken").exists():
        sys.exit("no room for samples")
    print("Sign in     alice@example.org / a-password")

@app.cli.command()
@click.option("--simulator-url")
def demo(simulator_url):
    print("played against", simulator_url)
    sys.exit(7)
"""
WORKER = """
import signal, time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: (Path("drained").touch(), exit()))
print("working", flush=True)
while True:
    time.sleep(0.05)
"""
PROCFILE = """
web: granian --interface wsgi --host $WEB_HOST --port $PORT wsgi:app
worker: python worker.py
release: flask --app wsgi release
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our `stack` and everything else its own."""
    folder = tmp_path / "a small project"
    folder.mkdir()
    (folder / "stack").symlink_to(PROJECT / "stack")
    (folder / "wsgi.py").write_text(WSGI)
    (folder / "worker.py").write_text(WORKER)
    (folder / "simulator.py").write_text("import time; time.sleep(600)")
    (folder / "Procfile").write_text(PROCFILE)
    return folder


@pytest.fixture
def settings(servers: ServerUrls) -> dict[str, str]:
    return dict(os.environ) | {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "AWS_PROFILE": "production"}


@pytest.fixture
def run(project: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    port = str(free_port())
    command = [sys.executable, "-m", "stack", "run", "--port", port, "--simulator-port", str(free_port())]
    with subprocess.Popen(command, cwd=project, env=settings, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.send_signal(signal.SIGINT)  # gently: a web worker whose keeper was killed is ended by the run alone
        running.wait(STOP_SECONDS)


def said_until(running: subprocess.Popen[str], words: str) -> list[str]:
    assert running.stdout
    lines = []
    for line in running.stdout:
        lines.append(line.strip())
        if words in line:
            break
    return lines


def address_in(lines: list[str]) -> int:
    return next(int(line.rpartition(":")[2]) for line in lines if line.startswith("Sendout "))


def readyz(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def test_run_comes_up_shows_the_way_in_and_stops_everything_at_ctrl_c(run: subprocess.Popen[str], project: Path) -> None:
    lines = said_until(run, "Ctrl-C")
    answer = readyz(address_in(lines))
    family = psutil.Process(run.pid).children(recursive=True)

    run.send_signal(signal.SIGINT)
    rest = said_until(run, "no such words")

    assert "Sign in     alice@example.org / a-password" in lines
    assert answer["PUBLIC_URL"] == f"http://127.0.0.1:{address_in(lines)}"
    assert (project / "released").exists()
    assert "working" in (project / "var/log/worker.log").read_text()
    assert (project / "drained").exists()
    assert (rest[-1], run.wait()) == ("stopped", 0)
    assert all(is_gone(process) for process in family)


def test_a_local_run_can_reach_no_real_account(run: subprocess.Popen[str]) -> None:
    answer = readyz(address_in(said_until(run, "Ctrl-C")))

    assert answer["AWS_PROFILE"] is None
    assert answer["TWILIO_API_URL"].startswith("http://127.0.0.1:")


def test_a_process_that_dies_is_started_again(run: subprocess.Popen[str]) -> None:
    port = address_in(said_until(run, "Ctrl-C"))
    web = next(child for child in psutil.Process(run.pid).children() if "granian" in " ".join(child.cmdline()))
    web.kill()

    said_until(run, "web had ended with code -9 and was started again")

    assert eventually(lambda: readyz(port)["pid"])


def test_nothing_outlives_a_killed_run(run: subprocess.Popen[str]) -> None:
    said_until(run, "Ctrl-C")
    family = psutil.Process(run.pid).children(recursive=True)
    run.kill()

    assert len(family) >= 3
    assert eventually(lambda: all(is_gone(process) for process in family))


def test_a_taken_port_is_passed_over_aloud(project: Path, settings: dict[str, str]) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "stack", "run", "--port", str(port), "--simulator-port", str(free_port())]
        with subprocess.Popen(command, cwd=project, env=settings, stdout=subprocess.PIPE, text=True) as running:
            lines = said_until(running, "Ctrl-C")
            running.terminate()

    assert any(line.startswith(f"port {port} is taken: the web server uses ") for line in lines)
    assert address_in(lines) > port


def test_a_second_run_over_the_same_folder_is_refused(run: subprocess.Popen[str], project: Path, settings: dict[str, str]) -> None:
    said_until(run, "Ctrl-C")
    second = subprocess.run([sys.executable, "-m", "stack", "run"], cwd=project, env=settings, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert f"process {run.pid}" in second.stderr


def test_a_step_that_fails_ends_the_run_in_words(project: Path, settings: dict[str, str]) -> None:
    (project / "broken").touch()
    done = subprocess.run([sys.executable, "-m", "stack", "demo"], cwd=project, env=settings, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "sample failed" in done.stderr
    assert "no room for samples" in done.stderr


def test_demo_begins_afresh_and_ends_with_the_players_exit_code(project: Path, settings: dict[str, str]) -> None:
    leftover = project / "var/demo/leftover"
    leftover.mkdir(parents=True)
    done = subprocess.run([sys.executable, "-m", "stack", "demo"], cwd=project, env=settings, capture_output=True, text=True, check=False)

    assert done.returncode == 7
    assert "played against http://127.0.0.1:" in done.stdout
    assert not leftover.exists()


def test_a_folder_in_use_is_not_wiped(run: subprocess.Popen[str], project: Path) -> None:
    said_until(run, "Ctrl-C")
    with pytest.raises(FolderTaken, match=f"process {run.pid}"):
        wipe(project / "var")

    assert (project / "var/log/web.log").exists()
