"""The ledger's side of events: rows locked in id order, events read and appended, standings written, each in one statement a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import ARRAY, BigInteger, Row, Text, and_, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.audience import SkipReason
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind
from app.domain.shown import Facts, OptOutMethod
from app.extensions import db
from app.messages.standing import Heard, Standing
from app.models import Message, MessageEvent, Sendout
from app.models.recordset import recordset


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A locked message: who and what it is, and where it stands."""

    id: int
    organisation_id: int
    sendout_id: int
    participant_id: int
    channel: str
    address: str | None
    provider_ref: str | None
    standing: Standing


_IDENTITY = (
    Message.id, Message.organisation_id, Message.sendout_id, Message.participant_id,
    Message.channel, Message.address, Message.provider_ref,
)  # fmt: skip
_FACTS = (
    "opened_at", "machine_opened_at", "clicked_at", "machine_clicked_at", "acknowledged_at",
    "responded_at", "wrote_back_at", "opted_out_at", "opted_out_by",
)  # fmt: skip
_OWN_STANDING = ("status", "skip_reason", "error_code", "error_words", "accepted_at", "delivered_at")
_STANDING = (*_OWN_STANDING, *_FACTS)
_WRITTEN = ("provider_ref", *_STANDING)
_APPENDED = (
    "organisation_id", "message_id", "channel", "event_key", "kind", "status",
    "is_machine", "occurred_at", "code", "words", "detail",
)  # fmt: skip


class _Visit(TypedDict):
    link: str | None
    user_agent: str | None
    said_machine: bool | None


def locked_messages(ids: Sequence[int]) -> dict[int, MessageRow]:
    """The messages, locked in id order as everywhere, so that no two writers wait for each other."""
    columns = (*_IDENTITY, *(getattr(Message, name) for name in _STANDING))
    asked = select(*columns).where(Message.id == any_(literal(list(ids), ARRAY(BigInteger)))).order_by(Message.id).with_for_update()
    return {row.id: _message_row(row) for row in db.session.execute(asked)}


def heard_before(ids: Sequence[int]) -> dict[int, list[Heard]]:
    """All events of these messages that the ledger has."""
    asked = select(
        MessageEvent.message_id, MessageEvent.event_key, MessageEvent.kind, MessageEvent.occurred_at,
        MessageEvent.status, MessageEvent.code, MessageEvent.words, MessageEvent.is_machine, MessageEvent.detail,
    ).where(MessageEvent.message_id == any_(literal(list(ids), ARRAY(BigInteger))))  # fmt: skip
    heard: dict[int, list[Heard]] = {message_id: [] for message_id in ids}
    for row in db.session.execute(asked):
        message_id, event_key, kind, occurred_at, status, code, words, was_machine, detail = row
        said = DeliveryStatus(status) if status else None
        known = Heard(event_key, EventKind(kind), occurred_at, said, code, words, was_machine=was_machine, **_visit(detail))
        heard[message_id].append(known)
    return heard


def append_events(events: Sequence[tuple[MessageRow, DeliveryEvent]], verdicts: Mapping[str, bool]) -> set[str]:
    """Add the events to the ledger; returns the keys of those that were new."""
    rows = [_event_row(message, event, verdicts) for message, event in events]
    given = recordset(MessageEvent, rows, *_APPENDED)
    added = insert(MessageEvent).from_select(_APPENDED, select(given).order_by(given.c.channel, given.c.event_key))
    return set(db.session.scalars(added.on_conflict_do_nothing().returning(MessageEvent.event_key)))


def write_verdicts(verdicts: Mapping[tuple[int, str], bool]) -> None:
    """Judge opens and clicks again that were judged before their delivery was known; by message and event key."""
    rows = [{"message_id": message_id, "event_key": key, "is_machine": verdict} for (message_id, key), verdict in verdicts.items()]
    if not rows:
        return
    given = recordset(MessageEvent, rows, "message_id", "event_key", "is_machine")
    is_same = and_(MessageEvent.message_id == given.c.message_id, MessageEvent.event_key == given.c.event_key)
    changed = update(MessageEvent).where(is_same, MessageEvent.is_machine.is_distinct_from(given.c.is_machine))
    db.session.execute(changed.values(is_machine=given.c.is_machine), execution_options={"synchronize_session": False})


def write_standings(messages: Sequence[MessageRow]) -> None:
    """Write where these (locked) messages stand, in one statement, so that the counting trigger fires once."""
    if not messages:
        return
    given = recordset(Message, [_standing_row(message) for message in messages], "id", *_WRITTEN)
    values = {name: given.c[name] for name in _WRITTEN}
    db.session.execute(update(Message).where(Message.id == given.c.id).values(values), execution_options={"synchronize_session": False})


def taken_refs(refs: Sequence[str]) -> set[str]:
    """Which of these references belong to a message already."""
    asked = select(Message.provider_ref).where(Message.provider_ref == any_(literal(list(refs), ARRAY(Text))))
    return {ref for ref in db.session.scalars(asked) if ref is not None}


def note_progress(moved: Sequence[tuple[MessageRow, MessageRow]]) -> None:
    """Carry the first acceptance and the first delivery of messages, given before and after, to their send-outs."""
    for sendout_id in sorted({after.sendout_id for before, after in moved if after != before}):
        standings = [after.standing for _, after in moved if after.sendout_id == sendout_id]
        progress = {
            "first_accepted_at": func.least(Sendout.first_accepted_at, _first([standing.accepted_at for standing in standings])),
            "first_delivered_at": func.least(Sendout.first_delivered_at, _first([standing.delivered_at for standing in standings])),
            "last_progress_at": func.now(),
        }
        moving = update(Sendout).where(Sendout.id == sendout_id).values(progress)
        db.session.execute(moving, execution_options={"synchronize_session": False})


def _first(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def heard_of(event: DeliveryEvent) -> Heard:
    """The event as the ledger will keep it."""
    said = (event.event_key, event.kind, event.occurred_at, event.status, event.code, event.words)
    return Heard(*said, **_visit(_detail(event)))


def _detail(event: DeliveryEvent) -> dict[str, object]:
    known = {"link": event.link, "user_agent": event.user_agent, "said_machine": event.is_machine}
    return {**event.detail, **{name: value for name, value in known.items() if value is not None}}


def _visit(detail: Mapping[str, object]) -> _Visit:
    """What the ledger keeps of an open or a click beside its time, in the words of Heard."""
    link, agent, said = detail.get("link"), detail.get("user_agent"), detail.get("said_machine")
    return {
        "link": str(link) if link is not None else None,
        "user_agent": str(agent) if agent is not None else None,
        "said_machine": bool(said) if said is not None else None,
    }


def _event_row(message: MessageRow, event: DeliveryEvent, verdicts: Mapping[str, bool]) -> dict[str, object]:
    return {
        "organisation_id": message.organisation_id,
        "message_id": message.id,
        "channel": event.channel,
        "event_key": event.event_key,
        "kind": event.kind,
        "status": event.status,
        "is_machine": verdicts.get(event.event_key),
        "occurred_at": event.occurred_at,
        "code": event.code,
        "words": event.words,
        "detail": _detail(event),
    }


def _message_row(row: Row[*tuple[Any, ...]]) -> MessageRow:
    """By place and not by name: a name costs a look-up for each of two dozen columns."""
    identity, standing, facts = row[: len(_IDENTITY)], row[len(_IDENTITY) : -len(_FACTS)], row[-len(_FACTS) :]
    status, skip_reason, *rest = standing
    *moments, opted_out_by = facts
    known: list[Any] = [*moments, OptOutMethod(opted_out_by) if opted_out_by else None]
    stands: list[Any] = [DeliveryStatus(status), SkipReason(skip_reason) if skip_reason else None, *rest, Facts(*known)]
    whole: list[Any] = [*identity, Standing(*stands)]
    return MessageRow(*whole)


def _standing_row(message: MessageRow) -> dict[str, object]:
    standing, facts = message.standing, message.standing.facts
    row: dict[str, object] = {"id": message.id, "provider_ref": message.provider_ref}
    for name in _OWN_STANDING:
        row[name] = getattr(standing, name)
    for name in _FACTS:
        row[name] = getattr(facts, name)
    return row
