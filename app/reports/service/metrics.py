"""`/metrics` for Prometheus, read from the database at each visit: the same from whichever process answers.

Numbers of the whole installation; no organisation is named, and no person.
"""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text

from app.domain.send_path import SendPath
from app.extensions import db
from app.lib.clock import now
from app.messages.quota import KnownAccount
from app.reports.service.account import account
from app.reports.service.standing import Inflow, backlog, crews, inflows, troubled_minutes

_COUNTS = text("""
    SELECT channel, counter, sum(amount)::bigint AS amount FROM (
        SELECT channel, counter, amount FROM sendout_counts UNION ALL SELECT channel, counter, amount FROM sendout_count_deltas) AS parts
    GROUP BY 1, 2""")
_SENDOUTS = text("SELECT state, count(*) AS sendouts FROM sendouts WHERE deleted_at IS NULL GROUP BY 1")
_OPEN = text("SELECT count(*) FROM batches WHERE state = 'open'")
_DOUBTS = text("""
    SELECT m.channel, (b.doubt_left_at IS NOT NULL)::text AS is_left, count(*) AS messages
    FROM messages m JOIN batches b ON b.id = m.batch_id WHERE m.status = 'in_doubt' GROUP BY 1, 2""")


__all__ = ["CONTENT_TYPE", "exposition"]


def exposition() -> bytes:
    """Everything, in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ledger())
    return generate_latest(registry)


class _Ledger(Collector):
    """Asks the database when it is asked."""

    def collect(self) -> Iterator[Metric]:
        """All families, one after the other."""
        yield from _processes()
        yield from _work()
        yield from _callbacks(inflows())
        yield from _messages()
        yield from _amazon()


def _processes() -> Iterator[Metric]:
    alive = GaugeMetricFamily("sendout_processes", "Processes seen alive within 90 seconds.", labels=["kind"])
    for crew in crews():
        alive.add_metric([crew.kind], len(crew.alive))
    yield alive


def _work() -> Iterator[Metric]:
    waiting = backlog()
    jobs = GaugeMetricFamily("sendout_jobs_waiting", "Jobs in each queue; absent while Redis is away.", labels=["queue"])
    for queue, count in (waiting.jobs or {}).items():
        jobs.add_metric([queue], count)
    yield jobs
    ready = GaugeMetricFamily("sendout_messages_ready", "Messages in batches that could be handed over now.", labels=["channel"])
    for channel, count in waiting.messages.items():
        ready.add_metric([channel], count)
    yield ready
    yield GaugeMetricFamily("sendout_batches_open", "Batches in a worker's hands.", value=db.session.execute(_OPEN).scalar_one())
    states = GaugeMetricFamily("sendout_sendouts", "Send-outs by state.", labels=["state"])
    for row in db.session.execute(_SENDOUTS):
        states.add_metric([row.state], row.sendouts)
    yield states


def _callbacks(flows: list[Inflow]) -> Iterator[Metric]:
    receipts = GaugeMetricFamily(
        "sendout_receipts", "Callbacks without effect yet: due now, parked for another try, or set aside.", labels=["kind", "standing"]
    )
    lag = GaugeMetricFamily("sendout_receipts_lag_seconds", "Age of the oldest callback that is due.", labels=["kind"])
    for flow in flows:
        for standing, count in (("due", flow.due), ("parked", flow.parked), ("aside", flow.aside)):
            receipts.add_metric([flow.kind, standing], count)
        lag.add_metric([flow.kind], (now() - flow.oldest_due_at).total_seconds() if flow.oldest_due_at else 0.0)
    yield receipts
    yield lag
    yield GaugeMetricFamily(
        "sendout_callbacks_refused_minutes", "Minutes of the last day with a callback answered 5xx.", value=troubled_minutes()
    )


def _messages() -> Iterator[Metric]:
    shown = GaugeMetricFamily("sendout_messages", "Messages by the status that is shown.", labels=["channel", "status"])
    facts = GaugeMetricFamily(
        "sendout_facts", "Messages of which this is known; a machine's open may be found out later.", labels=["channel", "fact"]
    )
    accepted = CounterMetricFamily("sendout_accepted", "Messages that a provider took.", labels=["channel"])
    for row in db.session.execute(_COUNTS):
        prefix, _, name = row.counter.partition(":")
        if prefix == "shown":
            shown.add_metric([row.channel, name], row.amount)
        elif name == "accepted":
            accepted.add_metric([row.channel], row.amount)
        elif prefix == "fact":
            facts.add_metric([row.channel, name], row.amount)
    yield from (shown, facts, accepted)
    doubts = GaugeMetricFamily("sendout_in_doubt", "Messages in doubt; left: a person chose to.", labels=["channel", "left"])
    for row in db.session.execute(_DOUBTS):
        doubts.add_metric([row.channel, row.is_left], row.messages)
    yield doubts


def _amazon() -> Iterator[Metric]:
    seen = account()
    path = GaugeMetricFamily("sendout_ses_send_path", "1 for the way that e-mail goes: bulk calls, or single ones.", labels=["path"])
    for each in SendPath:
        path.add_metric([each], float(each is seen.turn.path))
    yield path
    yield CounterMetricFamily("sendout_ses_send_path_moves", "Changes between bulk and single calls.", value=seen.turn.moves)
    if seen.known is not None:
        yield from _quota(seen.known)


def _quota(known: KnownAccount) -> Iterator[Metric]:
    quota = known.quota
    if quota.max_per_second is not None:
        yield GaugeMetricFamily("sendout_ses_max_per_second", "E-mails a second that SES allows.", value=quota.max_per_second)
    if quota.max_24_hours is not None:
        yield GaugeMetricFamily("sendout_ses_max_24_hours", "E-mails that SES allows within 24 hours.", value=quota.max_24_hours)
    yield GaugeMetricFamily("sendout_ses_sent_24_hours", "E-mails sent within 24 hours, as SES said last.", value=quota.sent_24_hours)
    is_healthy = quota.is_sending_enabled and quota.enforcement == "HEALTHY"
    yield GaugeMetricFamily("sendout_ses_healthy", "1 when SES lets the account send and finds nothing wrong.", value=float(is_healthy))
    yield GaugeMetricFamily("sendout_ses_asked_timestamp_seconds", "When SES was asked last.", value=known.asked_at.timestamp())
