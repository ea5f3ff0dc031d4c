"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import redis

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0  # a few; more where the machine is busy


def eventually(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it comes true within our patience; an error counts as not yet."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if is_so():
                return True
        except (OSError, psycopg.OperationalError, redis.ConnectionError, psutil.NoSuchProcess):
            pass
        time.sleep(0.05)
    return False


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
