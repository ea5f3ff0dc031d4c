"""Programs side by side: short ones of the tests' own."""

import sys
import time
from pathlib import Path

import pytest

from stack.children import Command
from stack.errors import StackFailed
from stack.group import ProcessGroup, StopRequested
from stack.stopping import StopAsked
from tests.stack.waiting import eventually

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
NOTING_ITS_END = """
import signal, sys, time
def note(*_):
    with open('ends', 'a') as file:
        file.write(sys.argv[1])
    sys.exit()
signal.signal(signal.SIGTERM, note)
print('ready', flush=True)
time.sleep(60)
"""


class Button(StopAsked):
    """A stop that the test asks for, instead of a signal to pytest itself."""

    def __init__(self) -> None:
        self._is_asked = False
        self._inputs = []

    def press(self) -> None:
        self._is_asked = True


@pytest.fixture
def button() -> Button:
    return Button()


@pytest.fixture
def group(tmp_path: Path, button: Button) -> ProcessGroup:
    return ProcessGroup(tmp_path / "log", button, is_shown=False)


def python(folder: Path, name: str, program: str, *, stop_seconds: float = 10.0) -> Command:
    return Command(name, [sys.executable, "-c", program, name], folder, stop_seconds=stop_seconds)


def tended(group: ProcessGroup) -> bool:
    group.tend()
    return True


def test_a_program_that_ends_is_started_again(group: ProcessGroup, tmp_path: Path) -> None:
    group.start([python(tmp_path, "brief", "print('once', flush=True)")])

    assert eventually(lambda: tended(group) and (tmp_path / "log/brief.log").read_text().count("once") >= 2)
    group.stop()


def test_a_step_returns_what_it_said_even_without_a_last_newline(group: ProcessGroup, tmp_path: Path) -> None:
    said = group.run_to_end(python(tmp_path, "step", "print('one'); print('two'); print('three', end='')"))
    group.stop()

    assert said == ["one", "two", "three"]
    assert (tmp_path / "log/step.log").read_text() == "one\ntwo\nthree\n"


def test_a_step_that_fails_shows_its_last_words(group: ProcessGroup, tmp_path: Path) -> None:
    with pytest.raises(StackFailed, match="step failed\nthe reason"):
        group.run_to_end(python(tmp_path, "step", "import sys; sys.exit('the reason')"))
    group.stop()


def test_a_stop_interrupts_a_step(group: ProcessGroup, button: Button, tmp_path: Path) -> None:
    button.press()

    with pytest.raises(StopRequested):
        group.run_to_end(python(tmp_path, "step", "import time; time.sleep(60)"))
    group.stop()


def test_the_youngest_generation_stops_first(group: ProcessGroup, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        group.start([python(tmp_path, name, NOTING_ITS_END)])
    logs = [tmp_path / f"log/{name}.log" for name in ("a", "b", "c")]
    assert eventually(lambda: tended(group) and all("ready" in log.read_text() for log in logs))

    group.stop()

    assert (tmp_path / "ends").read_text() == "cba"


def test_a_program_deaf_to_the_stop_signal_is_ended_by_force(group: ProcessGroup, tmp_path: Path) -> None:
    group.start([python(tmp_path, "deaf", DEAF, stop_seconds=0.2)])
    assert eventually(lambda: tended(group) and "deaf" in (tmp_path / "log/deaf.log").read_text())

    began = time.monotonic()
    group.stop()

    assert time.monotonic() - began < 10
