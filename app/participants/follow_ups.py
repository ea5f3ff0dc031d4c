"""What is to be done about messages, and what was said about them, wherever they are shown.

In this room because a person's timeline is the lowest page that shows messages; the rooms above use it, too.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.follow_up import FollowUpColour, age_words
from app.extensions import db
from app.lib.clock import now
from app.models import FollowUpEntry, FollowUpStatus, User


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a message stands in its follow-up, and since when."""

    status_id: int
    name: str
    colour: FollowUpColour
    since: datetime

    @property
    def age(self) -> str:
        """How long already: "for 2 days"."""
        return age_words((now() - self.since).days)


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, a change of the follow-up to `status`, or both; `who` in words."""

    at: datetime
    who: str
    status: str | None
    colour: str | None
    comment: str


_STANDINGS = text("""
    SELECT m.id, s.id, s.name, s.colour, coalesce(f.since, m.accepted_at)
    FROM messages m JOIN organisations o ON o.id = m.organisation_id AND o.has_follow_up LEFT JOIN follow_ups f ON f.message_id = m.id
    JOIN follow_up_statuses s ON s.id = coalesce(f.status_id, CASE WHEN m.accepted_at >= o.follow_up_since THEN
        (SELECT first.id FROM follow_up_statuses first WHERE first.organisation_id = m.organisation_id
         ORDER BY first.position, first.id LIMIT 1) END)
    WHERE m.id = ANY(CAST(:ids AS bigint[]))""")


_SAID = (
    select(FollowUpEntry, FollowUpStatus.name, FollowUpStatus.colour, User.name)
    .outerjoin(FollowUpStatus, FollowUpStatus.id == FollowUpEntry.status_id)
    .outerjoin(User, User.id == FollowUpEntry.user_id)
    .where(FollowUpEntry.message_id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .order_by(FollowUpEntry.at, FollowUpEntry.id)
)


def follow_ups_of(message_ids: Collection[int]) -> dict[int, Standing]:
    """Where these messages stand: one whose organisation has no follow-up, or had none when it went, is left out."""
    if not message_ids:
        return {}
    rows = db.session.execute(_STANDINGS, {"ids": list(message_ids)})
    return {row[0]: Standing(row[1], row[2], FollowUpColour(row[3]), row[4]) for row in rows}


def said_of(message_ids: Collection[int]) -> dict[int, list[Said]]:
    """What was said about these messages, the oldest first; those about which nothing was are left out."""
    if not message_ids:
        return {}
    said = defaultdict(list)
    for entry, status, colour, user in db.session.execute(_SAID, {"ids": list(message_ids)}):
        said[entry.message_id].append(Said(entry.at, _who(entry, user), status, colour, entry.comment))
    return dict(said)


def statuses_of(organisation_id: int) -> list[FollowUpStatus]:
    """The organisation's categories in their order."""
    asked = select(FollowUpStatus).where(FollowUpStatus.organisation_id == organisation_id)
    return list(db.session.scalars(asked.order_by(FollowUpStatus.position, FollowUpStatus.id)))


def _who(entry: FollowUpEntry, user: str | None) -> str:
    if entry.action_id is not None:
        return "by itself, once received"
    if entry.is_by_link:
        return f"{entry.by_name or 'somebody'}, by the edit link"
    return user or "somebody who has left"
