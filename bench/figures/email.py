"""E-mail from Send to the last acceptance, by the bulk and by the single path, against the SDK alone in the same minutes."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from app.domain.channels import Channel
from app.extensions import db
from app.lib.tokens import signing_key
from app.messages.campaign import EmailCampaign, email_campaign
from app.messages.claiming import recipient_of
from app.messages.urls import MessageUrls
from app.models import Sendout
from app.providers.base import EmailCall, OutgoingEmail
from app.providers.ses_requests import bulk_request, single_request
from app.web.installation import settings
from bench.ground import PROJECT, Ground
from bench.meter import Run
from bench.plan import Bench, Result, middle
from bench.workers import WORKERS, wait_until_recorded, wait_until_taken, workers
from bench.world import compose, list_of, rows, start, vacuum

PROCESSES = 2
ONE_PROCESS = 1
BATCH = 50
RENDERED = 4_000  # requests that the bare loop goes round and round
WARM_UP = 2_000


@dataclass(frozen=True, slots=True)
class Limit:
    """What the SDK alone reaches."""

    per_second: float
    cpu_ms: float


def email(bench: Bench) -> Result:
    """The newsletter to many, as marketing, tracked, five links: by one process, which leaves PostgreSQL a core, and by two."""
    _send(bench, min(WARM_UP, bench.size.email), {})
    one, two = _Series(bench, ONE_PROCESS), _Series(bench, PROCESSES)
    for _ in range(bench.size.rounds):
        for series in (one, two):
            series.go_round()
    return one.result() | {"two_processes": two.result()}


@dataclass(slots=True)
class _Series:
    """Rounds of so many processes: a send-out, then the SDK alone in as many, with what those would have asked of it."""

    bench: Bench
    processes: int
    runs: list[Run] = field(default_factory=list)
    bare: list[Limit] = field(default_factory=list)
    tuned: list[Limit] = field(default_factory=list)

    def go_round(self) -> None:
        """One more of each."""
        count = self.bench.size.email
        self.runs.append(_send(self.bench, count, {}, self.processes))
        calls = _requests("bulk")
        self.bare.append(bare_rate(self.bench.ground, "bulk", calls, count // 2, self.processes))
        self.tuned.append(bare_rate(self.bench.ground, "bulk-tuned", calls, count // 2, self.processes))

    def result(self) -> Result:
        """The figures."""
        count = self.bench.size.email
        return _result(count, self.runs) | {
            "processes": self.processes,
            "bare_loop_ratio": _ratio(count, self.runs, self.bare),
            "bare_tuned_ratio": _ratio(count, self.runs, self.tuned),
            "bare": _limits(self.bare),
            "bare_tuned": _limits(self.tuned),
        }


def single(bench: Bench) -> Result:
    """The same mail, one SendEmail a person."""
    _send(bench, min(WARM_UP // 4, bench.size.single), {"SES_SEND_PATH": "single"})
    bare, tuned, runs = [], [], []
    for _ in range(bench.size.rounds):
        runs.append(_send(bench, bench.size.single, {"SES_SEND_PATH": "single"}))
        calls = _requests("single")
        bare.append(bare_rate(bench.ground, "single", calls, bench.size.single))
        tuned.append(bare_rate(bench.ground, "single-tuned", calls, bench.size.single))
    return {
        "single_path_ratio": _ratio(bench.size.single, runs, bare),
        "single_path_tuned_ratio": _ratio(bench.size.single, runs, tuned),
        "single_path": _result(bench.size.single, runs) | {"bare": _limits(bare), "bare_tuned": _limits(tuned)},
    }


def bare_rate(ground: Ground, kind: str, requests: list[dict[str, Any]], count: int, processes: int = PROCESSES) -> Limit:
    """Messages a second by the SDK in so many processes at once, from the first that begins to the last that ends."""
    file = ground.folder / "requests.json"
    file.write_text(json.dumps(requests))
    command = [sys.executable, "-m", "bench.bare", kind, "--file", str(file), "--count", str(count // processes)]
    started = [_bare_process(command) for _ in range(processes)]
    for process in started:
        assert process.stdout  # noqa: S101  for the types: it was asked for
        process.stdout.readline()
    times = [process.communicate()[0].split() for process in _all_told(started)]
    seconds = max(float(end) for _, end, _ in times) - min(float(begin) for begin, _, _ in times)
    return Limit(count / seconds, 1000 * sum(float(used) for _, _, used in times) / count)


def _bare_process(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _all_told(started: list["subprocess.Popen[str]"]) -> list["subprocess.Popen[str]"]:
    """All of them told to begin before any is waited for."""
    for process in started:
        assert process.stdin  # noqa: S101  for the types: it was asked for
        process.stdin.write("go\n")
        process.stdin.flush()
    return started


def _send(bench: Bench, count: int, changed: dict[str, str], processes: int = PROCESSES) -> Run:
    """One send-out through the whole stack; the wall time ends with the last acceptance, the cost with the last record."""
    sendout_id = compose(bench.club, list_of(bench.club, count, only_plain=True), Channel.EMAIL)
    vacuum()
    with workers(bench.ground, f"sending={processes}", "default", **changed):
        bench.ground.forget()
        watch = bench.ground.meter.start()
        start(bench.club, sendout_id)
        last_at = wait_until_taken(bench.ground, count)
        wait_until_recorded(sendout_id, count)
        return watch.stop(ended_at=last_at)


def _requests(kind: str) -> list[dict[str, Any]]:
    """What our own worker would ask of the SDK for the latest send-out."""
    ((sendout_id,),) = rows("SELECT max(id) FROM sendouts")
    campaign = email_campaign(db.session.get_one(Sendout, sendout_id))
    urls = MessageUrls(settings().public_url, signing_key(settings().secret_keys[0]))
    ids = rows("SELECT id FROM messages WHERE sendout_id = :id ORDER BY id LIMIT :many", id=sendout_id, many=RENDERED)
    outgoing = [_outgoing(campaign, message_id, urls) for (message_id,) in ids]
    db.session.rollback()
    calls = [_call(campaign, outgoing[begin : begin + BATCH]) for begin in range(0, len(outgoing), BATCH)]
    if kind == "bulk":
        return [bulk_request(call) for call in calls]
    return [single_request(call, message) for call in calls for message in call.messages]


def _outgoing(campaign: EmailCampaign, message_id: int, urls: MessageUrls) -> OutgoingEmail:
    recipient = recipient_of(message_id)
    slots = campaign.slots(message_id, recipient.fields, urls)
    return OutgoingEmail(message_id, 1, recipient.address, slots, {"List-Unsubscribe": f"<{slots['unsubscribe']}>"})


def _call(campaign: EmailCampaign, messages: list[OutgoingEmail]) -> EmailCall:
    return EmailCall(
        sender=campaign.sender,
        reply_to=None,
        subject=campaign.template.subject,
        text=campaign.text,
        html=campaign.html,
        headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        messages=messages,
        configuration_set=settings().ses_configuration_set,
    )


def _ratio(count: int, runs: list[Run], limits: list[Limit]) -> float:
    return middle([_rate(count, run) / limit.per_second for run, limit in zip(runs, limits, strict=True)])


def _limits(limits: list[Limit]) -> Result:
    return {"messages_per_s": middle([each.per_second for each in limits], 0), "cpu_ms": middle([each.cpu_ms for each in limits])}


def _rate(count: int, run: Run) -> float:
    return count / run.wall_seconds


def _result(count: int, runs: list[Run]) -> Result:
    return {
        "recipients": count,
        "messages_per_s": middle([_rate(count, run) for run in runs], 0),
        "cpu_ms_per_message": middle([run.cpu_ms(WORKERS, count) + run.cpu_ms("postgresql", count) for run in runs]),
        "worker_peak_mb": middle([run.peak_mb[WORKERS] for run in runs], 0),
        "runs": [run.summary(count) for run in runs],
    }
