"""The table: what was measured, the bar, whether it was reached, and what the peers reach."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: a figure by its path in the results, and the most or the least that it may be; neither where it is only told."""

    path: str
    words: str
    at_least: float | None = None
    at_most: float | None = None

    def is_met(self, value: float) -> bool:
        """Whether this value will do."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    @property
    def limit(self) -> str:
        """The bar in signs."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def verdict(self, value: float) -> str:
        """Whether it is reached, in a word; none where there is no bar."""
        return "" if not self.limit else "ok" if self.is_met(value) else "MISSED"


BARS = (
    Bar("email.messages_per_s", "e-mail, messages/s by one sending process", at_least=4_500),
    Bar("email.bare_loop_ratio", "  of the bare SendBulkEmail loop", at_least=0.5),
    Bar("email.two_processes.messages_per_s", "  by two"),
    Bar("email.two_processes.bare_loop_ratio", "    of the loop in two"),
    Bar("email.single_path_ratio", "single path, of the bare SendEmail loop", at_least=0.8),
    Bar("email.cpu_ms_per_message", "CPU ms an e-mail, workers and PostgreSQL", at_most=0.35),
    Bar("email.worker_peak_mb", "  largest worker, MB", at_most=250),
    Bar("resolve.seconds_per_million", "audience resolved, s a million", at_most=25),
    Bar("resolve.worker_peak_mb", "  largest worker, MB", at_most=250),
    Bar("sms.messages_per_s_per_worker", "texts/s a worker at 30 ms", at_least=500),
    Bar("events.applied_per_s", "SES events applied/s", at_least=1_000),
    Bar("pixel.requests_per_s", "open pixel, requests/s", at_least=1_500),
    Bar("pixel.p99_ms", "  p99, ms", at_most=120),
    Bar("click.requests_per_s", "click redirect, requests/s", at_least=1_500),
    Bar("click.p99_ms", "  p99, ms", at_most=120),
    Bar("pages.p95_ms", "pages at the larger size, p95 ms", at_most=60),
    Bar("pages.growth_ratio", "  against the smaller size", at_most=1.3),
    Bar("pause.seconds", "pause to the last hand-over, s", at_most=1),
    Bar("growth.cost_ratio", "cost a message, larger against smaller", at_most=1.15),
)


def table(results: dict[str, Any]) -> str:
    """Every bar that was measured, as text."""
    peers = _peers()
    lines = [f"{'':42} {'measured':>10} {'bar':>10}        peers", "-" * 100]
    for bar in BARS:
        value = _at(results, bar.path)
        if value is not None:
            lines.append(f"{bar.words:42} {value:>10g} {bar.limit:>10}  {bar.verdict(value):6} {_of_peers(bar.path, peers)}")
    machine = results["machine"]
    lines += ["-" * 100, f"{machine['cpu']}, {machine['memory_gb']} GB, commit {machine['commit']}; {_busy(results)}, {_pace(machine)}"]
    return "\n".join(lines)


def _busy(results: dict[str, Any]) -> str:
    shares = [run["others_cpu_share"] for found in results.values() for run in found.get("runs", ()) if isinstance(run, dict)]
    return f"others took up to {max(shares):.0%} of the machine" if shares else "no runs"


def _pace(machine: dict[str, Any]) -> str:
    paces = [pace for pair in machine["pace_ms"].values() for pace in pair]
    return f"a million empty turns {min(paces):g} to {max(paces):g} ms" if paces else "no figures"


def _at(results: dict[str, Any], path: str) -> float | None:
    value: Any = results
    for name in path.split("."):
        value = value.get(name, {})
    return float(value) if value != {} else None


def _peers() -> dict[str, dict[str, Any]]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "peers.json").read_text())
    return {name: figures for name, figures in found.items() if isinstance(figures, dict)}


def _of_peers(path: str, peers: dict[str, dict[str, Any]]) -> str:
    return ", ".join(f"{name.split(' ')[0]} {figures[path]:g}" for name, figures in peers.items() if path in figures)
