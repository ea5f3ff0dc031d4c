"""Erasing a person: nothing that says who they were stays, every count does, and their addresses are never taken up again."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db, rows_changed
from app.lib.errors import Conflict, Invalid
from app.models import AuditEntry, Participant, UnsubscribeEntry
from app.participants.audiences import hold_off_starts
from app.participants.erased import erased_forms
from app.participants.imports.service import hold_off_imports
from app.reports.privacy.callbacks import mark_of
from app.reports.privacy.statements import HANDED_OVER_NOW, HASHED, MESSAGES, REMEMBERED, STATEMENTS
from app.reports.privacy.whose import Traces, traces_of
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress

ERASED = "person erased"
CONFIRMATION = "ERASE"
_NOTHING = "(?!)"  # a pattern that nothing fits


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whose wish it was carried out by, and the word that they typed."""

    user_id: int
    typed: str


def erase(person: Participant, erasure: Erasure) -> None:
    """Erase a person in one transaction. A late callback finds its message by our reference, and keeps no address.

    Raises Invalid without the typed word, Conflict while an import, a start or a hand-over may know them.
    """
    if erasure.typed.strip().upper() != CONFIRMATION:
        raise Invalid(f"Type {CONFIRMATION} to confirm it.", "typed")
    hold_off_starts(person.organisation_id)  # before the row below: a start holds this when it may ask for that
    hold_off_imports(person.organisation_id)  # which may know this person
    traces = traces_of(person)
    message_count = rows_changed(MESSAGES, {"ids": list(traces.ids)})
    if db.session.scalar(HANDED_OVER_NOW, {"ids": list(traces.ids)}):
        raise Conflict("A message to this person is just being handed over. Try again in a minute.")
    _keep_hashes(traces, erasure.user_id)
    for statement in STATEMENTS:
        db.session.execute(statement, _parameters(person, traces, str(statement)))
    db.session.execute(REMEMBERED, {"mark": mark_of(person.id)})
    _log(person, erasure.user_id, message_count)
    db.session.expire(person)


def _keep_hashes(traces: Traces, user_id: int) -> None:
    """Put the hash of each own address on the Unsubscribes list, and under it whatever stands there of the address."""
    forms = {address: erased_forms(traces.organisation_id, *address)[0] for address in sorted(traces.own)}
    for (channel, address), form in forms.items():
        where = {"organisation_id": traces.organisation_id, "channel": channel, "address": address, "form": form}
        db.session.execute(HASHED, where)
    entries = [
        NewEntry(
            organisation_id=traces.organisation_id,
            channel=channel,
            address=form,
            reason=SuppressionReason.ERASED,
            source=EntrySource.USER,
            scope=SuppressionScope.ALL,
            created_by=user_id,
        )
        for (channel, _), form in forms.items()
    ]
    added = suppress(entries)
    db.session.execute(update(UnsubscribeEntry).where(UnsubscribeEntry.id.in_(added)).values(is_hashed=True))


def _parameters(person: Participant, traces: Traces, statement: str) -> dict[str, Any]:
    every = {
        "id": person.id,
        "ids": list(traces.ids),
        "organisation_id": traces.organisation_id,
        "addresses": traces.words,
        "pattern": _pattern(traces.words),
        "name": f"Erased person {person.id}",
    }
    return {name: value for name, value in every.items() if re.search(rf":{name}\b", statement)}


def _pattern(addresses: list[str]) -> str:
    """What finds one of these whole: ann@example.org, but neither joann@example.org nor ann@example.org.uk."""
    if not addresses:
        return _NOTHING
    any_of = "|".join(re.sub(r"([^\w@])", r"\\\1", address) for address in addresses)
    return rf"(?<![\w.+-])(?:{any_of})(?![\w-]|\.\w)"


def _log(person: Participant, user_id: int, message_count: int) -> None:
    entry = {"organisation_id": person.organisation_id, "user_id": user_id, "action": ERASED, "object_kind": "participant"}
    db.session.add(AuditEntry(**entry, object_id=person.id, detail={"messages": message_count}))
