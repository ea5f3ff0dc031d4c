"""Temporary bounces: three send-outs in a row, over at least 14 days, put an address on the list; a delivery starts anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, TableValuedAlias, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.models import SoftBounce
from app.models.recordset import recordset
from app.unsubscribes.entries import EntrySource, NewEntry, address_key
from app.unsubscribes.service import suppress

IN_A_ROW = 3
OVER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class MailSign:
    """A temporary bounce or a sign of life of one e-mail address, in one send-out."""

    organisation_id: int
    address: str
    sendout_id: int
    occurred_at: datetime


_COLUMNS = ("organisation_id", "address", "sendout_id", "occurred_at")


def count_soft_bounces(bounces: Sequence[MailSign]) -> int:
    """Count each once a send-out, and put the addresses that have had too many on the list. Returns how many that are."""
    if not bounces:
        return 0
    given = _given(bounces)
    counted = insert(SoftBounce).from_select(_COLUMNS, select(given).order_by(given.c.organisation_id, given.c.address, given.c.sendout_id))
    db.session.execute(counted.on_conflict_do_nothing())
    return len(suppress([_entry(row) for row in db.session.execute(_too_many(given))]))


def start_anew(signs_of_life: Sequence[MailSign]) -> None:
    """Forget the temporary bounces of addresses that have taken a mail, or opened one, since; and those of that same send-out."""
    if not signs_of_life:
        return
    given = _given(signs_of_life)
    is_same_address = and_(SoftBounce.organisation_id == given.c.organisation_id, SoftBounce.address == given.c.address)
    is_overtaken = or_(SoftBounce.occurred_at <= given.c.occurred_at, SoftBounce.sendout_id == given.c.sendout_id)
    db.session.execute(delete(SoftBounce).where(is_same_address, is_overtaken), execution_options={"synchronize_session": False})


def _too_many(given: TableValuedAlias) -> Select[int, str, int, int, datetime]:
    last, first = func.max(SoftBounce.occurred_at), func.min(SoftBounce.occurred_at)
    addresses = select(given.c.organisation_id, given.c.address).distinct().subquery()
    facts = func.max(SoftBounce.sendout_id).label("sendout_id"), func.count().label("times"), first.label("since")
    return (
        select(SoftBounce.organisation_id, SoftBounce.address, *facts)
        .join(addresses, and_(SoftBounce.organisation_id == addresses.c.organisation_id, SoftBounce.address == addresses.c.address))
        .group_by(SoftBounce.organisation_id, SoftBounce.address)
        .having(func.count() >= IN_A_ROW, last - first >= OVER)
    )


def _entry(row: Row[int, str, int, int, datetime]) -> NewEntry:
    return NewEntry(
        organisation_id=row.organisation_id,
        channel=Channel.EMAIL,
        address=row.address,
        reason=SuppressionReason.SOFT_BOUNCES,
        source=EntrySource.CALLBACK,
        sendout_id=row.sendout_id,
        proof={"times": row.times, "since": row.since},
    )


def _given(signs: Sequence[MailSign]) -> TableValuedAlias:
    rows = [
        {
            "organisation_id": sign.organisation_id,
            "address": address_key(Channel.EMAIL, sign.address),
            "sendout_id": sign.sendout_id,
            "occurred_at": sign.occurred_at,
        }
        for sign in signs
    ]
    return recordset(SoftBounce, rows, *_COLUMNS)
