"""Everything between the organisation and one person, over both channels, as one story."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel
from app.domain.keywords import Keyword
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownGroup, ShownStatus, group_of
from app.extensions import db
from app.models import InboundText, Message, Participant, Sendout, SendoutPerson
from app.participants.arrays import any_id
from app.participants.follow_ups import Said, Standing, follow_ups_of, said_of
from app.participants.marks import Mark, marks_of
from app.participants.queries import own_ids
from app.participants.twins import TWIN_NAME

_MOST_STARTING = 20


@dataclass(frozen=True, slots=True)
class Moment:
    """A message to them (with its send-out and status) or a text of theirs (with its words)."""

    at: datetime
    channel: Channel
    sendout_id: int | None = None
    title: str = ""
    shown_status: ShownStatus | None = None
    skipped_why: str = ""
    duplicate_of: int | None = None  # who has the same address, and got it
    duplicate_name: str | None = None
    said: str = ""
    keyword: Keyword | None = None
    mark: Mark | None = None
    message_id: int | None = None
    follow_up: Standing | None = None
    noted: Sequence[Said] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest moments first, and whether there are older ones."""

    moments: Sequence[Moment]
    has_more: bool


def timeline_of(person: Participant, limit: int) -> Timeline:
    """What went to a person and came from them, newest first. A text counts by its sender's number where nobody was found then."""
    everything = [*_starting(person), *_messages(person, limit + 1), *_texts(person, limit + 1)]
    moments = sorted(everything, key=lambda moment: moment.at, reverse=True)
    return Timeline(moments[:limit], len(moments) > limit)


def _starting(person: Participant) -> list[Moment]:
    """What was written to them alone and is still being started, so that it has no message yet."""
    is_theirs = SendoutPerson.sendout_id == Sendout.id, SendoutPerson.participant_id == person.id
    asked = (
        select(Sendout.launched_at, Sendout.channel_plan, Sendout.id, Sendout.title)
        .join(SendoutPerson, and_(*is_theirs))
        .where(Sendout.organisation_id == person.organisation_id, Sendout.is_single, Sendout.state == SendoutState.LAUNCHING)
        .where(Sendout.frozen_at.is_(None), ~exists().where(Message.sendout_id == Sendout.id))
    )
    rows = db.session.execute(asked.order_by(Sendout.id.desc()).limit(_MOST_STARTING))
    return [Moment(at, Channel(plan), number, title, ShownStatus.PENDING) for at, plan, number, title in rows if at is not None]


def _messages(person: Participant, limit: int) -> list[Moment]:
    at = func.coalesce(Message.accepted_at, Sendout.launched_at, Sendout.created_at)
    asked = (
        select(Message, Sendout.title, Sendout.subject, at, TWIN_NAME)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.organisation_id == person.organisation_id, Message.participant_id == any_id(own_ids(person)))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    rows = db.session.execute(asked).all()
    ids = [row[0].id for row in rows]
    marks, standings, said = marks_of(ids), follow_ups_of(ids), said_of(ids)
    return [
        replace(
            _message_moment(message, title or subject or "Untitled", at, marks[message.id]),
            message_id=message.id,
            duplicate_of=message.duplicate_of,
            duplicate_name=twin,
            follow_up=standings.get(message.id),
            noted=said.get(message.id, ()),
        )
        for message, title, subject, at, twin in rows
    ]


def _message_moment(message: Message, title: str, at: datetime, mark: Mark) -> Moment:
    channel = Channel(message.channel)
    shown = ShownStatus(message.shown_status)
    why = skip_words(SkipReason(message.skip_reason), channel) if message.skip_reason else ""
    if shown is ShownStatus.DELAYED or group_of(shown) is ShownGroup.FAILED:
        why = message.error_words or ""  # of what arrived, a mail server's "250 queued" tells nobody anything
    return Moment(at, channel, message.sendout_id, title, shown, why, mark=mark)


def _texts(person: Participant, limit: int) -> list[Moment]:
    theirs = [InboundText.participant_id == person.id]
    if person.phone_number:
        theirs.append((InboundText.from_number == person.phone_number) & InboundText.participant_id.is_(None))
    rows = db.session.scalars(
        select(InboundText)
        .where(InboundText.organisation_id == person.organisation_id, or_(*theirs))
        .order_by(InboundText.id.desc())
        .limit(limit)
    )
    return [Moment(row.received_at, Channel(row.channel), said=row.body, keyword=Keyword(row.keyword)) for row in rows]
