"""An audience resolved into the ledger: every person a row, a message or a skip with its reason."""

from app.domain.channels import Channel
from bench.ground import NotMeasured
from bench.meter import Run
from bench.plan import Bench, Result, middle
from bench.workers import WORKERS, finish, wait_until_resolved, workers
from bench.world import compose, list_of, start, statuses, vacuum


def resolve(bench: Bench) -> Result:
    """A million, one in twenty of them skipped for five reasons; and a few, which must take as much memory."""
    few, many = bench.size.few, bench.size.many
    small = [_resolved(bench, few) for _ in range(bench.size.rounds)]
    large = [_resolved(bench, many) for _ in range(bench.size.rounds)]
    return {
        "people": many,
        "seconds_per_million": middle([run.wall_seconds * 1_000_000 / many for run in large], 2),
        "worker_peak_mb": middle([run.peak_mb[WORKERS] for run in large], 0),
        "worker_peak_mb_few": middle([run.peak_mb[WORKERS] for run in small], 0),
        "cpu_ms_per_person": middle([run.cpu_ms(WORKERS, many) + run.cpu_ms("postgresql", many) for run in large]),
        "runs": [run.summary(many) for run in large],
        "few_runs": [run.summary(few) for run in small],
    }


def _resolved(bench: Bench, count: int) -> Run:
    """From Send to the last row. Nobody hands over meanwhile: there is no worker for that."""
    sendout_id = resolved_sendout(bench, count)
    vacuum()
    with workers(bench.ground, "default"):
        watch = bench.ground.meter.start()
        start(bench.club, sendout_id)
        wait_until_resolved(sendout_id)
        run = watch.stop()
    found = statuses(sendout_id)
    if sum(found.values()) != count or not found.get("skipped"):
        raise NotMeasured(f"{count} people have left {found}")
    finish(sendout_id)
    return run


def resolved_sendout(bench: Bench, count: int) -> int:
    """A draft to so many people, with those who will be skipped."""
    return compose(bench.club, list_of(bench.club, count, only_plain=False), Channel.EMAIL)
