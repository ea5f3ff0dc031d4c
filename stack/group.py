"""Several programs side by side: their output gathered, the dead started again, all stopped in order."""

import os
import selectors
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stack.children import Child, Command
from stack.errors import StackFailed
from stack.stopping import StopAsked
from stack.terminal import Lines, say

_GLANCE_SECONDS = 0.1
_LAST_LINES = 30


class StopRequested(Exception):
    """The person wants to stop; unwinds whatever is going on."""


@dataclass(frozen=True)
class _Output:
    lines: Lines
    pipe: IO[bytes]


class ProcessGroup:
    """Programs started in generations; the youngest generation is stopped first, its members together."""

    def __init__(self, logs: Path, stop_asked: StopAsked, *, is_shown: bool) -> None:
        self._logs = logs
        self._stop_asked = stop_asked
        self._is_shown = is_shown
        self._generations: list[list[Child]] = []
        self._steps: list[Child] = []
        self._lines: dict[str, Lines] = {}
        self._outputs = selectors.DefaultSelector()

    def start(self, commands: list[Command]) -> None:
        """Start these as one generation and keep them running."""
        generation: list[Child] = []
        self._generations.append(generation)
        for command in commands:
            child = Child(command, subprocess.PIPE)
            generation.append(child)
            child.start()
            self._listen(child)

    def run_to_end(self, command: Command) -> list[str]:
        """Run a step that ends by itself and return its last lines. Raises StackFailed with them if it failed."""
        child = Child(command, subprocess.PIPE)
        self._steps = [child]
        child.start()
        self._listen(child)
        while child.exit_code is None:
            self.tend()
        self._gather()
        self._lines[command.name].end_line()
        said = self._lines[command.name].shown
        if child.exit_code:
            raise StackFailed(self._words(f"{command.name} failed", said))
        return said

    def tend(self) -> None:
        """Pass on output for a moment and start the dead again. Raises StopRequested once somebody asked to stop."""
        self._gather()
        if self._stop_asked.within(_GLANCE_SECONDS):
            raise StopRequested
        for generation in self._generations:
            for child in generation:
                self._revive(child)

    def last_lines(self, name: str) -> str:
        """What a program said last, unless the terminal shows it anyway."""
        return self._words(f"last lines of {name}:", self._lines[name].shown)

    def stop(self) -> None:
        """Stop every generation, youngest first, and what does not stop in its time by force."""
        for generation in (self._steps, *reversed(self._generations)):
            self._stop(generation)
        self._gather()
        for lines in self._lines.values():
            lines.close()
        self._outputs.close()

    def _stop(self, generation: list[Child]) -> None:
        began = time.monotonic()
        for child in generation:
            child.ask_to_stop()
        while running := [child for child in generation if child.exit_code is None]:
            self._gather()
            for child in running:
                if time.monotonic() - began > child.command.stop_seconds:
                    child.kill()
            time.sleep(_GLANCE_SECONDS / 4)

    def _revive(self, child: Child) -> None:
        if child.exit_code is None:
            return

        code = child.exit_code
        if child.revive():
            say(f"{child.command.name} had ended with code {code} and was started again")
            self._listen(child)

    def _listen(self, child: Child) -> None:
        name = child.command.name
        if name not in self._lines:
            self._lines[name] = Lines(name, self._logs / f"{name}.log", is_shown=self._is_shown)
        if child.stdout:
            self._outputs.register(child.stdout, selectors.EVENT_READ, _Output(self._lines[name], child.stdout))

    def _gather(self) -> None:
        while ready := self._outputs.select(timeout=0):
            for key, _ in ready:
                output: _Output = key.data
                chunk = os.read(key.fd, 65536)
                output.lines.take(chunk)
                if not chunk:
                    self._outputs.unregister(key.fileobj)
                    output.pipe.close()

    def _words(self, heading: str, lines: list[str]) -> str:
        return heading if self._is_shown else "\n".join([heading, *lines[-_LAST_LINES:]])
