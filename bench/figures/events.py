"""SES's events over SNS: signature checked, stored before the answer, applied to the ledger."""

import time

from app.domain.channels import Channel
from bench.ground import NotMeasured, wait_until
from bench.load import Answers, fire, post_request
from bench.meter import Run
from bench.plan import Bench, Result, middle
from bench.workers import WORKERS, wait_until_recorded, wait_until_taken, workers
from bench.world import compose, list_of, rows, scalar, start, vacuum

HEADERS = "x-amz-sns-message-type: Notification\r\nContent-Type: text/plain; charset=UTF-8\r\n"
WAITING = "SELECT count(*) FROM callback_receipts WHERE applied_at IS NULL"


def events(bench: Bench) -> Result:
    """A delivery of each of many messages, all posted as fast as they are answered."""
    rounds = [_posted(bench, bench.size.events) for _ in range(bench.size.rounds)]
    count = bench.size.events
    return {
        "applied_per_s": middle([count / run.wall_seconds for run, _ in rounds], 0),
        "acknowledged_per_s": middle([answers.per_second for _, answers in rounds], 0),
        "p99_ms": middle([answers.percentile_ms(99) for _, answers in rounds], 1),
        "cpu_ms_per_event": middle([sum(run.cpu_ms(group, count) for group in ("web", WORKERS, "postgresql")) for run, _ in rounds]),
        "runs": [run.summary(count) for run, _ in rounds],
    }


def sent_messages(bench: Bench, count: int) -> int:
    """A send-out of so many messages that were all accepted; returns its id."""
    sendout_id = compose(bench.club, list_of(bench.club, count, only_plain=True), Channel.EMAIL)
    with workers(bench.ground, "sending=2", "default"):
        bench.ground.forget()
        start(bench.club, sendout_id)
        wait_until_taken(bench.ground, count)
        wait_until_recorded(sendout_id, count)
    return sendout_id


def _posted(bench: Bench, count: int) -> tuple[Run, Answers]:
    sendout_id = sent_messages(bench, count)
    found = rows("SELECT id, provider_ref, address FROM messages WHERE sendout_id = :id ORDER BY id", id=sendout_id)
    requests = [post_request("/callbacks/ses", bench.ground.signer.delivery(*row), HEADERS) for row in found]
    vacuum()
    with bench.ground.web(), workers(bench.ground, "callbacks"):
        fire(bench.ground.web_port, requests[:1])
        watch = bench.ground.meter.start()
        answers = fire(bench.ground.web_port, requests[1:])
        wait_until(lambda: scalar(WAITING) == 0, "receipts stay unapplied")
        ended_at = time.monotonic()
        run = watch.stop(ended_at=ended_at)
    answers.expect(200)
    delivered = scalar("SELECT count(*) FROM messages WHERE sendout_id = :id AND status = 'delivered'", id=sendout_id)
    if delivered != count:
        raise NotMeasured(f"{delivered} of {count} deliveries are in the ledger")
    return run, answers
