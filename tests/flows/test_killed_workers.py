"""Send-outs whose workers are killed in the middle of it, against the real adapters and the simulator: nothing lost, nothing twice."""

import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.messages.counts import recount
from app.sendouts.running import Actor, launch
from stack.ports import free_port
from stack.settings import Addresses, local_environment
from tests.processes import children_of, rq_workers_of
from tests.scenes import Scene, a_scene, run_sql

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("database")]

PROJECT = Path(__file__).resolve().parents[2]
PEOPLE = 500
WORKERS = 2
LATENCY_SECONDS = "0.4"
PATIENCE_SECONDS = 120.0  # some 60 all in all; more where the machine is busy


@dataclass(frozen=True)
class Machine:
    """The processes of one installation over the test's database; `senders` keeps the workers that hand over."""

    senders: psutil.Process
    simulator_url: str

    @property
    def workers(self) -> list[psutil.Process]:
        """The RQ workers of the sending queue."""
        return rq_workers_of(self.senders)

    @property
    def horses(self) -> list[psutil.Process]:
        """The forked jobs of these workers."""
        return [horse for worker in self.workers for horse in children_of(worker)]

    def accepted(self) -> Counter[str]:
        """How often each address and number was accepted, by the simulator's own log."""
        with urllib.request.urlopen(f"{self.simulator_url}/control/acceptances", timeout=20) as answer:  # noqa: S310  our own simulator
            return Counter(each["to"] for each in json.load(answer)["acceptances"])


@pytest.fixture
def machine(app, tmp_path) -> Iterator[Machine]:
    config = app.extensions["sendout"]
    database_url = config.database_url.replace("postgresql+psycopg", "postgresql")
    addresses = Addresses(database_url, config.redis_url, free_port(), free_port())
    environment = local_environment(addresses, tmp_path) | {"SETTLE_SECONDS": "5", "WEB_CONCURRENCY": "1"}
    with ExitStack() as running:

        def start(name: str, *arguments: str) -> psutil.Process:
            return running.enter_context(a_process(tmp_path / f"{name}.log", environment, *arguments))

        start("web", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(addresses.port), "wsgi:app")
        until(lambda: is_answering(f"{addresses.public_url}/healthz"))
        start(
            "simulator", "-m", "simulator", "--port", str(addresses.simulator_port), "--callback-url", addresses.public_url,
            "--latency", LATENCY_SECONDS, "--max-send-rate", "0", "--step", "0.05", "--retry-scale", "0.05",
            "--log", str(tmp_path / "acceptances.jsonl"),
        )  # fmt: skip
        until(lambda: is_answering(f"{addresses.simulator_url}/control/idle"))
        start("others", "-m", "workers", "callbacks", "default")
        start("schedule", "-m", "workers.schedule")
        yield Machine(start("senders", "-m", "workers", f"sending={WORKERS}"), addresses.simulator_url)


@contextmanager
def a_process(log: Path, environment: dict[str, str], *arguments: str) -> Iterator[psutil.Process]:
    """One program, and at the end nothing of it left, forked or orphaned."""
    with log.open("wb") as output:
        command = [sys.executable, *arguments]
        with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT) as program:
            process = psutil.Process(program.pid)
            yield process
            family = [process, *process.children(recursive=True)]
            program.terminate()
            _, alive = psutil.wait_procs(family, timeout=5)
            for each in alive:
                each.kill()


def is_answering(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own programs
            return bool(answer.status == 200)
    except OSError:
        return False


def until(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"it did not come about in time: {standing()}"
        time.sleep(0.05)


def standing() -> list[tuple[object, ...]]:
    """Where the messages and batches stand."""
    db.session.rollback()
    asked = """SELECT m.channel, m.status, b.state, b.attempt, count(*) FROM messages m LEFT JOIN batches b ON b.id = m.batch_id
               GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    return [tuple(row) for row in db.session.execute(text(asked))]


def count(condition: str) -> int:
    db.session.rollback()
    return int(db.session.execute(text(f"SELECT count(*) FROM {condition}")).scalar_one())  # noqa: S608


def a_launched_scene() -> Scene:
    scene = a_scene(PEOPLE, channel_plan=ChannelPlan.BOTH, html="<p>Hello {{ first_name }}</p>", state=SendoutState.DRAFT)
    for number, person in enumerate(scene.people):
        person.phone_number = f"+1212{number:03}9876"  # the simulator knows people by their last four digits; these get everything
    launch(scene.sendout.id, Actor(scene.organisation.id, None), undo_seconds=0)
    db.session.commit()
    run_sql("UPDATE senders SET segments_per_second = 1000 WHERE channel = 'sms'")
    return scene


def kill(processes: list[psutil.Process]) -> None:
    for each in processes:
        try:
            each.kill()
        except psutil.NoSuchProcess:  # a job that had just ended
            continue


def victims(machine: Machine, whom: str) -> list[psutil.Process]:
    return {"horse": machine.horses, "parent": machine.workers, "both": [*machine.workers, *machine.horses]}[whom]


def test_however_workers_are_killed_everybody_is_written_to_exactly_once(machine):
    """The forked job, its parent, and both, each in the middle of a call: before the provider took it, or after."""
    scene = a_launched_scene()
    expected = {address for person in scene.people for address in (person.email_address, person.phone_number)}

    for number, whom in enumerate(("horse", "horse", "both", "parent")):  # the last: its orphaned jobs go on by themselves
        until(lambda: machine.horses and count("batches WHERE state = 'open' AND claimed_at > now() - interval '0.2 seconds'"))
        time.sleep(number * 0.1)
        kill(victims(machine, whom))
        until(lambda: len(machine.workers) == WORKERS)
    until(lambda: count("messages") == 2 * PEOPLE and not count("messages WHERE status IN ('pending', 'in_doubt')"))
    until(lambda: not count("callback_receipts WHERE applied_at IS NULL"))

    assert machine.accepted() == Counter(dict.fromkeys(expected, 1))
    assert {status for _, status, *_ in standing()} <= {"sent", "delivered"}
    assert recount() == []
