"""Audiences on their way into the ledger: nobody who may be in one is erased, merged away or deleted meanwhile."""

from sqlalchemy import exists, select, text

from app.extensions import db
from app.lib.errors import Conflict
from app.models import AudienceChunk

_START = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('people-of-' || :organisation_id, 0))")
_REMOVE = text("SELECT pg_advisory_xact_lock(hashtextextended('people-of-' || :organisation_id, 0))")


def hold_off_removals(organisation_id: int) -> None:
    """Let nobody be taken away until this transaction, which writes an audience down, has ended."""
    db.session.execute(_START, {"organisation_id": str(organisation_id)})


def hold_off_starts(organisation_id: int) -> None:
    """Let no audience be written down until this transaction has ended. Raises Conflict while one is on its way."""
    db.session.execute(_REMOVE, {"organisation_id": str(organisation_id)})
    if db.session.scalar(select(exists().where(AudienceChunk.organisation_id == organisation_id))):
        raise Conflict("A send-out is just starting. Try again in a minute.")
