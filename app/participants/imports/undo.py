"""Undoing an import: fields go back to what they were, newcomers go, memberships and consents of its making go."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, exists, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    ImportChange,
    ImportOutcome,
    ImportState,
    InboundText,
    ListMembership,
    Message,
    Participant,
    ParticipantImport,
    SendoutPerson,
    TextConsent,
)
from app.participants.arrays import any_id
from app.participants.imports.forecast import chunks
from app.participants.imports.planning import Changes

_CHUNK = 1000


def take_back(job: ParticipantImport) -> int:
    """Undo what the import did; returns how many newcomers had to stay, since messages, texts, lists, consents or merges know them.

    A field that somebody changed after the import keeps that change. Custom fields themselves stay, and so does a consent that
    was withdrawn, with whoever withdrew it: the next import would take it for given again.
    """
    db.session.execute(delete(TextConsent).where(TextConsent.import_id == job.id, TextConsent.withdrawn_at.is_(None)))
    _restore_memberships(job)
    for chunk in chunks(_changed_people(job.id).items(), _CHUNK):
        _restore_fields(dict(chunk))
    newcomers = select(ImportChange.participant_id).where(ImportChange.import_id == job.id, ImportChange.outcome == ImportOutcome.NEW)
    db.session.execute(delete(Participant).where(Participant.id.in_(newcomers), *_unknown_elsewhere(job.id)))
    stayed = select(Participant.id).where(Participant.id.in_(newcomers))
    return len(db.session.scalars(stayed).all())


def _restore_memberships(job: ParticipantImport) -> None:
    if job.list_id is None:
        return
    mine = ImportChange.import_id == job.id
    joined = select(ImportChange.participant_id).where(mine, ImportChange.has_joined_list)
    db.session.execute(delete(ListMembership).where(ListMembership.list_id == job.list_id, ListMembership.participant_id.in_(joined)))
    taken_off = (
        select(Participant.organisation_id, literal(job.list_id), Participant.id)
        .join(ImportChange, ImportChange.participant_id == Participant.id)
        .where(mine, ImportChange.outcome == ImportOutcome.TAKEN_OFF, Participant.erased_at.is_(None))
    )
    columns = ["organisation_id", "list_id", "participant_id"]
    db.session.execute(insert(ListMembership).from_select(columns, taken_off).on_conflict_do_nothing())


def _changed_people(import_id: int) -> dict[int, Changes]:
    """For each person that the import changed, all of it together: what a field was at first, and what it became at last."""
    rows = db.session.execute(
        select(ImportChange.participant_id, ImportChange.changes)
        .where(ImportChange.import_id == import_id, ImportChange.changes.is_not(None), ImportChange.participant_id.is_not(None))
        .order_by(ImportChange.line)
    )
    together: dict[int, Changes] = {}
    for participant_id, changes in rows:
        own = together.setdefault(participant_id, {})
        for name, (was, became) in changes.items():
            own[name] = [own[name][0] if name in own else was, became]
    return together


def _restore_fields(changed: dict[int, Changes]) -> None:
    people = db.session.scalars(
        select(Participant).where(Participant.id == any_id(changed)).order_by(Participant.id).with_for_update()
    ).all()
    rows = [{"id": person.id, **_restored(person, changed[person.id])} for person in people]
    if rows:
        db.session.execute(update(Participant), rows)
    for person in people:
        db.session.expire(person)


def _restored(person: Participant, changes: Changes) -> dict[str, Any]:
    """All columns that an import may write, put back where they still are as the import left them."""
    custom = dict(person.custom)
    values: dict[str, Any] = {name: getattr(person, name) for name in _COLUMNS}
    for name, (was, became) in changes.items():
        key = name.removeprefix("custom.")
        if key != name:
            _put_back(custom, key, was, became)
        elif (values[name] or None) == became:
            values[name] = was if was is not None or name not in _NEVER_NULL else ""
    return values | {"custom": custom}


def _put_back(custom: dict[str, Any], key: str, was: Any, became: Any) -> None:
    if custom.get(key) != became:
        return
    if was is None:
        custom.pop(key, None)
    else:
        custom[key] = was


def _unknown_elsewhere(import_id: int) -> Iterable[Any]:
    """Conditions of a newcomer whom nothing but this import knows."""
    later, merged = aliased(ImportChange), aliased(Participant)
    return (
        ~exists().where(Message.participant_id == Participant.id),
        ~exists().where(InboundText.participant_id == Participant.id),
        ~exists().where(ListMembership.participant_id == Participant.id),
        ~exists().where(TextConsent.participant_id == Participant.id),
        ~exists().where(merged.merged_into == Participant.id),
        ~exists().where(SendoutPerson.participant_id == Participant.id),
        ~exists().where(
            later.participant_id == Participant.id,
            later.import_id > import_id,
            ParticipantImport.id == later.import_id,
            ParticipantImport.state != ImportState.UNDONE,
        ),
    )


_COLUMNS: Sequence[str] = ("first_name", "last_name", "email_address", "phone_number", "language", "member_number", "about")
_NEVER_NULL = frozenset({"first_name", "last_name"})
