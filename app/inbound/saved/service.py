"""An organisation's saved answers: kept, changed, thrown away. Nothing here commits."""

from sqlalchemy import func, select

from app.extensions import db
from app.lib.errors import Conflict, NotFound
from app.models import SavedAnswer

MOST = 100


def saved_answers(organisation_id: int) -> list[SavedAnswer]:
    """All of them, by name."""
    asked = select(SavedAnswer).where(SavedAnswer.organisation_id == organisation_id)
    return list(db.session.scalars(asked.order_by(func.lower(SavedAnswer.name), SavedAnswer.id)))


def saved_answer(organisation_id: int, saved_id: int) -> SavedAnswer:
    """One of them. Raises NotFound."""
    found = db.session.get(SavedAnswer, saved_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("There is no such saved answer.")
    return found


def keep_answer(organisation_id: int, name: str, body: str, *, user_id: int) -> SavedAnswer:
    """Keep a new one. Raises Conflict where there are too many to find one's way in."""
    if len(saved_answers(organisation_id)) >= MOST:
        raise Conflict(f"You have {MOST} saved answers. Remove some that nobody uses.")
    made = SavedAnswer(organisation_id=organisation_id, name=name, body=body, created_by=user_id)
    db.session.add(made)
    db.session.flush()
    return made


def throw_away(organisation_id: int, saved_id: int) -> str:
    """Remove one; returns its name. What was answered with it stays."""
    found = saved_answer(organisation_id, saved_id)
    db.session.delete(found)
    return found.name
