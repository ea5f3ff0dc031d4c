"""What hangs on somebody who leaves the team, and a new name for each of it: nothing of ours may go to them any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from app.extensions import db
from app.users.audit import record
from app.users.team.queries import Member


class Duty(StrEnum):
    """A kind of thing that hangs on a person."""

    ANSWERS = "answers"  # texts back to a send-out are forwarded to them
    REPLIES = "replies"  # answers to e-mails that have not gone yet would come to them
    CONVERSATIONS = "conversations"  # they have taken them, so nobody else looks


@dataclass(frozen=True, slots=True)
class Heir:
    """Who takes something over."""

    user_id: int
    email: str
    phone_number: str | None


_UNSENT = "state IN ('draft', 'scheduled', 'held', 'launching') AND audience_count IS NULL AND deleted_at IS NULL"
_MINE = "organisation_id = :organisation_id"
_FORWARDED = f"{_MINE} AND (lower(forward_email) = lower(:email) OR forward_phone = :phone_number)"

_COUNTS = {
    Duty.ANSWERS: text(f"SELECT count(*) FROM sendouts WHERE {_FORWARDED} AND deleted_at IS NULL"),  # noqa: S608  constants of ours
    Duty.REPLIES: text(f"SELECT count(*) FROM sendouts WHERE {_MINE} AND lower(reply_to) = lower(:email) AND {_UNSENT}"),  # noqa: S608
    Duty.CONVERSATIONS: text(f"SELECT count(*) FROM conversation_holds WHERE {_MINE} AND user_id = :user_id"),  # noqa: S608
}

_FORWARD_TO = text(f"""
    UPDATE sendouts SET forward_email = CASE WHEN lower(forward_email) = lower(:email) THEN :new_email ELSE forward_email END,
                        forward_phone = CASE WHEN forward_phone = :phone_number THEN :new_phone ELSE forward_phone END
    WHERE {_FORWARDED}""")  # noqa: S608  constants of ours
_REPLY_TO = text(f"UPDATE sendouts SET reply_to = :new_email WHERE {_MINE} AND lower(reply_to) = lower(:email) AND {_UNSENT}")  # noqa: S608
_GIVE_CONVERSATIONS = text(f"UPDATE conversation_holds SET user_id = :new_user_id WHERE {_MINE} AND user_id = :user_id")  # noqa: S608
_FREE_CONVERSATIONS = text(f"DELETE FROM conversation_holds WHERE {_MINE} AND user_id = :user_id")  # noqa: S608

# What was to go to them in this moment: the text itself waits under Replies, where everybody sees it.
_TELL_NO_MORE = text(f"""
    UPDATE reply_tasks SET state = 'skipped', done_at = now(), words = 'Whom it was for has left the team.'
    WHERE {_MINE} AND state = 'due' AND kind IN ('forward_email', 'forward_text', 'announce_email', 'announce_text')
      AND (lower(address) = lower(:email) OR address = :phone_number)""")  # noqa: S608  constants of ours
_PHONE = text("SELECT phone_number FROM users WHERE id = :user_id")


def what_hangs(organisation_id: int, leaving: Member) -> dict[Duty, int]:
    """How much of each kind hangs on a member; kinds of which there is nothing are left out."""
    asked = _of(organisation_id, leaving)
    counts = {duty: int(db.session.execute(count, asked).scalar_one()) for duty, count in _COUNTS.items()}
    return {duty: count for duty, count in counts.items() if count}


def heir_of(member: Member) -> Heir:
    """A member as one who takes over."""
    return Heir(member.user_id, member.email, db.session.execute(_PHONE, {"user_id": member.user_id}).scalar_one())


def hand_over(organisation_id: int, leaving: Member, heirs: Mapping[Duty, Heir | None]) -> None:
    """Give each kind to its heir, or to nobody; what is not named goes to nobody, too. Afterwards nothing of ours goes to the member."""
    asked = _of(organisation_id, leaving)
    answers, replies, conversations = (heirs.get(duty) for duty in Duty)
    forward = {"new_email": answers.email if answers else None, "new_phone": answers.phone_number if answers else None}
    db.session.execute(_FORWARD_TO, asked | forward)
    db.session.execute(_REPLY_TO, asked | {"new_email": replies.email if replies else None})
    if conversations is None:
        db.session.execute(_FREE_CONVERSATIONS, asked)
    else:
        db.session.execute(_GIVE_CONVERSATIONS, asked | {"new_user_id": conversations.user_id})
    db.session.execute(_TELL_NO_MORE, asked)
    given = {str(duty): heir.user_id if heir else None for duty, heir in heirs.items()}
    record("handed over", "membership", leaving.membership_id, user_id=leaving.user_id, to=given)


def _of(organisation_id: int, leaving: Member) -> dict[str, object]:
    phone_number = db.session.execute(_PHONE, {"user_id": leaving.user_id}).scalar_one()
    return {"organisation_id": organisation_id, "user_id": leaving.user_id, "email": leaving.email, "phone_number": phone_number}
