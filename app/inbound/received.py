"""What a received text shows: Received, Forwarded, Replied or STOP, and what went wrong on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from app.domain.keywords import Keyword
from app.domain.replies import ReceivedStatus, TaskKind, TaskState, received_statuses
from app.extensions import db
from app.models import InboundText, Message, ReplyTask


@dataclass(frozen=True, slots=True)
class Marks:
    """One text's: its statuses, to whom it was forwarded, and what of it did not work out."""

    statuses: list[ReceivedStatus]
    forwarded_to: list[str]
    troubles: list[str]


WORDS = {
    ReceivedStatus.RECEIVED: ("Received", "good", "They wrote this."),
    ReceivedStatus.FORWARDED: ("Forwarded", "good", "It was forwarded to the team."),
    ReceivedStatus.REPLIED: ("Replied", "good", "The automatic answer of the send-out went out."),
    ReceivedStatus.STOP: ("STOP", "stopped_by_them", "They get no more texts. E-mail goes on."),
}

_FORWARDS = (TaskKind.FORWARD_EMAIL, TaskKind.FORWARD_TEXT)
_TROUBLES = {
    TaskState.FAILED: "Could not be {}: {}",
    TaskState.IN_DOUBT: "May not have been {}: {}",
}


def received_marks(organisation_id: int, text_ids: Sequence[int]) -> dict[int, Marks]:
    """The marks of some texts. An automatic answer counts once it has left."""
    texts = select(InboundText.id, InboundText.keyword).where(InboundText.organisation_id == organisation_id, InboundText.id.in_(text_ids))
    has_left = exists().where(Message.sendout_id == ReplyTask.sendout_id, Message.accepted_at.is_not(None))
    tasks = (
        select(ReplyTask.text_id, ReplyTask.kind, ReplyTask.state, ReplyTask.address, ReplyTask.words)
        .where(ReplyTask.text_id.in_(text_ids), ReplyTask.kind.in_([*_FORWARDS, TaskKind.AUTO_REPLY]))
        .where(or_(ReplyTask.kind != TaskKind.AUTO_REPLY, ReplyTask.state != TaskState.DONE, has_left))
    )
    ended: dict[int, list[tuple[TaskKind, TaskState, str, str]]] = {}
    for text_id, kind, state, address, words in db.session.execute(tasks.order_by(ReplyTask.id)):
        ended.setdefault(text_id, []).append((TaskKind(kind), TaskState(state), address, words or ""))
    return {text_id: _marks(Keyword(keyword), ended.get(text_id, [])) for text_id, keyword in db.session.execute(texts)}


def _marks(keyword: Keyword, tasks: Sequence[tuple[TaskKind, TaskState, str, str]]) -> Marks:
    done = [(kind, address) for kind, state, address, _ in tasks if state is TaskState.DONE]
    return Marks(
        statuses=received_statuses(keyword, [kind for kind, _ in done]),
        forwarded_to=[address for kind, address in done if kind in _FORWARDS],
        troubles=[
            _TROUBLES[state].format("answered automatically" if kind is TaskKind.AUTO_REPLY else f"forwarded to {address}", words)
            for kind, state, address, words in tasks
            if state in _TROUBLES
        ],
    )
