"""The chaos suite in its short form; `make chaos` is the long one."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.faults import ACTS
from tests.chaos.plan import ALL, Fault, plan_for
from tests.chaos.run import OPT_OUTS

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 900  # some sixty where nothing else runs; ten times that where much does
SHORT = ("--short", "--seed", "421", "--runs", "2", "--people", "60")  # killed, cut off, wiped, reset after accepting, and opted out


@pytest.mark.flow
def test_nothing_is_lost_and_nothing_goes_twice_in_a_few_runs_of_chaos():
    command = [sys.executable, "-m", "tests.chaos", *SHORT]

    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^seed \d+ \(resend\): ok", done.stdout, re.MULTILINE)) == 2


def test_a_seed_plays_the_same_plan_every_time():
    assert [plan_for(seed) for seed in range(50)] == [plan_for(seed) for seed in range(50)]


def test_two_hundred_runs_have_every_fault_ten_times():
    struck = Counter(blow.fault for seed in range(1, 201) for blow in plan_for(seed).blows)

    assert {fault: count for fault, count in struck.items() if count < 10} == {}
    assert set(struck) == set(ALL)


@pytest.mark.parametrize("fault", ALL)
def test_every_fault_can_be_done(fault: Fault):
    assert (fault in ACTS) is (fault not in OPT_OUTS)
