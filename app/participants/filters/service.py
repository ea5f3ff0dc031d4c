"""What is done to saved filters: make, change, end. Nothing here commits."""

from collections.abc import Sequence

from app.domain.conditions import Condition, encoded
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import AuditEntry, SavedFilter
from app.participants.filters import queries

MAX_NAME_LENGTH = 100


def filter_of(organisation_id: int, filter_id: int) -> SavedFilter:
    """A saved filter of this organisation; raises NotFound."""
    found = queries.find_filter(organisation_id, filter_id)
    if found is None:
        raise NotFound("There is no such filter.")
    return found


def create(organisation_id: int, user_id: int, name: str, conditions: Sequence[Condition]) -> SavedFilter:
    """Keep conditions under a name; raises Invalid."""
    checked = _checked_name(organisation_id, name)
    made = SavedFilter(organisation_id=organisation_id, created_by=user_id, name=checked, conditions=_checked(conditions))
    db.session.add(made)
    db.session.flush()
    return made


def change(saved: SavedFilter, name: str, conditions: Sequence[Condition]) -> None:
    """Call it something else, or ask something else; whatever has not started yet goes by it. Raises Invalid."""
    saved.name = _checked_name(saved.organisation_id, name, except_id=saved.id)
    saved.conditions = _checked(conditions)


def remove(saved: SavedFilter, user_id: int) -> None:
    """End a filter. Raises Conflict while a send-out that has not started names it."""
    waiting = queries.unfrozen_sendouts(saved.id)
    if waiting:
        titles = ", ".join(f"“{sendout.title or 'Untitled'}”" for sendout in waiting[:3])
        others = f" and {len(waiting) - 3:,} more" if len(waiting) > 3 else ""  # noqa: PLR2004  those named
        raise Conflict(f"{titles}{others} would go by this filter and has not started. Change or delete that first.")
    entry = {"organisation_id": saved.organisation_id, "user_id": user_id, "action": "filter deleted", "object_kind": "filter"}
    db.session.add(AuditEntry(**entry, object_id=saved.id, detail={"name": saved.name, "conditions": saved.conditions}))
    db.session.delete(saved)


def _checked(conditions: Sequence[Condition]) -> list[dict[str, object]]:
    if not conditions:
        raise Invalid("Choose at least one condition.", "conditions")
    return encoded(conditions)


def _checked_name(organisation_id: int, name: str, *, except_id: int | None = None) -> str:
    text = " ".join(name.replace("\0", "").split())
    if not text:
        raise Invalid("Give the filter a name that you will find it by.", "name")
    if len(text) > MAX_NAME_LENGTH:
        raise Invalid(f"The name is too long: at most {MAX_NAME_LENGTH} letters.", "name")
    same = queries.filter_named(organisation_id, text)
    if same is not None and same.id != except_id:
        raise Invalid(f"There is a filter “{same.name}” already.", "name")
    return text
