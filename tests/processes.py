"""Looking into programs that a test has started, while they die and are born."""

import psutil


def children_of(process: psutil.Process) -> list[psutil.Process]:
    """None of one that is gone."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def rq_workers_of(line: psutil.Process) -> list[psutil.Process]:
    """The RQ workers that `python -m workers` keeps; their children are the forked jobs."""
    return [each for each in children_of(line) if "spawn_main" in _command_of(each)]


def _command_of(process: psutil.Process) -> str:
    """Empty for one that is dead and not yet buried."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
