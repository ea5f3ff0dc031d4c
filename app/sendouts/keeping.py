"""Only today's people: who was in the audience when a send-out was scheduled is written down, and nobody else gets it at its hour.

Whoever leaves the audience until then gets nothing either: what is written down only ever takes away.
"""

from sqlalchemy import text

from app.extensions import db
from app.models import Sendout
from app.sendouts.audience import audience_as_of_now

_FORGET = text("DELETE FROM kept_people WHERE sendout_id = :sendout_id")


def keep_people(sendout: Sendout) -> None:
    """Write down who is in the audience now."""
    forget_people(sendout.id)
    query = audience_as_of_now(sendout)
    kept = text(f"""
        INSERT INTO kept_people (organisation_id, sendout_id, participant_id, is_excluded)
        SELECT :kept_organisation, :kept_sendout, asked.participant_id, asked.is_excluded FROM ({query.sql}) AS asked""")  # noqa: S608
    db.session.execute(kept, {**query.parameters, "kept_organisation": sendout.organisation_id, "kept_sendout": sendout.id})


def forget_people(sendout_id: int) -> None:
    """Throw away what was written down: it is taken back, or has started."""
    db.session.execute(_FORGET, {"sendout_id": sendout_id})


def joined_since(sendout: Sendout) -> int:
    """How many are in the audience by now who were not when it was scheduled, and get nothing."""
    if sendout.people_kept_at is None:
        return 0
    query = audience_as_of_now(sendout)
    joined = text(f"""
        SELECT count(*) FROM ({query.sql}) AS asked WHERE NOT asked.is_excluded AND NOT EXISTS (
            SELECT FROM kept_people k WHERE k.sendout_id = :kept_sendout AND k.participant_id = asked.participant_id)""")  # noqa: S608
    return int(db.session.execute(joined, {**query.parameters, "kept_sendout": sendout.id}).scalar_one())
