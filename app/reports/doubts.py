"""What stays in doubt when nothing more is to be expected: a person sends it again, which may arrive twice, or leaves it."""

from dataclasses import dataclass

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict
from app.messages.settling import send_again
from app.models import Sendout
from app.web.installation import settings

_OLD = """
    FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
    WHERE m.status = 'in_doubt' AND s.organisation_id = :organisation_id AND b.claimed_at <= now() - make_interval(secs => :window)
      AND (s.doubt_left_at IS NULL OR b.claimed_at > s.doubt_left_at)"""
_BY_SENDOUT = text(f"SELECT s.id, s.title, s.state, count(*) AS people {_OLD} GROUP BY s.id ORDER BY s.id DESC")
_BY_BATCH = text(f"""SELECT m.batch_id, m.channel, array_agg(m.id ORDER BY m.id) AS ids {_OLD} AND s.id = :sendout_id
                     GROUP BY 1, 2 ORDER BY 1""")

# A cancelled or unfinished launch takes no batches: what is sent again there would wait for ever.
_SENDS = frozenset({SendoutState.RUNNING, SendoutState.PAUSED})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A send-out of which it cannot be told whether some people got it."""

    sendout_id: int
    title: str
    people: int
    can_send: bool


def lasting_doubts(organisation_id: int) -> list[Doubt]:
    """Send-outs with messages in doubt for longer than settling takes, less those that somebody left."""
    rows = db.session.execute(_BY_SENDOUT, {"organisation_id": organisation_id, "window": settings().settle_seconds})
    return [Doubt(row.id, row.title, row.people, SendoutState(row.state) in _SENDS) for row in rows]


def send_doubtful_again(sendout: Sendout) -> int:
    """Hand what is in doubt over once more. Returns how many; raises Conflict where nothing is sent any more."""
    if SendoutState(sendout.state) not in _SENDS:
        raise Conflict("This send-out has been stopped, so nothing of it is sent again.")
    batches = db.session.execute(
        _BY_BATCH, {"organisation_id": sendout.organisation_id, "window": settings().settle_seconds, "sendout_id": sendout.id}
    ).all()
    return sum(send_again(row.batch_id, row.ids, Channel(row.channel)) for row in batches)


def leave_doubt(sendout: Sendout) -> None:
    """Ask no more about what is in doubt by now. The messages keep their status: what is not known stays unknown."""
    sendout.doubt_left_at = now()
