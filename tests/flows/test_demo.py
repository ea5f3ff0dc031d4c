"""`make demo`: the main job without a hand, as the terminal plays it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.house import PROJECT, own_servers

pytestmark = pytest.mark.flow
MINUTES = 5


def test_the_demo_plays_to_its_end_and_every_number_adds_up(tmp_path: Path):
    command = [sys.executable, "-m", "stack", "demo", "--folder", str(tmp_path / "demo")]

    played = subprocess.run(command, cwd=PROJECT, env=own_servers(), capture_output=True, text=True, timeout=60 * MINUTES, check=False)

    assert played.returncode == 0, played.stdout + played.stderr
    assert "Every person is accounted for" in played.stdout
