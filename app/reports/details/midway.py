"""How many got a send-out that was stopped midway, how many may have, and how many did not: each person once, over both channels.

Asked row by row, and remembered while the counts stand still (app.reports.remembered): a stopped send-out hardly moves.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import text

from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import Sendout
from app.reports.chips import Counts
from app.reports.details.people import standing_of
from app.reports.remembered import remembered
from app.sendouts.got import WHO_GOT

_STOPPED = (SendoutState.PAUSED, SendoutState.HELD, SendoutState.CANCELLED)
_COUNTED = text(f"""
    SELECT count(*) FILTER (WHERE is_certain) AS got, count(*) FILTER (WHERE NOT is_certain) AS may_have
    FROM ({WHO_GOT}) AS people""")  # noqa: S608  our own SQL


@dataclass(frozen=True, slots=True)
class Midway:
    """Everybody in the audience of a stopped send-out. Who may have got it has a message in doubt, and counts as if they had."""

    got: int
    may_have: int
    did_not: int

    @property
    def written_to(self) -> int:
        """To whom a correction would go, and whom a copy would leave out."""
        return self.got + self.may_have


def midway_of(sendout: Sendout, counts: Counts) -> Midway | None:
    """Where a send-out was stopped; None for one that was not, or of which nobody is known yet."""
    if sendout.state not in _STOPPED or not sendout.audience_count:
        return None
    return Midway(**remembered(f"midway:{sendout.id}", standing_of(counts), lambda: asdict(_counted(sendout))))


def _counted(sendout: Sendout) -> Midway:
    row = db.session.execute(_COUNTED, {"gone_out": [sendout.id], "organisation_id": sendout.organisation_id}).one()
    return Midway(row.got, row.may_have, (sendout.audience_count or 0) - row.got - row.may_have)
