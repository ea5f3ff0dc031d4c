"""The log of every acceptance: the judge when a fault test asks what was really handed over, and how often."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from simulator import clock
from simulator.faults import CallFault


@dataclass(frozen=True)
class Acceptance:
    """One message that a provider took; `fault` names what kept its caller from hearing so."""

    provider: str
    id: str
    to: str
    operation: str
    tags: Mapping[str, str] = field(default_factory=dict)
    callback_url: str = ""
    sender: str = ""
    fault: CallFault = CallFault.NONE


class Ledger:
    """A file of JSON lines, only ever appended to; memory holds nothing but counts, so millions are no trouble."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("a", encoding="utf-8")
        self._sequence = count(sum(1 for _ in self._lines()) + 1)
        self.counts: Counter[str] = Counter()

    def record(self, acceptance: Acceptance) -> None:
        """Append; the caller makes it durable by `flush` before it answers."""
        line = {"seq": next(self._sequence), "at": clock.iso_instant(clock.now()), **vars(acceptance)}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.counts[acceptance.provider] += 1

    def flush(self) -> None:
        self._file.flush()

    def read(self, *, after: int = 0, limit: int | None = None, **wanted: str) -> list[dict[str, Any]]:
        """Those later than sequence number `after` whose fields equal `wanted`, oldest first."""
        self.flush()
        lines = (json.loads(line) for line in self._lines())
        found = (line for line in lines if line["seq"] > after and all(line.get(name) == value for name, value in wanted.items()))
        return list(islice(found, limit))

    def clear(self) -> None:
        self._file.truncate(0)
        self._sequence = count(1)
        self.counts.clear()

    def close(self) -> None:
        self._file.close()

    def _lines(self) -> Iterator[str]:
        with self._path.open(encoding="utf-8") as lines:
            yield from lines
