"""The contact cap in SQL: who has had so many marketing messages by a channel that there may be no more.

Counted over the organisation's marketing send-outs that were under way in these days, by the ledger's own key: a look at each of
them a person, whatever else the ledger holds. In doubt, and in a worker's hands at the moment, count as had.
"""

from typing import Any

from sqlalchemy import text

from app.domain.contact_cap import ContactCap
from app.extensions import db
from app.models import Organisation


def is_capped(row: str) -> str:
    """SQL that is true of a row with `participant_id` and `channel` whose person may get no more. Asks for `cap_parameters`."""
    return f"""
        CAST(:contact_cap AS int) > 0 AND (
            SELECT count(*) FROM messages had
            WHERE had.sendout_id = ANY(CAST(:contact_sendouts AS bigint[])) AND had.participant_id = {row}.participant_id
              AND had.channel = {row}.channel
              AND (had.accepted_at > now() - make_interval(days => CAST(:contact_days AS int)) OR had.status = 'in_doubt'
                   OR (had.status = 'pending' AND EXISTS (SELECT FROM batches b WHERE b.id = had.batch_id AND b.state = 'open')))
        ) >= CAST(:contact_cap AS int)"""  # noqa: S608  a name of ours


_UNDER_WAY = """
    ARRAY(SELECT id FROM sendouts
          WHERE organisation_id = :organisation_id AND communication_type = 'marketing' AND id <> :sendout_id
            AND greatest(launched_at, last_progress_at) > now() - make_interval(days => :days))"""
_LOOK = text(f"SELECT {_UNDER_WAY}")
# Two send-outs that reach the same person at once must not each overlook the other: their claims come one after the other.
_LOOK_ALONE = text(f"""
    WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('contact-cap-' || :organisation_id, 0)))
    SELECT {_UNDER_WAY} FROM alone""")  # noqa: S608  a constant of ours


def cap_of(organisation_id: int) -> ContactCap | None:
    """The organisation's cap; None where it has none."""
    row = db.session.get_one(Organisation, organisation_id)
    return ContactCap(row.contact_cap, row.contact_cap_days) if row.has_contact_cap else None


def cap_parameters(organisation_id: int, sendout_id: int | None, cap: ContactCap | None, *, alone: bool = False) -> dict[str, Any]:
    """What `is_capped` is asked with, for messages of this send-out; without a cap it is true of nobody, and costs nothing.

    `alone` holds up every other claim of the organisation that asks the same until the transaction ends.
    """
    if cap is None:
        return {"contact_cap": 0, "contact_days": 0, "contact_sendouts": []}
    asked = {"organisation_id": organisation_id, "sendout_id": sendout_id or 0, "days": cap.days}
    under_way = db.session.execute(_LOOK_ALONE if alone else _LOOK, asked).scalar_one()
    return {"contact_cap": cap.messages, "contact_days": cap.days, "contact_sendouts": under_way}
