"""A file of people who said no elsewhere, put on the list with the proof that they did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.addresses import InvalidAddress, normalise_email, normalise_number
from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib.errors import NotFound
from app.models import AuditEntry
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress

_AT_ONCE = 1000
_IMPORTED = "unsubscribe.imported"


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """What holds for every row of one file. `proof` is in the words of whoever imports: where these people said no."""

    organisation_id: int
    country: str
    user_id: int
    proof: str
    scope: SuppressionScope = SuppressionScope.MARKETING


@dataclass(frozen=True, slots=True)
class ImportedEntries:
    """What became of the rows: on the list now, there before, and those that cannot be used, by line with the reason."""

    added: int
    already: int
    unusable: tuple[tuple[int, str], ...]


def import_entries(rows: Iterable[tuple[int, str]], terms: ImportTerms) -> ImportedEntries:
    """Put the addresses and numbers of (line, text) rows on the list; callable again, and it never lifts anything."""
    entries: dict[tuple[Channel, str], NewEntry] = {}
    unusable = []
    for line, written in rows:
        try:
            channel, address = _read(written, terms.country)
        except InvalidAddress as problem:
            unusable.append((line, str(problem)))
        else:
            entries[channel, address.lower()] = _entry(channel, address, line, terms)
    added = sum(len(suppress(part)) for part in _parts(list(entries.values())))
    return ImportedEntries(added, len(entries) - added, tuple(unusable))


def note_import(terms: ImportTerms, result: ImportedEntries, *, unusable_count: int) -> int:
    """Keep who imported what, and what became of it; returns the note's id. `result` may name the first unusable lines only."""
    detail = {
        "proof": terms.proof,
        "scope": terms.scope,
        "added": result.added,
        "already": result.already,
        "unusable": [list(each) for each in result.unusable],
        "unusable_count": unusable_count,
    }
    note = AuditEntry(organisation_id=terms.organisation_id, user_id=terms.user_id, action=_IMPORTED, object_kind="unsubscribe_entry")
    note.detail = detail
    db.session.add(note)
    db.session.flush()
    return note.id


def noted_import(organisation_id: int, note_id: int) -> dict[str, Any]:
    """What `note_import` kept; raises NotFound."""
    note = db.session.get(AuditEntry, note_id)
    if note is None or note.organisation_id != organisation_id or note.action != _IMPORTED:
        raise NotFound("There is no such import.")
    return note.detail


def _read(written: str, country: str) -> tuple[Channel, str]:
    if "@" in written:
        return Channel.EMAIL, normalise_email(written).address
    return Channel.SMS, normalise_number(written, country)


def _entry(channel: Channel, address: str, line: int, terms: ImportTerms) -> NewEntry:
    proof: Mapping[str, object] = {"words": terms.proof, "line": line}
    return NewEntry(
        organisation_id=terms.organisation_id,
        channel=channel,
        address=address,
        reason=SuppressionReason.UNSUBSCRIBE,
        source=EntrySource.IMPORT,
        scope=terms.scope,
        created_by=terms.user_id,
        proof=proof,
    )


def _parts(entries: list[NewEntry]) -> Iterable[list[NewEntry]]:
    return (entries[start : start + _AT_ONCE] for start in range(0, len(entries), _AT_ONCE))
