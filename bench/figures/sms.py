"""Texts by one worker process at a provider that takes 30 ms to answer, against the SDK over the same pool of connections."""

from app.domain.channels import Channel
from bench.figures.email import bare_rate
from bench.meter import Run
from bench.plan import Bench, Result, middle
from bench.workers import WORKERS, wait_until_recorded, wait_until_taken, workers
from bench.world import compose, list_of, start, vacuum

WARM_UP = 500


def sms(bench: Bench) -> Result:
    """A text with one personal field to many."""
    count = bench.size.sms
    _send(bench, min(WARM_UP, count))
    texts = [{"to": f"+1201555{number:04d}", "from_": "+15005550006", "body": "Training moves to 18:30, Ava."} for number in range(1000)]
    bare, runs = [], []
    for _ in range(bench.size.rounds):
        bare.append(bare_rate(bench.ground, "text", texts, count, processes=1))
        runs.append(_send(bench, count))
    return {
        "messages_per_s_per_worker": middle([count / run.wall_seconds for run in runs], 0),
        "bare_messages_per_s": middle([limit.per_second for limit in bare], 0),
        "cpu_ms_per_message": middle([run.cpu_ms(WORKERS, count) + run.cpu_ms("postgresql", count) for run in runs]),
        "worker_peak_mb": middle([run.peak_mb[WORKERS] for run in runs], 0),
        "runs": [run.summary(count) for run in runs],
    }


def _send(bench: Bench, count: int) -> Run:
    sendout_id = compose(bench.club, list_of(bench.club, count, only_plain=True), Channel.SMS)
    vacuum()
    with workers(bench.ground, "sending=1", "default"):
        bench.ground.forget()
        watch = bench.ground.meter.start()
        start(bench.club, sendout_id)
        last_at = wait_until_taken(bench.ground, count)
        wait_until_recorded(sendout_id, count)
        return watch.stop(ended_at=last_at)
