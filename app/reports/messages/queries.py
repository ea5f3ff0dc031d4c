"""The rows of the Messages page, the last message first; pages by key, so that the millionth row costs what the first one does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, TableValuedAlias, Text, and_, cast, func, or_, select, true

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.shown import ShownStatus
from app.extensions import db
from app.lib.clock import now
from app.messages.follow_up import follow_up_setup, stands_in
from app.models import Answer, Batch, Message, Participant, ParticipantList, Sender, Sendout, SendoutList
from app.participants.arrays import any_id
from app.participants.twins import TWIN_NAME
from app.reports.messages.asked import Asked
from app.reports.recipients.queries import ANSWER_WORDS, IS_ITS_OPEN_BATCH, IS_LATEST_ANSWER, NAME, SHOWN, of_status, stands_as
from app.web.filters import zone
from app.web.pagination import PAGE_SIZE, Page, page_of

_CHOICES = 200
_FEW_SENDOUTS = 40  # each is looked at by itself

TITLE = func.coalesce(func.nullif(Sendout.title, ""), Sendout.subject)
AT = func.coalesce(Message.accepted_at, Sendout.launched_at)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message, the person it was for and the send-out it belongs to. `at` is when it left, or when its send-out did."""

    message_id: int
    participant_id: int
    name: str
    channel: Channel
    address: str | None
    shown: ShownStatus
    skip_reason: SkipReason | None
    error_code: str | None
    error_words: str | None
    acknowledged_at: datetime | None
    responded_at: datetime | None
    answer: str | None
    sendout_id: int
    title: str
    at: datetime | None
    duplicate_of: int | None
    duplicate_name: str | None


Choices = Sequence[tuple[int, str]]


def messages_page(asked: Asked, after: int | None, size: int = PAGE_SIZE) -> Page[MessageRow]:
    """A page of what was asked for."""
    return page_of(_rows(ids_of(asked, size + 1, after)), lambda row: row.message_id, size)


def ids_of(asked: Asked, limit: int, after: int | None = None) -> Sequence[int]:
    """The ids alone, at most `limit`: found without looking at what the rows are shown with, which only the page itself needs."""
    sendout_ids = sendout_ids_of(asked)
    if sendout_ids is not None and len(sendout_ids) <= _FEW_SENDOUTS:
        return _last_of(sendout_ids, asked, limit, after)
    query = select(Message.id).outerjoin(Batch, IS_ITS_OPEN_BATCH).where(*conditions(asked, sendout_ids), *_before(after))
    return db.session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def conditions(asked: Asked, sendout_ids: Sequence[int] | None) -> Iterator[ColumnElement[bool]]:
    """What a row of `messages` fulfils; its open batch is to be joined."""
    yield Message.organisation_id == asked.organisation_id
    if sendout_ids is not None:
        yield Message.sendout_id == any_id(sendout_ids)
    yield from _of_message(asked)


def sendout_ids_of(asked: Asked) -> Sequence[int] | None:
    """The send-outs that the filters leave, found by their own columns; None where no filter is about them."""
    narrowing = list(_of_sendout(asked))
    if not narrowing:
        return None
    return db.session.scalars(select(Sendout.id).where(Sendout.organisation_id == asked.organisation_id, *narrowing)).all()


def joined(columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """These columns of messages, with the person, the send-out, the open batch and the answer of each."""
    is_person = and_(Participant.id == Message.participant_id, Participant.organisation_id == Message.organisation_id)
    with_person = columns.select_from(Message).join(Participant, is_person).join(Sendout, Sendout.id == Message.sendout_id)
    return with_person.outerjoin(Batch, IS_ITS_OPEN_BATCH).outerjoin(Answer, IS_LATEST_ANSWER)


def sendout_choices(asked: Asked) -> Choices:
    """The last send-outs to choose from, and the chosen one however old it is."""
    named = func.coalesce(func.nullif(Sendout.title, ""), func.nullif(Sendout.subject, ""), "Without a title")
    mine = select(Sendout.id, named).where(
        Sendout.organisation_id == asked.organisation_id, Sendout.audience_count.is_not(None), ~Sendout.is_single
    )
    last = [(row[0], row[1]) for row in db.session.execute(mine.order_by(Sendout.id.desc()).limit(_CHOICES))]
    if asked.sendout_id is None or asked.sendout_id in dict(last):
        return last
    chosen = select(Sendout.id, named).where(Sendout.organisation_id == asked.organisation_id, Sendout.id == asked.sendout_id)
    return [*((row[0], row[1]) for row in db.session.execute(chosen)), *last]


def sender_choices(organisation_id: int) -> Choices:
    """What messages have left from, e-mail first."""
    asked = select(Sender.id, Sender.address).where(Sender.organisation_id == organisation_id)
    return [(row[0], row[1]) for row in db.session.execute(asked.order_by(Sender.channel, Sender.address))]


def list_choices(organisation_id: int) -> Choices:
    """The lists by name."""
    asked = select(ParticipantList.id, ParticipantList.name).where(ParticipantList.organisation_id == organisation_id)
    return [(row[0], row[1]) for row in db.session.execute(asked.order_by(func.lower(ParticipantList.name)))]


def follow_up_choices(organisation_id: int) -> Choices:
    """The organisation's follow-up categories in their order; none where it has switched them off."""
    setup = follow_up_setup(organisation_id)
    return [(status.id, status.name) for status in setup.statuses] if setup else []


def unstarted(asked: Asked) -> Sendout | None:
    """The send-out asked for, where it has not started: its report is its audience as of now."""
    if asked.sendout_id is None:
        return None
    found = db.session.get(Sendout, asked.sendout_id)
    is_draft = found is not None and found.organisation_id == asked.organisation_id and found.audience_count is None
    return found if is_draft and found is not None and found.deleted_at is None else None


def _rows(ids: Sequence[int]) -> list[MessageRow]:
    columns = select(
        Message.id, Message.participant_id, NAME, Message.channel,
        Message.address, SHOWN, Message.skip_reason, Message.error_code, Message.error_words, Message.acknowledged_at,
        Message.responded_at, ANSWER_WORDS, Sendout.id, TITLE, AT,
        Message.duplicate_of, TWIN_NAME,
    )  # fmt: skip
    found = joined(columns).where(Message.id == any_id(ids)).order_by(Message.id.desc())
    return [_row(row) for row in db.session.execute(found)] if ids else []


def _last_of(sendout_ids: Sequence[int], asked: Asked, limit: int, after: int | None) -> Sequence[int]:
    """The last of a few send-outs: of each, channel and status by the index that has them in order, and the last of all these.

    By the organisation's index everything that was sent later would be walked through first, which can be millions.
    """
    sendout, channel, status = (
        _each(sendout_ids, BigInteger()),
        _each([asked.channel] if asked.channel else list(Channel), Text()),
        _each([str(each) for each in ShownStatus], Text()),
    )
    is_there = Message.sendout_id == sendout.c.value, Message.channel == channel.c.value, stands_as(status.c.value)
    found = select(Message.id).outerjoin(Batch, IS_ITS_OPEN_BATCH).where(*is_there, *conditions(asked, None), *_before(after))
    last = found.order_by(Message.shown_status.desc(), Message.id.desc()).limit(limit).lateral()
    everywhere = select(last.c.id).select_from(sendout.join(channel, true()).join(status, true()).join(last, true()))
    return db.session.scalars(everywhere.order_by(last.c.id.desc()).limit(limit)).all()


def _each(values: Sequence[int | str], kind: BigInteger | Text) -> TableValuedAlias:
    return func.unnest(cast(list(values), ARRAY(kind))).table_valued("value").render_derived()


def _before(after: int | None) -> Iterator[ColumnElement[bool]]:
    if after is not None:
        yield Message.id < after


def _of_message(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.channel is not None:
        yield Message.channel == asked.channel
    if asked.sender_id is not None:
        yield Message.channel == select(Sender.channel).where(Sender.id == asked.sender_id).scalar_subquery()
    if asked.status is not None:
        yield from of_status(asked.status)
    setup = follow_up_setup(asked.organisation_id) if asked.follow_up_id is not None else None
    if setup and asked.follow_up_id is not None:
        yield stands_in(setup, asked.follow_up_id, since_before=now() - timedelta(days=asked.days) if asked.days else None)
    if asked.ids is not None:
        yield Message.id == any_id(asked.ids)


def _of_sendout(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.sendout_id is not None:
        yield Sendout.id == asked.sendout_id
    if asked.since is not None:
        yield Sendout.launched_at >= _midnight(asked.since)
    if asked.until is not None:
        yield Sendout.launched_at < _midnight(asked.until + timedelta(days=1))
    if asked.list_id is not None:
        on_list = SendoutList.list_id == asked.list_id, SendoutList.is_excluded.is_(False)
        yield Sendout.id.in_(select(SendoutList.sendout_id).where(*on_list))
    if asked.sender_id is not None:
        yield or_(Sendout.email_sender_id == asked.sender_id, Sendout.sms_sender_id == asked.sender_id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, zone())


def _row(row: Any) -> MessageRow:
    number, person, name, channel, address, shown, reason, *rest = row
    return MessageRow(number, person, name, Channel(channel), address, ShownStatus(shown), SkipReason(reason) if reason else None, *rest)
