"""The people of a send-out, one row a message: by status or skip reason, by name or address, in pages by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, SQLColumnExpression, and_, any_, case, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import array

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.mailbox_providers import MailboxProvider
from app.domain.shown import FAILED, ShownStatus
from app.extensions import db
from app.models import Answer, Batch, BatchState, Message, Participant, Sendout
from app.participants.arrays import any_id
from app.participants.search import ever_said_of
from app.participants.twins import TWIN_NAME
from app.web.pagination import PAGE_SIZE, Page, page_of

_MANY = 2_000  # people: from here on looking through the send-out is quicker than looking them up

# "Sending" is no status of a row: it is a pending one in an open batch. Only open ones are joined: they are a handful at any time.
IS_ITS_OPEN_BATCH = and_(Batch.id == Message.batch_id, Batch.state == BatchState.OPEN)
_IS_OPEN = and_(Message.status == "pending", Batch.id.is_not(None))
SHOWN = case((_IS_OPEN, literal(str(ShownStatus.SENDING))), else_=Message.shown_status)

NAME = func.trim(func.concat(Participant.first_name, " ", Participant.last_name))

# What people answered, in words: choices count from 1, and a JSON array from 0.
IS_LATEST_ANSWER = and_(Answer.sendout_id == Message.sendout_id, Answer.message_id == Message.id, Answer.replaced_at.is_(None))
ANSWER_WORDS = func.jsonb_array_element_text(Sendout.choices, cast(Answer.choice - 1, Integer))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are wanted of a send-out and channel."""

    organisation_id: int
    sendout_id: int
    channel: Channel
    status: ShownStatus | None = None
    reason: SkipReason | None = None
    search: str = ""
    answer: int | None = None  # a choice of its question; 0 for those who have not answered
    provider: str = ""  # of a mailbox, or a domain: whose people it did not reach


@dataclass(frozen=True, slots=True)
class Recipient:
    """One message and the person it was for. `key` is where the next page begins after it."""

    key: int
    message_id: int | None  # None while it is a draft
    participant_id: int
    name: str
    address: str | None
    shown: ShownStatus
    skip_reason: SkipReason | None
    error_code: str | None = None
    error_words: str | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    machine_opened_at: datetime | None = None
    clicked_at: datetime | None = None
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    wrote_back_at: datetime | None = None
    opted_out_at: datetime | None = None
    answer: str | None = None  # in words
    duplicate_of: int | None = None  # who has the same address, and got it
    duplicate_name: str | None = None

    @property
    def last_sign_at(self) -> datetime | None:
        """When it was last heard of."""
        heard = (
            self.accepted_at, self.delivered_at, self.opened_at, self.clicked_at, self.acknowledged_at, self.responded_at,
            self.wrote_back_at, self.opted_out_at,
        )  # fmt: skip
        return max((moment for moment in heard if moment is not None), default=None)


def recipients_page(asked: Asked, after: int | None, size: int = PAGE_SIZE) -> Page[Recipient]:
    """A page of the rows wanted."""
    key = key_of(asked)
    query = _ROWS.add_columns(key).where(*_conditions(asked)).order_by(*order_of(asked)).limit(size + 1)
    if after is not None:
        query = query.where(key > after)
    return page_of(_recipients(db.session.execute(query).all()), lambda row: row.key, size)


def message_ids(asked: Asked, limit: int) -> Sequence[int]:
    """The ids of the rows wanted, at most `limit`."""
    return db.session.scalars(narrowed(select(Message.id), asked).order_by(*order_of(asked)).limit(limit)).all()


def key_of(asked: Asked) -> SQLColumnExpression[int]:
    """An order that an index has: by status within it, else the audience's own. Who was not reached are few enough to be put in order."""
    if asked.status is None and asked.provider:
        return Message.id + 0  # by itself it is the order of every index of ids, which have older send-outs before this one
    return Message.id if asked.status else Message.participant_id


def order_of(asked: Asked) -> tuple[SQLColumnExpression[Any], ...]:
    """The order of the key. By status it is named, so that no other index of ids seems to do, as above."""
    return (Message.shown_status, Message.id) if asked.status else (key_of(asked),)


def narrowed(columns: Select[*tuple[Any, ...]], asked: Asked) -> Select[*tuple[Any, ...]]:
    """These columns of the rows wanted, with the person, the open batch, the send-out and the answer of each."""
    return _joined(columns).where(*_conditions(asked))


def _joined(columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    is_person = and_(Participant.id == Message.participant_id, Participant.organisation_id == Message.organisation_id)
    joined = columns.select_from(Message).join(Participant, is_person).outerjoin(Batch, IS_ITS_OPEN_BATCH)
    return joined.join(Sendout, Sendout.id == Message.sendout_id).outerjoin(Answer, IS_LATEST_ANSWER)


_ROWS = _joined(
    select(
        Message.id, Message.participant_id, NAME, Message.address, SHOWN, Message.skip_reason,
        Message.error_code, Message.error_words, Message.accepted_at, Message.delivered_at, Message.opened_at, Message.machine_opened_at,
        Message.clicked_at, Message.acknowledged_at, Message.responded_at, Message.wrote_back_at, Message.opted_out_at, ANSWER_WORDS,
        Message.duplicate_of, TWIN_NAME,
    )
)  # fmt: skip


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [
        Message.organisation_id == asked.organisation_id,
        Message.sendout_id == asked.sendout_id,
        Message.channel == asked.channel,
    ]
    if asked.status is not None:
        conditions += of_status(asked.status)
    if asked.provider:
        conditions += _failed_at(asked.provider)
    if asked.reason is not None:
        conditions += [Message.shown_status == ShownStatus.SKIPPED, Message.skip_reason == asked.reason]
    if asked.answer is not None:
        conditions += [Answer.choice == asked.answer] if asked.answer else [Answer.id.is_(None), Message.accepted_at.is_not(None)]
    if asked.search:
        conditions.append(_matches(asked))
    return conditions


def of_status(status: ShownStatus) -> list[ColumnElement[bool]]:
    """What a row of this status fulfils; its open batch is to be joined."""
    if status is ShownStatus.SENDING:
        return [stands_as(ShownStatus.PENDING), _IS_OPEN]
    if status is ShownStatus.PENDING:
        return [stands_as(status), Batch.id.is_(None)]
    return [stands_as(status)]


def _failed_at(provider: str) -> list[ColumnElement[bool]]:
    domain = func.split_part(func.lower(Message.address), "@", -1)
    is_its = domain.regexp_match(MailboxProvider(provider).pattern) if provider in set(MailboxProvider) else domain == provider
    return [Message.shown_status == any_(array([literal(str(status)) for status in FAILED])), is_its]


def stands_as(status: str | SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether a row is shown so; as one of a set of one, since the planner drops an order by what it knows to be equal."""
    return Message.shown_status == any_(array([literal(str(status)) if isinstance(status, str) else status]))


def _matches(asked: Asked) -> ColumnElement[bool]:
    """By the person's name, or by the address that it went to.

    The people are found first, by the addresses that they have or had; of words that many have, a page is full before all are found.
    """
    people = db.session.scalars(ever_said_of(asked.organisation_id, asked.search).limit(_MANY)).all()
    is_one = Message.participant_id == any_id(people) if len(people) < _MANY else true()
    name = func.concat(Participant.first_name, " ", Participant.last_name)
    is_in = or_(name.icontains(asked.search, autoescape=True), Message.address.icontains(asked.search, autoescape=True))
    return and_(is_one, is_in)


def _recipients(rows: Sequence[Any]) -> list[Recipient]:
    return [
        Recipient(key, number, person, name, address, ShownStatus(shown), SkipReason(reason) if reason else None, *rest)
        for number, person, name, address, shown, reason, *rest, key in rows
    ]
