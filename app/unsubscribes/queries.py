"""The Unsubscribes list as pages, exports and histories read it; every question names its organisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.models import InboundText, Sender, Sendout, UnsubscribeEntry, User
from app.unsubscribes.entries import address_key


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the list page is narrowed to; lifted entries are shown only when asked for."""

    search: str = ""
    channel: Channel | None = None
    reason: SuppressionReason | None = None
    sendout_id: int | None = None
    is_lifted: bool = False


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry with the names that stand around it."""

    id: int
    created_at: datetime
    channel: str
    address: str
    reason: str
    scope: str
    source: str
    sendout_id: int | None
    sendout_title: str | None
    message_id: int | None
    inbound_text_id: int | None
    created_by: str | None
    proof: dict[str, Any]
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None


_Creator, _Lifter = aliased(User), aliased(User)


def listed_page(organisation_id: int, narrowed: ListFilter, *, before_id: int | None = None, limit: int = 50) -> list[ListedEntry]:
    """The newest entries first, those before `before_id` if it is given."""
    asked = _listed(organisation_id, *_conditions(narrowed)).order_by(UnsubscribeEntry.id.desc()).limit(limit)
    if before_id is not None:
        asked = asked.where(UnsubscribeEntry.id < before_id)
    return [ListedEntry(*row) for row in db.session.execute(asked)]


def export_rows(organisation_id: int, narrowed: ListFilter) -> Iterator[ListedEntry]:
    """Every entry that the filter leaves, oldest first, read from the database as they are taken."""
    asked = _listed(organisation_id, *_conditions(narrowed)).order_by(UnsubscribeEntry.id).execution_options(yield_per=500)
    return (ListedEntry(*row) for row in db.session.execute(asked))


def address_history(organisation_id: int, channel: Channel, address: str) -> list[ListedEntry]:
    """All that was ever noted about one address, newest first."""
    asked = _listed(organisation_id, UnsubscribeEntry.channel == channel, UnsubscribeEntry.address == address_key(channel, address))
    return [ListedEntry(*row) for row in db.session.execute(asked.order_by(UnsubscribeEntry.id.desc()))]


def standing_entries(organisation_id: int, channel: Channel, address: str) -> list[UnsubscribeEntry]:
    """What stands against writing to one address now."""
    asked = select(UnsubscribeEntry).where(
        UnsubscribeEntry.organisation_id == organisation_id,
        UnsubscribeEntry.channel == channel,
        UnsubscribeEntry.address == address_key(channel, address),
        UnsubscribeEntry.lifted_at.is_(None),
    )
    return list(db.session.scalars(asked.order_by(UnsubscribeEntry.id).execution_options(populate_existing=True)))


def counts_by_reason(organisation_id: int) -> dict[SuppressionReason, int]:
    """How many entries stand, by reason."""
    asked = (
        select(UnsubscribeEntry.reason, func.count())
        .where(UnsubscribeEntry.organisation_id == organisation_id, UnsubscribeEntry.lifted_at.is_(None))
        .group_by(UnsubscribeEntry.reason)
    )
    return {SuppressionReason(reason): count for reason, count in db.session.execute(asked)}


def added_by_sendout(organisation_id: int, sendout_id: int) -> dict[SuppressionReason, int]:
    """How many entries a send-out has brought, by reason, lifted ones included."""
    asked = (
        select(UnsubscribeEntry.reason, func.count())
        .where(UnsubscribeEntry.organisation_id == organisation_id, UnsubscribeEntry.sendout_id == sendout_id)
        .group_by(UnsubscribeEntry.reason)
    )
    return {SuppressionReason(reason): count for reason, count in db.session.execute(asked)}


def number_they_stopped(entry: UnsubscribeEntry) -> str | None:
    """Which of our numbers a STOP was said to: the one they texted, else the one that their message came from."""
    texted = select(Sender.address).join(InboundText, InboundText.sender_id == Sender.id).where(InboundText.id == entry.inbound_text_id)
    wrote = select(Sender.address).join(Sendout, Sendout.sms_sender_id == Sender.id).where(Sendout.id == entry.sendout_id)
    for asked in (texted, wrote):
        found = db.session.scalar(asked.where(Sender.organisation_id == entry.organisation_id, Sender.kind == SenderKind.NUMBER))
        if found is not None:
            return found
    return None


def _listed(organisation_id: int, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    entry = UnsubscribeEntry
    return (
        select(
            entry.id, entry.created_at, entry.channel, entry.address, entry.reason, entry.scope, entry.source,
            entry.sendout_id, Sendout.title, entry.message_id, entry.inbound_text_id, _Creator.name, entry.proof,
            entry.lifted_at, _Lifter.name, entry.lift_reason,
        )
        .outerjoin(Sendout, Sendout.id == entry.sendout_id)
        .outerjoin(_Creator, _Creator.id == entry.created_by)
        .outerjoin(_Lifter, _Lifter.id == entry.lifted_by)
        .where(entry.organisation_id == organisation_id, *conditions)
    )  # fmt: skip


def _conditions(narrowed: ListFilter) -> list[ColumnElement[bool]]:
    entry = UnsubscribeEntry
    conditions: list[ColumnElement[bool]] = [entry.lifted_at.is_not(None) if narrowed.is_lifted else entry.lifted_at.is_(None)]
    if narrowed.search.strip():
        conditions.append(entry.address.contains(narrowed.search.strip().lower(), autoescape=True))
    if narrowed.channel is not None:
        conditions.append(entry.channel == narrowed.channel)
    if narrowed.reason is not None:
        conditions.append(entry.reason == narrowed.reason)
    if narrowed.sendout_id is not None:
        conditions.append(entry.sendout_id == narrowed.sendout_id)
    return conditions
