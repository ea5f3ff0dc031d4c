"""Receipts that wait for their effect, and what is written of them afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.lib.clock import now
from app.models import CallbackReceipt, ReceiptKind
from app.models.recordset import recordset

NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # not tried again by itself; whoever knows better sets it back
MOST_TRIES = 36  # with the pauses below, about a day
LONGEST_PAUSE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored callback that is due. `seen_at` is when it was taken up, by PostgreSQL's clock: ours may be wrong."""

    id: int
    kind: str
    receipt_key: str
    url: str
    body: bytes
    received_at: datetime
    tries: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a receipt: applied, or due again later; `problem` says why, or what of it was left out."""

    id: int
    applied_at: datetime | None
    due_at: datetime
    tries: int
    problem: str | None


def due_receipts(limit: int) -> list[Receipt]:
    """The receipts whose turn it is, locked; those in other hands are left out."""
    receipt = CallbackReceipt
    is_due = receipt.applied_at.is_(None), receipt.due_at <= func.statement_timestamp()
    due = select(*_taken_up()).where(*is_due).order_by(receipt.due_at, receipt.id)
    return [Receipt(*row) for row in db.session.execute(due.limit(limit).with_for_update(skip_locked=True))]


def applied(receipt: Receipt, note: str | None = None) -> Verdict:
    """It has had its effect; `note` says what of it was left out."""
    return Verdict(receipt.id, now(), receipt.received_at, receipt.tries, note)


def parked(receipt: Receipt, problem: str) -> Verdict:
    """Its time may still come: after 1, 2, 4 … seconds, at most an hour, for a day."""
    pause = timedelta(seconds=min(2**receipt.tries, LONGEST_PAUSE_SECONDS))
    due_at = receipt.seen_at + pause if receipt.tries < MOST_TRIES else NEVER
    return Verdict(receipt.id, None, due_at, receipt.tries + 1, problem)


def set_aside(receipt: Receipt, problem: str) -> Verdict:
    """It is kept, and not tried again by itself."""
    return Verdict(receipt.id, None, NEVER, receipt.tries + 1, problem)


def write_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Write down what became of these receipts, in one statement."""
    if not verdicts:
        return
    names = ("applied_at", "due_at", "tries", "problem")
    rows = [{name: getattr(verdict, name) for name in ("id", *names)} for verdict in verdicts]
    given = recordset(CallbackReceipt, rows, "id", *names)
    written = update(CallbackReceipt).where(CallbackReceipt.id == given.c.id).values({name: given.c[name] for name in names})
    db.session.execute(written, execution_options={"synchronize_session": False})


def offer_again(kind: ReceiptKind | None) -> dict[str, int]:
    """Make those due now that wait, were set aside or given up, of one kind or of all; how many of each."""
    receipt = CallbackReceipt
    waiting = update(receipt).where(receipt.applied_at.is_(None), receipt.due_at > func.now())
    if kind is not None:
        waiting = waiting.where(receipt.kind == kind)
    offered = waiting.values(due_at=func.now(), tries=0).returning(receipt.kind)
    kinds = db.session.scalars(offered, execution_options={"synchronize_session": False}).all()
    return dict(sorted(Counter(kinds).items()))


def forget(receipts: Sequence[Receipt]) -> None:
    """Empty what came about somebody who was erased: it names the address."""
    if receipts:
        emptied = update(CallbackReceipt).where(CallbackReceipt.id.in_([receipt.id for receipt in receipts])).values(body=b"")
        db.session.execute(emptied, execution_options={"synchronize_session": False})


def keep_receipt(row: dict[str, object]) -> Receipt | None:
    """Store one receipt in the present transaction; None when it was there before."""
    receipt = CallbackReceipt
    kept = insert(receipt).values(row).on_conflict_do_nothing(index_elements=("kind", "receipt_key"))
    found = db.session.execute(kept.returning(*_taken_up())).one_or_none()
    return None if found is None else Receipt(*found)


def _taken_up() -> tuple[ColumnElement[Any], ...]:
    receipt = CallbackReceipt
    columns = receipt.id, receipt.kind, receipt.receipt_key, receipt.url, receipt.body, receipt.received_at, receipt.tries
    return *(each.expression for each in columns), func.statement_timestamp()
