"""Conversations: the queue of who has texted us, and all that was said with one number over both channels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, Select, case, exists, func, literal, null, or_, select, union, union_all

from app.domain.channels import Channel, ChannelPlan
from app.domain.delivery import DeliveryStatus
from app.domain.keywords import Keyword
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.inbound.queries import addresses_of
from app.inbound.said import words_said
from app.lib.errors import NotFound
from app.models import InboundText, Message, Participant, Sendout, SendoutPerson

_TURNS = 200
_SEARCHED = 5  # words


class Tab(StrEnum):
    """Where a conversation lies: somebody must read it, somebody must answer or decide, nobody must do anything."""

    UNREAD = "unread"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Conversation:
    """All texts from one number, as a line of the queue. `text_id` is the first of them: the conversation's name in addresses."""

    text_id: int
    number: str
    participant_id: int | None
    first_name: str | None
    last_name: str | None
    last_text_id: int
    last_at: datetime
    last_words: str
    last_keyword: str
    unread_count: int
    open_count: int
    review_count: int

    @property
    def name(self) -> str:
        """Who it is with: a person's name, or else the number."""
        return f"{self.first_name or ''} {self.last_name or ''}".strip() or self.number

    @property
    def is_by_email(self) -> bool:
        """Whether it began with an e-mail, so that its "number" is an address."""
        return "@" in self.number

    @property
    def tab(self) -> Tab:
        """Where it lies in the queue."""
        if self.unread_count:
            return Tab.UNREAD
        return Tab.WAITING if self.open_count or self.review_count else Tab.DONE


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said, by us (`is_ours`) or by them, over either channel.

    `status` is the status shown of ours, and what theirs asks for. A send-out without a message yet is still being started.
    """

    at: datetime
    is_ours: bool
    channel: str
    words: str
    status: str
    message_id: int | None
    text_id: int | None
    sendout_id: int | None
    title: str | None
    participant_id: int | None
    media: list[list[str]] | None
    is_reviewed: bool


def queue_page(organisation_id: int, tab: Tab, *, keep: str = "", before_id: int | None = None, limit: int = 50) -> list[Conversation]:
    """The conversations under a tab, the one that wrote last first, and the one with the number `keep` wherever it lies."""
    per_number = _per_number(organisation_id).subquery()
    asked = _listed(per_number).where(or_(_tab_of(per_number) == tab, per_number.c.from_number == keep))
    if before_id is not None:
        asked = asked.where(per_number.c.last_text_id < before_id)
    return [Conversation(*row) for row in db.session.execute(asked.order_by(per_number.c.last_text_id.desc()).limit(limit))]


def found_page(organisation_id: int, search: str, *, before_id: int | None = None, limit: int = 50) -> list[Conversation]:
    """The conversations in which every word was said by them or answered by us, or is part of who they are; wherever they lie."""
    per_number = _per_number(organisation_id).subquery()
    asked = _listed(per_number)
    for word in search.split()[:_SEARCHED]:
        asked = asked.where(per_number.c.from_number.in_(_numbers_with(organisation_id, word)))
    if before_id is not None:
        asked = asked.where(per_number.c.last_text_id < before_id)
    return [Conversation(*row) for row in db.session.execute(asked.order_by(per_number.c.last_text_id.desc()).limit(limit))]


def conversation_of(organisation_id: int, text_id: int) -> Conversation:
    """The conversation that a received text is part of; raises NotFound."""
    number = db.session.scalar(
        select(InboundText.from_number).where(InboundText.id == text_id, InboundText.organisation_id == organisation_id)
    )
    if number is None:
        raise NotFound("There is no such conversation.")
    per_number = _per_number(organisation_id).where(InboundText.from_number == number).subquery()
    return Conversation(*db.session.execute(_listed(per_number)).one())


def tab_counts(organisation_id: int) -> dict[Tab, int]:
    """How many conversations lie under each tab."""
    per_number = _per_number(organisation_id).subquery()
    lying = _tab_of(per_number)
    found = {Tab(tab): count for tab, count in db.session.execute(select(lying, func.count()).group_by(lying))}
    return {tab: found.get(tab, 0) for tab in Tab}


def unread_count(organisation_id: int) -> int:
    """How many texts nobody has read yet."""
    asked = select(func.count()).where(InboundText.organisation_id == organisation_id, InboundText.read_at.is_(None))
    return db.session.scalar(asked) or 0


def texts_to_review(organisation_id: int, *, limit: int = 50) -> list[InboundText]:
    """Likely opt-outs on which nobody has decided yet, the oldest first."""
    asked = select(InboundText).where(
        InboundText.organisation_id == organisation_id, InboundText.keyword == Keyword.LIKELY_STOP, InboundText.reviewed_at.is_(None)
    )
    return list(db.session.scalars(asked.order_by(InboundText.id).limit(limit)))


def turns(organisation_id: int, number: str, *, limit: int = _TURNS) -> list[Turn]:
    """The last that was said with one number, oldest first: its texts, and our messages over both channels to whoever it is."""
    told = select(InboundText.participant_id).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    owners = select(Participant.id).where(Participant.organisation_id == organisation_id, Participant.phone_number == number)
    people = [each for each in db.session.scalars(told.union(owners)) if each is not None]
    both = union_all(_theirs(organisation_id, [number, *addresses_of(people)]), *_ours(organisation_id, number, people)).subquery()
    rows = db.session.execute(select(both).order_by(both.c.at.desc(), both.c.is_ours.desc()).limit(limit))
    return _in_words([Turn(*row) for row in rows][::-1])


def _per_number(organisation_id: int) -> Select[*tuple[Any, ...]]:
    is_in_review = InboundText.reviewed_at.is_(None) & (InboundText.keyword == Keyword.LIKELY_STOP)
    return (
        select(
            InboundText.from_number,
            func.min(InboundText.id).label("first_text_id"),
            func.max(InboundText.id).label("last_text_id"),
            func.count().filter(InboundText.read_at.is_(None)).label("unread_count"),
            func.count().filter(InboundText.done_at.is_(None)).label("open_count"),
            func.count().filter(is_in_review).label("review_count"),
        )
        .where(InboundText.organisation_id == organisation_id)
        .group_by(InboundText.from_number)
    )


def _numbers_with(organisation_id: int, word: str) -> CompoundSelect[Any]:
    theirs = select(InboundText.from_number).where(InboundText.organisation_id == organisation_id)
    answering = Sendout.audience_rule["answers"].astext.cast(BigInteger)
    ours = theirs.join(Sendout, (answering == InboundText.id) & (Sendout.organisation_id == organisation_id))
    name = func.concat_ws(" ", Participant.first_name, Participant.last_name, InboundText.from_number)
    named = theirs.outerjoin(Participant, Participant.id == func.coalesce(InboundText.participant_id, _owner()))
    return union(
        theirs.where(InboundText.body.icontains(word, autoescape=True)),
        ours.where(Sendout.sms_body.icontains(word, autoescape=True)),
        named.where(name.icontains(word, autoescape=True)),
    )


def _tab_of(per_number: Any) -> Any:
    is_waiting = or_(per_number.c.open_count > 0, per_number.c.review_count > 0)
    return case((per_number.c.unread_count > 0, Tab.UNREAD.value), (is_waiting, Tab.WAITING.value), else_=Tab.DONE.value)


def _listed(per_number: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            per_number.c.first_text_id, InboundText.from_number, Participant.id, Participant.first_name, Participant.last_name,
            per_number.c.last_text_id, InboundText.received_at, InboundText.body, InboundText.keyword,
            per_number.c.unread_count, per_number.c.open_count, per_number.c.review_count,
        )
        .join(InboundText, InboundText.id == per_number.c.last_text_id)
        .outerjoin(Participant, Participant.id == func.coalesce(InboundText.participant_id, _owner()))
    )  # fmt: skip


def _owner() -> Any:
    """Who has the number now: it may have come on file after the text."""
    owners = select(func.min(Participant.id)).where(
        Participant.organisation_id == InboundText.organisation_id, Participant.phone_number == InboundText.from_number
    )
    return owners.correlate(InboundText).scalar_subquery()


def _theirs(organisation_id: int, addresses: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return select(
        InboundText.received_at.label("at"), literal(value=False).label("is_ours"), InboundText.channel, InboundText.body,
        InboundText.keyword, InboundText.message_id, InboundText.id, _no_id(), null(), InboundText.participant_id, InboundText.media,
        InboundText.reviewed_at.is_not(None),
    ).where(InboundText.organisation_id == organisation_id, InboundText.from_number.in_(addresses))  # fmt: skip


def _ours(organisation_id: int, number: str, people: Sequence[int]) -> Iterable[Select[*tuple[Any, ...]]]:
    """What went to them, what was written to them alone whatever became of it, and such a text that is still being started."""
    is_alone = exists().where(
        SendoutPerson.sendout_id == Message.sendout_id, SendoutPerson.participant_id == Message.participant_id, ~SendoutPerson.is_excluded
    )
    to_person = Message.participant_id.in_(people) & or_(Message.accepted_at.is_not(None), is_alone)
    to_number = (Message.channel == Channel.SMS) & (Message.address == number) & Message.accepted_at.is_not(None)
    for condition in (to_person, to_number & Message.participant_id.not_in(people)):
        yield (
            select(
                func.coalesce(Message.accepted_at, Sendout.launched_at, Sendout.created_at), literal(value=True), Message.channel,
                case((Message.channel == Channel.SMS, Sendout.sms_body), else_=Sendout.subject), Message.shown_status,
                Message.id, _no_id(), Sendout.id, Sendout.title, Message.participant_id, null(), literal(value=True),
            )
            .join(Sendout, Sendout.id == Message.sendout_id)
            .where(Message.organisation_id == organisation_id, condition)
        )  # fmt: skip
    yield (
        select(
            Sendout.launched_at, literal(value=True), literal(Channel.SMS.value), Sendout.sms_body, literal(DeliveryStatus.PENDING.value),
            _no_id(), _no_id(), Sendout.id, Sendout.title, SendoutPerson.participant_id, null(), literal(value=True),
        )
        .join(SendoutPerson, SendoutPerson.sendout_id == Sendout.id)
        .where(Sendout.organisation_id == organisation_id, SendoutPerson.participant_id.in_(people), ~SendoutPerson.is_excluded)
        .where(Sendout.channel_plan == ChannelPlan.SMS, Sendout.launched_at.is_not(None), Sendout.frozen_at.is_(None))
        .where(Sendout.state.not_in((SendoutState.DRAFT, SendoutState.SCHEDULED, SendoutState.CANCELLED)))
        .where(~exists().where(Message.sendout_id == Sendout.id, Message.participant_id == SendoutPerson.participant_id))
    )  # fmt: skip


def _no_id() -> Any:
    return literal(None, BigInteger)


def _in_words(said: Sequence[Turn]) -> list[Turn]:
    """Ours as each person read them: with their own name where the text has a field."""
    ours = words_said([(turn.words, turn.participant_id) for turn in said if turn.is_ours])
    return [replace(turn, words=ours[turn.words, turn.participant_id]) if turn.is_ours else turn for turn in said]
