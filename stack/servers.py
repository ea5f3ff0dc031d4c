"""The embedded servers as seen by whoever needs them: start, two URLs, stop."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.errors import StackFailed

_PROJECT = Path(__file__).absolute().parents[1]
_STOP_SECONDS = 60.0


class EmbeddedServers:
    """PostgreSQL and Redis over one folder, started on demand and kept alive until stopped.

    They end with this process however it ends. Data in the folder outlives them; addresses stay the same as far as their
    ports are still free. `is_durable=False` trades safety at a power cut for speed: for tests.
    """

    def __init__(self, folder: Path, *, is_durable: bool = True) -> None:
        self._folder = folder
        self._is_durable = is_durable
        self._keeper: subprocess.Popen[str] | None = None
        self._urls: dict[str, str] = {}

    @property
    def database_url(self) -> str:
        """postgresql://…, of a superuser, naming the database `sendout`."""
        return self._urls["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        """redis://…/0; the numbers 1 to 63 are free to use as well."""
        return self._urls["REDIS_URL"]

    @property
    def keeper_pid(self) -> int:
        """The process that keeps the servers, or 0."""
        return self._keeper.pid if self._keeper else 0

    def is_running(self) -> bool:
        """False before the start, after the stop, and when the keeper itself was killed: start again then."""
        return self._keeper is not None and self._keeper.poll() is None

    def start(self) -> None:
        """Return once both servers answer. Raises StackFailed with what stood in the way."""
        options = ["--folder", str(self._folder.absolute()), "--follow-stdin", *([] if self._is_durable else ["--not-durable"])]
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "stack", "servers", *options],
            cwd=_PROJECT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._urls, words = _first_words(self._keeper)
        if "REDIS_URL" not in self._urls:
            self.stop()
            raise StackFailed(words or "the embedded servers did not start")

    def stop(self) -> None:
        """Stop both cleanly; harmless when they do not run."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return

        keeper.terminate()
        try:
            keeper.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        for pipe in (keeper.stdin, keeper.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _first_words(keeper: subprocess.Popen[str]) -> tuple[dict[str, str], str]:
    """The URLs that the keeper prints, and whatever else it said before them or its end."""
    urls: dict[str, str] = {}
    words: list[str] = []
    for line in keeper.stdout or ():
        name, is_url, value = line.strip().partition("_URL=")
        if is_url:
            urls[f"{name}_URL"] = value
        else:
            words.append(line.strip())
        if "REDIS_URL" in urls:
            break
    return urls, "\n".join(words)
