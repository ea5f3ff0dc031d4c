"""`python -m workers sending=3 callbacks default`: so many RQ workers a queue, each a process, restarted when one dies."""

import signal
import sys
import time
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import structlog

import config
from app.jobs import QueueName
from workers.runtime import draining
from workers.worker import work

RESTART_PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


def main(arguments: list[str]) -> None:
    """Keep the asked workers running until SIGTERM or SIGINT; then let each finish what it has in its hands."""
    wanted = [queue for argument in arguments for queue in _places(argument)]
    signal.signal(signal.SIGTERM, draining.ask)
    signal.signal(signal.SIGINT, draining.ask)
    running = {place: _start(queue) for place, queue in enumerate(wanted)}
    while not draining.asked:
        time.sleep(0.5)
        for place, process in running.items():
            if not process.is_alive() and not draining.asked:
                log.warning("worker died, another takes its place", queue=wanted[place], exit_code=process.exitcode)
                time.sleep(RESTART_PAUSE_SECONDS)
                running[place] = _start(wanted[place])
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.join()


def _places(argument: str) -> list[str]:
    queue, _, count = argument.partition("=")
    if queue not in set(QueueName) or (count and not count.isdigit()):
        sys.exit(f"workers: {argument!r} is no queue: name some of {', '.join(QueueName)}, each with =COUNT if there should be several")
    return [queue] * int(count or 1)


def _start(queue: str) -> BaseProcess:
    process = get_context("spawn").Process(target=work, args=(queue,), name=f"worker-{queue}")
    process.start()
    return process


if __name__ == "__main__":
    config.load()
    main(sys.argv[1:])
