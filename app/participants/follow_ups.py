"""What is to be done about messages, and what was said about them, wherever they are shown.

In this room because a person's timeline is the lowest page that shows messages; the rooms above use it, too.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import aliased

from app.domain.follow_up import FollowUpColour, age_words
from app.extensions import db
from app.lib.clock import now
from app.models import FollowUp, FollowUpEntry, FollowUpStatus, Message, Organisation, User
from app.participants.arrays import any_id


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


def follow_ups_of(message_ids: Collection[int]) -> dict[int, Standing]:
    """Where these messages stand: one whose organisation has no follow-up, or had none when it went, is left out."""
    if not message_ids:
        return {}
    start = aliased(FollowUpStatus)
    of_message = select(start.id).where(start.organisation_id == Message.organisation_id).order_by(start.position, start.id)
    first = of_message.limit(1).correlate(Message).scalar_subquery()
    present = func.coalesce(FollowUp.status_id, case((Message.accepted_at >= Organisation.follow_up_since, first)))
    since = func.coalesce(FollowUp.since, Message.accepted_at)
    rows = db.session.execute(
        select(Message.id, FollowUpStatus.id, FollowUpStatus.name, FollowUpStatus.colour, since)
        .join(Organisation, and_(Organisation.id == Message.organisation_id, Organisation.has_follow_up))
        .outerjoin(FollowUp, FollowUp.message_id == Message.id)
        .join(FollowUpStatus, FollowUpStatus.id == present)
        .where(Message.id == any_id(message_ids))
    )
    return {row[0]: Standing(row[1], row[2], FollowUpColour(row[3]), row[4]) for row in rows}


def said_of(message_ids: Collection[int]) -> dict[int, list[Said]]:
    """What was said about these messages, the oldest first; those about which nothing was are left out."""
    if not message_ids:
        return {}
    rows = db.session.execute(
        select(FollowUpEntry, FollowUpStatus.name, FollowUpStatus.colour, User.name)
        .outerjoin(FollowUpStatus, FollowUpStatus.id == FollowUpEntry.status_id)
        .outerjoin(User, User.id == FollowUpEntry.user_id)
        .where(FollowUpEntry.message_id == any_id(message_ids))
        .order_by(FollowUpEntry.at, FollowUpEntry.id)
    )
    said = defaultdict(list)
    for entry, status, colour, user in rows:
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
