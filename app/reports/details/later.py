"""What of a send-out waits for its hour, where everybody has an hour of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.domain.local_time import place_of
from app.extensions import db
from app.models import Sendout

# A batch that was tried waits for the provider, and one that was put off for quiet hours is of no zone.
_LATER = text("""
    SELECT local_zone, sum(message_count) AS messages, max(ready_at) AS due FROM batches
    WHERE sendout_id = :sendout_id AND state = 'ready' AND local_zone IS NOT NULL AND attempt = 0 AND ready_at > now()
    GROUP BY local_zone ORDER BY due, local_zone""")


@dataclass(frozen=True, slots=True)
class Later:
    """Messages to people in one place that go at their own hour, and when that is."""

    place: str
    messages: int
    due: datetime


def later_of(sendout: Sendout) -> Sequence[Later]:
    """What waits for its hour, the first to go first."""
    if sendout.scheduled_local is None:
        return ()
    rows = db.session.execute(_LATER, {"sendout_id": sendout.id})
    return tuple(Later(place_of(row.local_zone), int(row.messages), row.due) for row in rows)
