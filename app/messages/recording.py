"""Writing down what the provider answered: commit 2 of a batch, retried for as long as the process lives.

Every write is fenced by (batch, attempt): an answer that comes after the lease ran out changes nothing but evidence.
Rows are locked in id order, here as everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.suppression import SuppressionReason
from app.extensions import db, rows_changed
from app.lib.arrays import numbers, words
from app.lib.storable import storable_text
from app.messages.claiming import Claim
from app.providers.base import Accepted, Outcome, Refused, Throttled, Unknown
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: how many were accepted, and for how long or why everybody waits."""

    accepted_count: int
    wait_seconds: float = 0.0
    hold: str | None = None


_CLOSE_BATCH = """
    UPDATE batches SET state = :state, lease_until = NULL, ready_at = now() + make_interval(secs => :wait)
    WHERE id = :batch_id AND attempt = :attempt AND state = 'open'"""
_FENCE = text(_CLOSE_BATCH)

# All of them before anything is written, whatever became of each: locked in two goes, accepted and then refused, they would
# meet the events' locks crosswise. The send-out's row comes after its messages, as it does there.
_LOCK = text("SELECT id FROM messages WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE")

_TAKEN = """
    taken AS (SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:refs AS text[]), CAST(:segments AS smallint[])) AS t(id, ref, segments))"""
_RAISE = """
    UPDATE messages m
    SET status = CASE WHEN delivery_rung(m.status) = 0 THEN 'sent' ELSE m.status END,
        provider_ref = coalesce(m.provider_ref, taken.ref), accepted_at = coalesce(m.accepted_at, now()),
        segments = coalesce(taken.segments, m.segments)"""
_ACCEPT = text(f"WITH {_TAKEN} {_RAISE} FROM taken WHERE m.id = taken.id")

_SETTLE = text("""
    WITH refused AS (SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:codes AS text[]), CAST(:words AS text[]))
                     AS t(id, status, code, words))
    UPDATE messages m
    SET status = refused.status, skip_reason = CASE WHEN refused.status = 'skipped' THEN 'stopped' END,
        error_code = refused.code, error_words = refused.words
    FROM refused WHERE m.id = refused.id AND m.status IN ('pending', 'in_doubt')""")

_NOTE_PROGRESS = """
    UPDATE sendouts SET last_progress_at = now(), first_accepted_at = coalesce(first_accepted_at, now())
    WHERE id = :sendout_id AND (first_accepted_at IS NULL OR last_progress_at IS NULL OR last_progress_at < now() - interval '1 second')"""
_PROGRESS = text(_NOTE_PROGRESS)

# What nearly every batch needs, in one statement: each way there and back costs. Locked in the same order: the batch, whose
# count the messages' lock asks for, the messages in id order, and then the send-out, which nothing asks for.
_ALL_ACCEPTED = text(f"""
    WITH closed AS ({_CLOSE_BATCH} RETURNING id), {_TAKEN},
    locked AS MATERIALIZED (
        SELECT m.id, taken.ref, taken.segments FROM taken JOIN messages m ON m.id = taken.id
        WHERE (SELECT count(*) FROM closed) >= 0 ORDER BY m.id FOR UPDATE OF m),
    noted AS ({_NOTE_PROGRESS})
    {_RAISE.replace("taken.", "locked.")} FROM locked WHERE m.id = locked.id""")  # noqa: S608  constants of ours

_HOLD = text("UPDATE sendouts SET state = 'held', held_reason = :reason WHERE id = :sendout_id AND state = 'running'")


def is_recorded_at_once(outcomes: Sequence[Outcome]) -> bool:
    """Whether one statement is all that recording takes: everybody was accepted."""
    return bool(outcomes) and all(isinstance(outcome, Accepted) for outcome in outcomes)


def record(claim: Claim, outcomes: Sequence[Outcome], *, segments: Sequence[int] = ()) -> Recorded:
    """Write every outcome of a batch down; callable again with the same values after a rollback.

    `segments` are our own counts for texts, in the order of the outcomes. Throttled messages stay pending and the batch
    becomes ready again; a batch that was taken from us meanwhile (its lease ran out) only gains evidence.
    """
    by_id = list(zip((recipient.message_id for recipient in claim.recipients), outcomes, strict=True))
    accepted = [(message_id, outcome) for message_id, outcome in by_id if isinstance(outcome, Accepted)]
    taken = _taken(accepted, dict(zip((message_id for message_id, _ in by_id), segments, strict=False)))
    if is_recorded_at_once(outcomes):
        db.session.execute(_ALL_ACCEPTED, {**taken, **_closing(claim, "done", 0.0), "sendout_id": claim.sendout_id})
        return Recorded(len(accepted))
    throttled = [outcome for _, outcome in by_id if isinstance(outcome, Throttled)]
    hold = next((outcome.hold for outcome in throttled if outcome.hold), None)
    # What is held waits for a person alone: whoever presses Resume would wonder for minutes why nothing happens.
    wait = 0.0 if hold else max((outcome.retry_after_seconds for outcome in throttled), default=0.0)
    is_ours = rows_changed(_FENCE, _closing(claim, "ready" if throttled else "done", wait))
    db.session.execute(_LOCK, {"ids": [message_id for message_id, _ in by_id]})
    others = [(message_id, outcome) for message_id, outcome in by_id if isinstance(outcome, Refused | Unknown)] if is_ours else []
    if accepted:
        db.session.execute(_ACCEPT, taken)
    _refuse(claim, others)
    _note(claim, is_progress=bool(accepted), hold=hold)
    _suppress_refused(claim, others)
    return Recorded(len(accepted), wait, hold)


def _note(claim: Claim, *, is_progress: bool, hold: str | None) -> None:
    if is_progress:
        db.session.execute(_PROGRESS, {"sendout_id": claim.sendout_id})
    if hold:
        db.session.execute(_HOLD, {"reason": hold, "sendout_id": claim.sendout_id})


def _taken(accepted: Sequence[tuple[int, Accepted]], segments: Mapping[int, int]) -> dict[str, Any]:
    counted = [outcome.segments or segments.get(message_id) for message_id, outcome in accepted]
    return {
        "ids": numbers(message_id for message_id, _ in accepted),
        "refs": words(outcome.ref for _, outcome in accepted),
        "segments": numbers(counted) if any(counted) else None,
    }


def _closing(claim: Claim, state: str, wait: float) -> dict[str, Any]:
    return {"state": state, "wait": wait, "batch_id": claim.batch_id, "attempt": claim.attempt}


def _refuse(claim: Claim, others: Sequence[tuple[int, Refused | Unknown]]) -> None:
    if not others:
        return
    judged = [(message_id, *_judged(outcome, claim.channel)) for message_id, outcome in others]
    ids, statuses, codes, words = (list(column) for column in zip(*judged, strict=True))
    db.session.execute(_SETTLE, {"ids": ids, "statuses": statuses, "codes": codes, "words": words})


def _judged(outcome: Refused | Unknown, channel: Channel) -> tuple[DeliveryStatus, str | None, str]:
    if isinstance(outcome, Unknown):
        return DeliveryStatus.IN_DOUBT, None, storable_text(outcome.why)
    by_blame = {"address": _bad_address(channel), "opted_out": DeliveryStatus.SKIPPED}
    return by_blame.get(outcome.blame, DeliveryStatus.NOT_SENT), storable_text(outcome.code), storable_text(outcome.words)


def _bad_address(channel: Channel) -> DeliveryStatus:
    return DeliveryStatus.BAD_EMAIL if channel is Channel.EMAIL else DeliveryStatus.BAD_NUMBER


def _suppress_refused(claim: Claim, others: Sequence[tuple[int, Refused | Unknown]]) -> None:
    bad = SuppressionReason.BAD_EMAIL if claim.channel is Channel.EMAIL else SuppressionReason.BAD_NUMBER
    reasons = {"address": bad, "opted_out": SuppressionReason.STOP}
    blamed = {message_id: outcome for message_id, outcome in others if isinstance(outcome, Refused) and outcome.blame in reasons}
    if not blamed:
        return
    owner = db.session.execute(text("SELECT organisation_id FROM batches WHERE id = :id"), {"id": claim.batch_id}).scalar_one()
    suppress(
        [
            NewEntry(
                organisation_id=owner,
                channel=claim.channel,
                address=recipient.address,
                reason=reasons[blamed[recipient.message_id].blame],
                source=EntrySource.PROVIDER,
                sendout_id=claim.sendout_id,
                message_id=recipient.message_id,
                proof={"code": blamed[recipient.message_id].code, "words": blamed[recipient.message_id].words},
            )
            for recipient in claim.recipients
            if recipient.message_id in blamed
        ]
    )
