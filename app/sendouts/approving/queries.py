"""Where a draft stands with its approval, who may decide, and what exactly it is that they decide about."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Text, cast, func, select

from app.domain.approval import Approval, Question, may_decide
from app.domain.roles import Role
from app.extensions import db
from app.models import Membership, Organisation, SavedFilter, Sendout, SendoutAttachment, SendoutFilter, SendoutList, SendoutPerson, User
from app.sendouts.resending import COPIED

_DECIDED_ABOUT = (*COPIED, "channel_plan", "fallback_hours", "audience_rule")


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may decide."""

    user_id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a draft stands, for its page."""

    approval: Approval
    asked_by: str | None
    asked_at: datetime | None
    decided_by: str | None
    note: str | None
    deciders: tuple[Decider, ...]

    @property
    def is_given(self) -> bool:
        """Whether it may go."""
        return self.approval is Approval.GIVEN

    def may_decide(self, user_id: int) -> bool:
        """Whether this person has something to decide now."""
        return self.approval is Approval.ASKED and user_id in {each.user_id for each in self.deciders}


def standing_of(sendout: Sendout) -> Standing | None:
    """Where a draft stands; None where nobody has to approve it. Urgent texts need nobody."""
    if sendout.is_urgent or not db.session.get_one(Organisation, sendout.organisation_id).needs_approval:
        return None
    names = _names(sendout)
    return Standing(
        question_of(sendout).standing(digest_of(sendout)),
        names.get(sendout.approval_asked_by or 0),
        sendout.approval_asked_at,
        names.get(sendout.approval_decided_by or 0),
        sendout.approval_note,
        deciders_of(sendout),
    )


def question_of(sendout: Sendout) -> Question:
    """What was asked and answered about a draft."""
    is_decided = sendout.approval_decided_at is not None
    is_sent_back = is_decided and sendout.approval_note is not None
    return Question(sendout.approval_digest, is_approved=is_decided and not is_sent_back, is_sent_back=is_sent_back)


def digest_of(sendout: Sendout) -> str:
    """A name for everything that people would get, and who: the same as long as nothing of it is changed."""
    said: list[object] = [(name, getattr(sendout, name)) for name in _DECIDED_ABOUT]
    lists = select(SendoutList.list_id, SendoutList.is_excluded).where(SendoutList.sendout_id == sendout.id)
    filters = (
        select(SendoutFilter.filter_id, SendoutFilter.is_excluded, cast(SavedFilter.conditions, Text))
        .join(SavedFilter, SavedFilter.id == SendoutFilter.filter_id)
        .where(SendoutFilter.sendout_id == sendout.id)
    )
    people = select(SendoutPerson.participant_id, SendoutPerson.is_excluded).where(SendoutPerson.sendout_id == sendout.id)
    files = select(SendoutAttachment.id, SendoutAttachment.file_name).where(SendoutAttachment.sendout_id == sendout.id)
    said += [sorted(tuple(row) for row in db.session.execute(asked)) for asked in (lists, filters, people, files)]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def deciders_of(sendout: Sendout) -> tuple[Decider, ...]:
    """Everybody who may decide about a draft, by name."""
    asked = (
        select(User.id, User.name, User.email, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == sendout.organisation_id, User.active)
        .order_by(func.lower(User.name), User.id)
    )
    return tuple(
        Decider(user_id, name, email)
        for user_id, name, email, role in db.session.execute(asked)
        if may_decide(user_id, Role(role), author_id=sendout.created_by, asker_id=sendout.approval_asked_by)
    )


def waiting_for(organisation_id: int, user_id: int) -> list[Sendout]:
    """The drafts that wait for this person's decision, oldest first."""
    asked = select(Sendout).where(
        Sendout.organisation_id == organisation_id,
        Sendout.state == "draft",
        Sendout.deleted_at.is_(None),
        Sendout.approval_asked_at.is_not(None),
        Sendout.approval_decided_at.is_(None),
    )
    waiting = db.session.scalars(asked.order_by(Sendout.approval_asked_at))
    return [each for each in waiting if (standing := standing_of(each)) is not None and standing.may_decide(user_id)]


def _names(sendout: Sendout) -> dict[int, str]:
    ids = [each for each in (sendout.approval_asked_by, sendout.approval_decided_by) if each is not None]
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
