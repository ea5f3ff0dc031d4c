"""Conversations: the queue of who has written to us, by number or address."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, Select, bindparam, case, func, or_, select, union

from app.domain.keywords import Keyword
from app.extensions import db
from app.lib.errors import NotFound
from app.models import InboundText, Participant, Sendout

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


_UNREAD = select(func.count()).where(InboundText.organisation_id == bindparam("organisation_id"), InboundText.read_at.is_(None))


def unread_count(organisation_id: int) -> int:
    """How many texts nobody has read yet."""
    return db.session.scalar(_UNREAD, {"organisation_id": organisation_id}) or 0


def texts_to_review(organisation_id: int, *, limit: int = 50) -> list[InboundText]:
    """Likely opt-outs on which nobody has decided yet, the oldest first."""
    asked = select(InboundText).where(
        InboundText.organisation_id == organisation_id, InboundText.keyword == Keyword.LIKELY_STOP, InboundText.reviewed_at.is_(None)
    )
    return list(db.session.scalars(asked.order_by(InboundText.id).limit(limit)))


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
        ours.where(func.concat_ws(" ", Sendout.sms_body, Sendout.subject, Sendout.text).icontains(word, autoescape=True)),
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
