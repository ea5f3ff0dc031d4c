"""What is done to custom fields, and who has something in them. Nothing here commits."""

from dataclasses import dataclass

from sqlalchemy import func, select, text

from app.domain.conditions import About
from app.extensions import db, rows_changed
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import AuditEntry, CustomField, CustomFieldKind, Participant, SavedFilter
from app.participants.custom_fields import custom_fields, field_key

MOST = 100
MAX_NAME_LENGTH = 60

_EMPTY = text("""
    UPDATE participants SET custom = custom - CAST(:key AS text)
    WHERE organisation_id = :organisation_id AND custom ? CAST(:key AS text)""")


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field, how many people have something in it, and the saved filters that ask about it."""

    id: int
    key: str
    name: str
    kind: CustomFieldKind
    people: int
    filters: tuple[str, ...]


def field_lines(organisation_id: int) -> list[FieldLine]:
    """All fields by name; people are gone through once, however many fields there are."""
    filters = db.session.scalars(select(SavedFilter).where(SavedFilter.organisation_id == organisation_id).order_by(SavedFilter.name)).all()
    people = _people_by_key(organisation_id)
    return [
        FieldLine(
            each.id,
            each.key,
            each.name,
            CustomFieldKind(each.kind),
            people.get(each.key, 0),
            tuple(saved.name for saved in filters if _asks_about(saved, each.key)),
        )
        for each in custom_fields(organisation_id)
    ]


def field_of(organisation_id: int, field_id: int) -> CustomField:
    """A field of this organisation; raises NotFound."""
    found = db.session.get(CustomField, field_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("There is no such field.")
    return found


def add(organisation_id: int, name: str, kind: CustomFieldKind) -> CustomField:
    """Make a field; raises Invalid, and Conflict where there are too many to find one's way in."""
    checked = _checked_name(organisation_id, name)
    fields = custom_fields(organisation_id)
    if len(fields) >= MOST:
        raise Conflict(f"You have {MOST} fields. Remove some that nobody uses.")
    key = field_key(checked)
    same = next((each for each in fields if each.key == key), None)
    if same is not None:
        raise Invalid(f"This is too much like “{same.name}”: messages could not tell them apart.", "name")
    made = CustomField(organisation_id=organisation_id, key=key, name=checked, kind=kind)
    db.session.add(made)
    db.session.flush()
    return made


def rename(field: CustomField, name: str) -> None:
    """Call it something else; messages and filters go on finding it. Raises Invalid."""
    field.name = _checked_name(field.organisation_id, name, except_id=field.id)


def remove(field: CustomField, user_id: int) -> int:
    """End a field with what people have in it; returns how many had something."""
    emptied = rows_changed(_EMPTY, {"organisation_id": field.organisation_id, "key": field.key})
    entry = {"organisation_id": field.organisation_id, "user_id": user_id, "action": "field removed", "object_kind": "field"}
    db.session.add(AuditEntry(**entry, object_id=field.id, detail={"name": field.name, "kind": field.kind, "people": emptied}))
    db.session.delete(field)
    return emptied


def _people_by_key(organisation_id: int) -> dict[str, int]:
    keys = select(func.jsonb_object_keys(Participant.custom).label("key")).where(
        Participant.organisation_id == organisation_id, Participant.erased_at.is_(None)
    )
    found = keys.subquery()
    return {row.key: row.people for row in db.session.execute(select(found.c.key, func.count().label("people")).group_by(found.c.key))}


def _asks_about(saved: SavedFilter, key: str) -> bool:
    return any(each["about"] == About.FIELD and each["which"] == key for each in saved.conditions)


def _checked_name(organisation_id: int, name: str, *, except_id: int | None = None) -> str:
    words = " ".join(name.replace("\0", "").split())
    if not words:
        raise Invalid("Give the field a name, for example “Team”.", "name")
    if len(words) > MAX_NAME_LENGTH:
        raise Invalid(f"The name is too long: at most {MAX_NAME_LENGTH} letters.", "name")
    if any(each.id != except_id and each.name.lower() == words.lower() for each in custom_fields(organisation_id)):
        raise Invalid(f"There is a field “{words}” already.", "name")
    return words
