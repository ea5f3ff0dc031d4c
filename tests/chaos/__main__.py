"""`make chaos RUNS=200 SEED=1`: that many runs with seeds in a row, a verdict each, and at the end how often each fault struck."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from app import create_app
from config import Config
from tests.chaos.installation import PROJECT, Installation, running_installation
from tests.chaos.plan import POLICIES, Fault, Pace, Plan, plan_for
from tests.chaos.run import played
from tests.chaos.sight import keep_log_of_claims, rows

READY_SECONDS = 300.0
STANDING = "two schedules at once, all the time"


@dataclass
class Tally:
    """What was played so far, and how it ended."""

    struck: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    at_once: dict[int, int] = field(default_factory=dict)  # the most batches in a slot's hands, by the people of a run
    failed: list[int] = field(default_factory=list)
    runs: int = 0
    began: float = field(default_factory=time.monotonic)


def main() -> int:
    """Read the command line and play; 1 when anything was wrong. The table comes even when it is ended before its time."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped
    seeds = range(asked.seed, asked.seed + asked.runs)
    drawn = [plan_for(seed, is_short=asked.short) for seed in seeds]
    plans = sorted((plan for plan in drawn if plan.policy in asked.policy), key=lambda plan: (plan.policy, plan.pace, plan.seed))
    tally = Tally()
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=_made(PROJECT / "var")))
    try:
        for (policy, pace), group in groupby(plans, key=lambda plan: (plan.policy, plan.pace)):
            with a_world(policy, pace, folder) as installation:
                for plan in group:
                    _play(installation, plan, asked.people or pace.people, tally)
    finally:
        _report(tally, folder)
    return 1 if tally.failed else 0


def _play(installation: Installation, plan: Plan, people: int, tally: Tally) -> None:
    tally.runs += 1
    started = time.monotonic()
    verdict, done = played(installation, plan, people, tally.runs)
    tally.struck += done
    tally.struck[STANDING] += 1
    tally.doubts[plan.policy] += verdict.in_doubt
    tally.at_once[people] = max(tally.at_once.get(people, 0), verdict.at_once)
    took = f"{people} people, {time.monotonic() - started:.0f} s"
    _say(plan, verdict.faults, f"{took}, {verdict.in_doubt} in doubt, {verdict.at_once} batches at once")
    if verdict.faults:
        tally.failed.append(plan.seed)


@contextmanager
def a_world(policy: str, pace: Pace, folder: Path) -> Iterator[Installation]:
    """An installation that has come up, with our own process inside its application."""
    with running_installation(folder / f"{policy}-{pace.people}", policy, pace) as installation:
        application = create_app(Config.from_env(installation.environment))
        with application.app_context():
            keep_log_of_claims()
            installation.until(lambda: _is_up(installation), READY_SECONDS, lambda: "it does not come up")
            yield installation


def _is_up(installation: Installation) -> bool:
    """Every line has shown a sign of life, and the topic is subscribed to."""
    kinds = [row[0] for row in rows("SELECT kind FROM heartbeats ORDER BY 1")]
    return installation.provider.is_ready() and kinds.count("schedule") > 1 and sum("worker" in kind for kind in kinds) > 6


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count on")
    parser.add_argument("--people", type=int, help="each gets an e-mail and a text; 120, in a busy world 600")
    parser.add_argument("--policy", nargs="+", choices=POLICIES, default=POLICIES, help="only the runs under this one")
    parser.add_argument("--short", action="store_true", help="no fault that takes long, and one policy: for `make test`")
    return parser.parse_args()


def _say(plan: Plan, faults: Sequence[str], end: str) -> None:
    blows = ", ".join(f"{blow.at:.1f} {blow.fault}{' in mid-batch' if blow.is_aimed else ''}" for blow in plan.blows)
    sys.stdout.write(f"seed {plan.seed} ({plan.policy}): {'FAILED' if faults else 'ok'}, {end} [{blows}]\n")
    sys.stdout.writelines(f"    {fault}\n" for fault in faults)
    sys.stdout.flush()


def _report(tally: Tally, folder: Path) -> None:
    """The table; what every program said is kept where something failed."""
    minutes = (time.monotonic() - tally.began) / 60
    lines = [f"{tally.struck[fault]:6}  {fault}" for fault in (*Fault, STANDING)]
    lines.append(f"{tally.runs} runs in {minutes:.0f} min; left in doubt: {dict(tally.doubts)}")
    lines.append(f"most batches in one slot's hands, by people in a run: {tally.at_once}")
    if tally.failed:
        lines += [*(f"FAILED: make chaos SEED={seed} RUNS=1" for seed in tally.failed), f"what every program said is in {folder}"]
    else:
        lines.append("none lost, none twice")
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("\n".join(["", " times  fault", *lines, ""]))


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
