"""Follow-up of messages: what moves them on, who says what about them, and which stand where. Nothing here commits.

A message's standing follows from its entries alone: the last that a person set, or whatever an action has fired since then
that is further along. So it comes out the same in every order of arrival, and an action never takes a message back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_

from app.domain.follow_up import LONGEST_COMMENT
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid, NotFound
from app.messages.events_sql import locked_messages
from app.messages.follow_up_sql import FIRE, SET_STANDING
from app.models import FollowUp, FollowUpEntry, FollowUpStatus, Message, Organisation
from app.participants.follow_ups import statuses_of

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class FollowUpSetup:
    """An organisation's categories in their order, the first being where a message starts that went `since` then."""

    since: datetime
    statuses: Sequence[FollowUpStatus]


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody says about messages: another status, a comment, or both. `by_name` as typed by whoever held the edit link."""

    status_id: int | None
    comment: str = ""
    user_id: int | None = None
    is_by_link: bool = False
    by_name: str = ""


def follow_up_setup(organisation_id: int) -> FollowUpSetup | None:
    """The organisation's follow-up; None where its switch is off."""
    organisation = db.session.get_one(Organisation, organisation_id)
    statuses = statuses_of(organisation_id)
    if not organisation.has_follow_up or organisation.follow_up_since is None or not statuses:
        return None
    return FollowUpSetup(organisation.follow_up_since, statuses)


def stands_in(setup: FollowUpSetup, status_id: int, *, since_before: datetime | None = None) -> ColumnElement[bool]:
    """Whether a row of `messages` stands in this status, and has since before then: "still Open after 2 days"."""
    is_its = FollowUp.message_id == Message.id
    is_old = [FollowUp.since <= since_before] if since_before else []
    moved = exists().where(is_its, FollowUp.status_id == status_id, *is_old).correlate(Message)
    if status_id != setup.statuses[0].id:
        return moved
    is_early = [Message.accepted_at <= since_before] if since_before else []
    return or_(moved, and_(Message.accepted_at >= setup.since, *is_early, ~exists().where(is_its).correlate(Message)))


def note_messages(organisation_id: int, message_ids: Collection[int], note: Note) -> int:
    """Say something about messages; returns how many. Those of others are left out.

    Raises NotFound where none of them is the organisation's or there is no such status, Invalid where nothing is said.
    """
    mine = [row.id for row in locked_messages(list(message_ids)).values() if row.organisation_id == organisation_id]
    if not mine:
        raise NotFound("There is no such message.")
    comment = note.comment.strip()
    if note.status_id is None and not comment:
        raise Invalid("Choose another status, or write a comment.", "comment")
    if len(comment) > LONGEST_COMMENT:
        raise Invalid(f"A comment can have {LONGEST_COMMENT:,} characters at most.", "comment")
    if note.status_id is not None and note.status_id not in {status.id for status in statuses_of(organisation_id)}:
        raise NotFound("There is no such follow-up status any more.")
    instant = now()
    db.session.add_all(_entry(organisation_id, message_id, note, instant) for message_id in mine)
    db.session.flush()
    _set_standing(mine)
    return len(mine)


def apply_actions(message_ids: Collection[int]) -> None:
    """Let the organisation's actions act on what is known of these (locked) messages: each fires once a message.

    Callable again and in any order. What a machine turns out to have opened is taken back.
    """
    if message_ids and (moved := db.session.scalars(FIRE, {"ids": sorted(message_ids)}).all()):
        _set_standing(moved)


def _set_standing(message_ids: Sequence[int]) -> None:
    db.session.execute(SET_STANDING, {"ids": list(message_ids)})


def _entry(organisation_id: int, message_id: int, note: Note, instant: datetime) -> FollowUpEntry:
    return FollowUpEntry(
        organisation_id=organisation_id,
        message_id=message_id,
        at=instant,
        status_id=note.status_id,
        comment=note.comment.strip().replace("\0", ""),
        user_id=note.user_id,
        is_by_link=note.is_by_link,
        by_name=" ".join(note.by_name.replace("\0", "").split())[:_LONGEST_NAME],
    )
