"""Finding people by what they are called and where they are reached, by one index over all of it (pg_trgm)."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, func, literal_column, or_, select, union_all

from app.models import AuditEntry, ImportChange, Participant
from app.participants.imports.queries import ADDRESS_CORRECTED

_SHORTEST_PART = 3  # of fewer letters the index knows nothing but how words begin
_ESCAPE = "\\"
_ADDRESSES: ColumnElement[Any] = literal_column("ARRAY['email_address', 'phone_number']")
HAS_NEW_ADDRESS = ImportChange.changes.has_any(_ADDRESSES)  # spelt as in the index of such changes
_SPACE: ColumnElement[str] = literal_column("' '")
_NOTHING: ColumnElement[str] = literal_column("''")

# As the index has it (app.models.participant): names and addresses, a space before each.
SEARCHED = func.lower(
    _SPACE.concat(Participant.first_name)
    .concat(_SPACE)
    .concat(Participant.last_name)
    .concat(_SPACE)
    .concat(func.coalesce(Participant.email_address, _NOTHING))
    .concat(_SPACE)
    .concat(func.coalesce(Participant.phone_number, _NOTHING))
)


def is_said_of(words: str) -> ColumnElement[bool]:
    """Whether these words, as they follow one another, are part of a person's name, e-mail address or number, whatever their case.

    One or two letters are the beginning of one of these: as any part of them they would be in nearly everybody's.
    """
    escaped = words.replace(_ESCAPE, _ESCAPE * 2).replace("%", rf"{_ESCAPE}%").replace("_", f"{_ESCAPE}_")
    pattern = f"%{escaped}%" if len(words) >= _SHORTEST_PART else f"% {escaped}%"
    return SEARCHED.like(func.lower(pattern))


def ever_said_of(organisation_id: int, words: str) -> CompoundSelect[int]:
    """The ids of those of whom these words are said, or were in an address that has been changed since; a few may be others."""
    now = select(Participant.id).where(Participant.organisation_id == organisation_id, is_said_of(words))
    corrected = select(AuditEntry.object_id).where(
        AuditEntry.organisation_id == organisation_id,
        AuditEntry.action == ADDRESS_CORRECTED,
        or_(*(AuditEntry.detail[side].astext.icontains(words, autoescape=True) for side in ("was", "became"))),
    )
    imported = select(ImportChange.participant_id).where(
        ImportChange.organisation_id == organisation_id,
        HAS_NEW_ADDRESS,
        or_(*(_change(kind, side).icontains(words, autoescape=True) for kind in ("email_address", "phone_number") for side in (0, 1))),
    )
    return union_all(now, corrected, imported)


def _change(kind: str, side: int) -> Any:
    return ImportChange.changes[kind][side].astext
