"""The Unsubscribes list as pages, exports and histories read it; every question names its organisation."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, any_, bindparam, exists, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.errors import NotFound
from app.models import InboundText, Participant, Sender, Sendout, UnsubscribeEntry, User
from app.participants.erased import erased_forms
from app.participants.search import is_said_of
from app.unsubscribes.entries import address_key, shown_address

_FEWEST_DIGITS = 3


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

    @property
    def shown_address(self) -> str:
        """The address for people to read."""
        return shown_address(self.address)


_Creator, _Lifter = aliased(User), aliased(User)


def listed_page(organisation_id: int, narrowed: ListFilter, *, before_id: int | None = None, limit: int = 50) -> list[ListedEntry]:
    """The newest entries first, those before `before_id` if it is given."""
    asked = _listed(organisation_id, *_conditions(organisation_id, narrowed)).order_by(UnsubscribeEntry.id.desc()).limit(limit)
    if before_id is not None:
        asked = asked.where(UnsubscribeEntry.id < before_id)
    return [ListedEntry(*row) for row in db.session.execute(asked)]


def export_rows(organisation_id: int, narrowed: ListFilter) -> Iterator[ListedEntry]:
    """Every entry that the filter leaves, oldest first, read from the database as they are taken."""
    asked = _listed(organisation_id, *_conditions(organisation_id, narrowed)).order_by(UnsubscribeEntry.id).execution_options(yield_per=500)
    with db.session.execute(asked) as rows:  # closed with the answer, also where its reader goes away in the middle
        yield from (ListedEntry(*row) for row in rows)


def listed_entry(organisation_id: int, entry_id: int) -> ListedEntry:
    """One entry, standing or taken off; raises NotFound."""
    row = db.session.execute(_listed(organisation_id, UnsubscribeEntry.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such entry on the Unsubscribes list.")
    return ListedEntry(*row)


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


_MADE_BY = (
    select(UnsubscribeEntry.sendout_id, func.count())
    .where(
        UnsubscribeEntry.organisation_id == bindparam("organisation_id"),
        UnsubscribeEntry.sendout_id == any_(bindparam("sendout_ids", type_=ARRAY(BigInteger))),
        UnsubscribeEntry.lifted_at.is_(None),
    )
    .group_by(UnsubscribeEntry.sendout_id)
)


def entries_made_by(organisation_id: int, sendout_ids: Sequence[int]) -> dict[int, int]:
    """How many entries that still stand each of these send-outs has brought; those without one are left out."""
    rows = db.session.execute(_MADE_BY, {"organisation_id": organisation_id, "sendout_ids": list(sendout_ids)})
    return {sendout_id: count for sendout_id, count in rows if sendout_id is not None}


def lifted_count(organisation_id: int) -> int:
    """How many entries have been taken off."""
    asked = select(func.count()).where(UnsubscribeEntry.organisation_id == organisation_id, UnsubscribeEntry.lifted_at.is_not(None))
    return db.session.scalar(asked) or 0


def sendouts_with_entries(organisation_id: int, *, limit: int = 50) -> list[tuple[int, str]]:
    """The newest send-outs that brought entries, with their titles."""
    brought = exists().where(UnsubscribeEntry.sendout_id == Sendout.id, UnsubscribeEntry.organisation_id == organisation_id)
    asked = select(Sendout.id, Sendout.title).where(Sendout.organisation_id == organisation_id, brought, ~Sendout.is_single)
    return [(sendout_id, title) for sendout_id, title in db.session.execute(asked.order_by(Sendout.id.desc()).limit(limit))]


def people_at(organisation_id: int, addresses: Iterable[str]) -> dict[str, list[Participant]]:
    """Who has one of these addresses or numbers (as the list keeps them) now."""
    wanted = list(addresses)
    email = func.lower(Participant.email_address)
    asked = select(Participant).where(
        Participant.organisation_id == organisation_id,
        Participant.erased_at.is_(None),
        or_(email.in_(wanted), Participant.phone_number.in_(wanted)),
    )
    found: dict[str, list[Participant]] = {address: [] for address in wanted}
    for person in db.session.scalars(asked.order_by(Participant.id)):
        for address in {(person.email_address or "").lower(), person.phone_number} & found.keys():
            found[str(address)].append(person)
    return found


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


def our_number_of(organisation_id: int, entry_id: int) -> str | None:
    """`number_they_stopped` for an entry by its id."""
    entry = db.session.get(UnsubscribeEntry, entry_id)
    return number_they_stopped(entry) if entry is not None and entry.organisation_id == organisation_id else None


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


def _conditions(organisation_id: int, narrowed: ListFilter) -> list[ColumnElement[bool]]:
    entry = UnsubscribeEntry
    conditions: list[ColumnElement[bool]] = [entry.lifted_at.is_not(None) if narrowed.is_lifted else entry.lifted_at.is_(None)]
    if narrowed.search.strip():
        conditions.append(_matches(organisation_id, narrowed.search.strip().lower()))
    if narrowed.channel is not None:
        conditions.append(entry.channel == narrowed.channel)
    if narrowed.reason is not None:
        conditions.append(entry.reason == narrowed.reason)
    if narrowed.sendout_id is not None:
        conditions.append(entry.sendout_id == narrowed.sendout_id)
    return conditions


def _matches(organisation_id: int, search: str) -> ColumnElement[bool]:
    """Part of an address, part of a number however it is spaced, part of the name of whoever has it, or an erased person's address."""
    entry = aliased(UnsubscribeEntry)
    address = entry.address
    ways = [address.contains(search, autoescape=True)]
    ways += [address.in_(erased_forms(organisation_id, channel, search)) for channel in Channel]
    digits = re.sub(r"[\s()./-]", "", search).removeprefix("00").removeprefix("0")
    if digits.removeprefix("+").isdigit() and len(digits) >= _FEWEST_DIGITS:
        ways.append(address.contains(digits, autoescape=True))
    else:
        name = func.lower(Participant.first_name + " " + Participant.last_name)
        named = [Participant.organisation_id == organisation_id, is_said_of(search), name.contains(search, autoescape=True)]
        ways += [address.in_(select(func.lower(Participant.email_address)).where(*named))]
        ways += [address.in_(select(Participant.phone_number).where(*named))]
    each_way = (select(entry.id).where(entry.organisation_id == organisation_id, way) for way in ways)  # an index serves each
    return UnsubscribeEntry.id.in_(union_all(*each_way))
