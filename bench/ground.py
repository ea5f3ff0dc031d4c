"""What every figure stands on: durable PostgreSQL and Redis in a folder of their own, the sink, our processes as the Procfile has them."""

import json
import os
import secrets
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.meter import Meter
from bench.notifications import TOPIC, Signer
from stack.ports import LOOPBACK, next_free_port
from stack.procfile import procfile
from stack.servers import EmbeddedServers

PROJECT = Path(__file__).absolute().parents[1]
TOKEN = "bench-" + "t" * 26
PATIENCE_SECONDS = 900.0
START_SECONDS = 60.0
GLANCE_SECONDS = 0.05
STOP_SECONDS = 60.0


class NotMeasured(Exception):
    """A figure cannot be had: something did not start, did not end, or did not do its work."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The place of all runs. `environment` is that of every process of ours."""

    folder: Path
    meter: Meter
    environment: dict[str, str]
    web_port: int
    sink_port: int
    signer: Signer

    @contextmanager
    def running(self, group: str, command: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of ours while the block runs, its CPU counted to a group; `settings` change its environment."""
        with (self.folder / f"{group}.log").open("ab") as log:
            process = subprocess.Popen(
                shlex.split(command), cwd=PROJECT, env=self.environment | settings, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self.meter.add(group, process.pid)
        try:
            yield process
        finally:
            self.meter.remove(process.pid)
            process.terminate()
            process.wait(STOP_SECONDS)

    @contextmanager
    def web(self) -> Iterator[str]:
        """The web as the Procfile has it; yields its URL once it answers."""
        command = procfile(PROJECT / "Procfile")["web"].replace("${", "{").replace(":-", ":")
        command = _filled(command, {"WEB_HOST": LOOPBACK, "PORT": str(self.web_port)})
        url = f"http://{LOOPBACK}:{self.web_port}"
        with self.running("web", command):
            wait_until(lambda: _answers(f"{url}/sign-in"), "the web does not start", START_SECONDS)
            yield url

    def taken(self) -> tuple[int, float]:
        """How many messages the sink has taken, and when the last."""
        said = json.loads(self._sink("taken"))
        return said["count"], said["last_at"]

    def forget(self) -> None:
        """Let the sink count from nothing."""
        self._sink("forget")

    @property
    def sink_url(self) -> str:
        """Where Amazon and Twilio seem to be."""
        return f"http://{LOOPBACK}:{self.sink_port}"

    def _sink(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.sink_url}/{path}", timeout=10) as answer:
            return bytes(answer.read())


@contextmanager
def ground(folder: Path, first_port: int) -> Iterator[Ground]:
    """Servers and sink, started and stopped; the environment is set for this process, too."""
    with ExitStack() as stack:
        servers = stack.enter_context(EmbeddedServers(folder / "servers"))
        web_port = next_free_port(first_port)
        sink_port = next_free_port(web_port + 1)
        signer = Signer(f"http://{LOOPBACK}:{sink_port}")
        environment = _environment(servers, web_port, sink_port)
        os.environ.update(environment)
        made = Ground(folder, Meter(), environment, web_port, sink_port, signer)
        _watch_servers(made.meter, servers.keeper_pid)
        certificate = folder / "certificate.pem"
        certificate.write_bytes(signer.certificate)
        stack.enter_context(made.running("sink", f"{sys.executable} -m bench.sink --port {sink_port} --certificate {certificate}"))
        wait_until(lambda: _answers(f"{made.sink_url}/taken"), "the sink does not start", START_SECONDS)
        subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"], cwd=PROJECT, check=True, capture_output=True)
        yield made


def wait_until(is_so: Callable[[], bool], otherwise: str, seconds: float = PATIENCE_SECONDS, *, every: float = GLANCE_SECONDS) -> None:
    """Look again and again, `every` so many seconds; raises NotMeasured with `otherwise` when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise NotMeasured(otherwise)
        time.sleep(every)


def _environment(servers: EmbeddedServers, web_port: int, sink_port: int) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TWILIO_", "SES_", "SNS_"))}
    sink = f"http://{LOOPBACK}:{sink_port}"
    return ours | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": secrets.token_hex(32),
        "PUBLIC_URL": f"http://{LOOPBACK}:{web_port}",
        "AWS_ENDPOINT_URL_SESV2": sink,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SES_CONFIGURATION_SET": "sendout",
        "SNS_TOPIC_ARNS": TOPIC,
        "SNS_EXTRA_CERT_ORIGINS": sink,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_URL": sink,
    }


def _watch_servers(meter: Meter, keeper_pid: int) -> None:
    for child in psutil.Process(keeper_pid).children():
        meter.add("postgresql" if "postgres" in child.name() else "redis", child.pid)


def _filled(command: str, values: dict[str, str]) -> str:
    """The Procfile's `{NAME:default}`, after its shell marks were taken off."""
    for part in command.split("{")[1:]:
        asked = part.split("}")[0]
        name, _, default = asked.partition(":")
        command = command.replace("{" + asked + "}", values.get(name, default))
    return command


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except OSError:
        return False
