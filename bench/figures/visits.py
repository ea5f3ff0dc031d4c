"""The open pixel and the redirect of a link: each visit committed before it is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.events import EventKind
from app.lib.tokens import signing_key
from app.messages.urls import MessageUrls
from app.web.installation import settings
from bench.figures.events import WAITING, sent_messages
from bench.ground import NotMeasured, wait_until
from bench.load import Answers, fire, get_request
from bench.make_data import OFFERS
from bench.meter import Run
from bench.plan import Bench, Result, middle
from bench.workers import workers
from bench.world import rows, scalar, vacuum

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"
WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody fetches a message's pixel, or follows one of its links."""

    message_id: int
    sendout_id: int
    link: int


Address = Callable[[MessageUrls, Visit], str]


def pixel(bench: Bench) -> Result:
    """Each message opened once."""
    return _visited(bench, EventKind.OPEN, 200, lambda urls, visit: urls.open_pixel(visit.message_id))


def click(bench: Bench) -> Result:
    """One of its links followed from each message."""
    return _visited(bench, EventKind.CLICK, 302, lambda urls, visit: f"{urls.clicks(visit.message_id, visit.sendout_id)}/{visit.link}")


def _visited(bench: Bench, kind: EventKind, status: int, address: Address) -> Result:
    rounds = [_round(bench, kind, status, address) for _ in range(bench.size.rounds)]
    count = bench.size.visits - WARM_UP
    return {
        "requests_per_s": middle([answers.per_second for _, answers in rounds], 0),
        "p99_ms": middle([answers.percentile_ms(99) for _, answers in rounds], 1),
        "cpu_ms_per_request": middle([run.cpu_ms("web", count) + run.cpu_ms("postgresql", count) for run, _ in rounds]),
        "runs": [run.summary(count) for run, _ in rounds],
    }


def _round(bench: Bench, kind: EventKind, status: int, address: Address) -> tuple[Run, Answers]:
    sendout_id = sent_messages(bench, bench.size.visits)
    requests = _requests(sendout_id, address)
    vacuum()
    with bench.ground.web():
        fire(bench.ground.web_port, requests[:WARM_UP])
        watch = bench.ground.meter.start()
        answers = fire(bench.ground.web_port, requests[WARM_UP:])
        run = watch.stop()
    answers.expect(status)
    _make_sure(sendout_id, kind, bench)
    return run, answers


def _requests(sendout_id: int, address: Address) -> list[bytes]:
    urls = MessageUrls("", signing_key(settings().secret_keys[0]))
    found = rows("SELECT id FROM messages WHERE sendout_id = :id ORDER BY id", id=sendout_id)
    visits = [Visit(message_id, sendout_id, number % OFFERS) for number, (message_id,) in enumerate(found)]
    return [get_request(address(urls, visit), AGENT) for visit in visits]


def _make_sure(sendout_id: int, kind: EventKind, bench: Bench) -> None:
    """Apply what was kept, and find every visit in the ledger."""
    with workers(bench.ground, "callbacks"):
        wait_until(lambda: scalar(WAITING) == 0, "visits stay unapplied")
    found = scalar(
        "SELECT count(*) FROM message_events e JOIN messages m ON m.id = e.message_id WHERE m.sendout_id = :id AND e.kind = :kind",
        id=sendout_id,
        kind=kind,
    )
    if found != bench.size.visits:
        raise NotMeasured(f"{found} of {bench.size.visits} visits are in the ledger")
