"""The log of who changed what in an organisation."""

from typing import Any

from app.extensions import db
from app.models import AuditEntry
from app.web.membership import current_organisation_id, current_user_id


def record(action: str, object_kind: str, object_id: int | None, **detail: Any) -> None:
    """Write down what the signed-in person did, in the transaction that does it; `detail` holds no secrets."""
    db.session.add(
        AuditEntry(
            organisation_id=current_organisation_id(),
            user_id=current_user_id(),
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            detail=detail,
        )
    )


def changes(row: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Which of the values differ from the row's, each as what it was and what it becomes."""
    return {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
