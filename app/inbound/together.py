"""Two people at the same conversations: who has which, and who answered while somebody else was still writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.inbound.said import words_said
from app.lib.clock import now
from app.models import ConversationHold, InboundText, Sendout, User

AUTOMATIC, BY_LINK, BY_MAIL = "Automatic answer", "By the link in an e-mail", "By e-mail"

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a conversation."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that somebody sent."""

    sendout_id: int
    user_id: int | None
    text_id: int  # what it answered
    by: str
    words: str

    @property
    def is_by_link(self) -> bool:
        """Whether it came by the link in a forwarded e-mail."""
        return self.by == BY_LINK


def take(organisation_id: int, number: str, *, user_id: int) -> None:
    """Take a conversation, from whoever has it."""
    row = {"organisation_id": organisation_id, "number": number, "user_id": user_id, "taken_at": now()}
    taken = insert(ConversationHold).values(row)
    same = ("organisation_id", "number")
    db.session.execute(taken.on_conflict_do_update(index_elements=same, set_={"user_id": user_id, "taken_at": row["taken_at"]}))


def let_go(organisation_id: int, number: str) -> None:
    """Let a conversation go, whoever has it."""
    is_this = ConversationHold.organisation_id == organisation_id, ConversationHold.number == number
    db.session.execute(delete(ConversationHold).where(*is_this))


def holders_of(organisation_id: int, numbers: Sequence[str]) -> dict[str, Holder]:
    """Who has which of these conversations."""
    asked = select(ConversationHold.number, User.id, User.name).join(User, User.id == ConversationHold.user_id)
    mine = asked.where(ConversationHold.organisation_id == organisation_id, ConversationHold.number.in_(numbers))
    return {number: Holder(user_id, name) for number, user_id, name in db.session.execute(mine)}


def authors_of(sendout_ids: Sequence[int]) -> dict[int, str]:
    """Who wrote which of these to one person alone; other send-outs are left out."""
    asked = _answers().where(Sendout.id.in_(sendout_ids))
    return {sendout_id: _by(name, rule) for sendout_id, _, name, rule, _ in db.session.execute(asked)}


def last_answer_id(organisation_id: int, number: str) -> int:
    """The last answer that a person gave in a conversation; 0 for none."""
    return max((each.sendout_id for each in answers_since(organisation_id, number, 0)), default=0)


def answers_since(organisation_id: int, number: str, last_id: int) -> list[GivenAnswer]:
    """What people answered in a conversation after an answer, the oldest first."""
    theirs = select(InboundText.id).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    asked = _answers().where(Sendout.organisation_id == organisation_id, Sendout.id > last_id)
    answering = Sendout.audience_rule["answers"].astext.cast(BigInteger)
    found = db.session.execute(asked.where(answering.in_(theirs), ~Sendout.audience_rule.has_key("automatic")).order_by(Sendout.id))
    rows = found.all()
    said = words_said([(template, None) for *_, template in rows])
    return [
        GivenAnswer(sendout_id, user_id, rule["answers"], _by(name, rule), said[template, None])
        for sendout_id, user_id, name, rule, template in rows
    ]


def lock_conversation(organisation_id: int, number: str) -> None:
    """Let answers to one conversation come one after the other, so that the second knows of the first; until the transaction ends."""
    db.session.execute(_LOCK, {"name": f"conversation-{organisation_id}-{number}"})


def unanswered_count(organisation_id: int, *, hours: int = 24) -> int:
    """With how many numbers a text has waited for so long, neither answered nor done."""
    is_open = InboundText.answered_at.is_(None) & InboundText.done_at.is_(None) & InboundText.keyword.not_in(("stop", "start"))
    asked = select(func.count(func.distinct(InboundText.from_number))).where(InboundText.organisation_id == organisation_id, is_open)
    return db.session.scalar(asked.where(InboundText.received_at < func.now() - func.make_interval(0, 0, 0, 0, hours))) or 0


def _answers() -> Select[int, int | None, str | None, dict[str, Any], str]:
    said = func.coalesce(func.nullif(Sendout.sms_body, ""), Sendout.text, "")
    asked = select(Sendout.id, Sendout.created_by, User.name, Sendout.audience_rule, said)
    return asked.outerjoin(User, User.id == Sendout.created_by).where(Sendout.is_single)


def _by(name: str | None, rule: dict[str, Any]) -> str:
    if rule.get("automatic"):
        return AUTOMATIC
    if rule.get("by_mail"):
        return f"{name}, by e-mail" if name else BY_MAIL
    return BY_LINK if rule.get("by_link") else name or "Somebody who has left"
