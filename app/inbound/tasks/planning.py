"""What is to be done about a text, decided in the transaction that keeps it: whatever dies after that, it will be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.keywords import Keyword
from app.domain.replies import (
    Announced,
    TaskKind,
    TaskState,
    is_answered_by_twilio,
    is_full_number,
    is_told_on,
    is_triggered,
    may_answer_automatically,
    may_confirm_stop,
)
from app.domain.roles import Role
from app.extensions import db
from app.inbound.queries import Correspondents
from app.jobs import RUN_REPLY_TASKS, enqueue_after_commit
from app.models import Membership, ReplyTask, Sender, Sendout, User

Planned = tuple[TaskKind, str]  # what, and to whom

_TOLD_BY_TEXT = (TaskKind.FORWARD_TEXT, TaskKind.ANNOUNCE_TEXT)


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that was kept just now. `is_new_stop`: it put its number on the list, where it did not stand before."""

    text_id: int
    text: Text
    between: Correspondents
    keyword: Keyword
    is_new_stop: bool

    @property
    def is_answered(self) -> bool:
        """Whether Twilio has answered it."""
        return is_answered_by_twilio(self.text.body, self.text.opt_out_type, ours=self.text.to_number)


def plan_tasks(kept: Kept) -> list[Planned]:
    """Write down what this text asks of us; returns it. Callable again: each is written once."""
    sendout = db.session.get(Sendout, kept.between.sendout_id) if kept.between.sendout_id else None
    planned = list(dict.fromkeys([*_answers(kept, sendout), *_tellings(kept, sendout)]))
    _write(kept.between.organisation_id, kept.text_id, planned)
    return planned


def plan_announcements(organisation_id: int, text_id: int) -> None:
    """Have the team told of an answer by e-mail as each wants to be. Nothing is forwarded: the reply-to has had it, too."""
    _write(organisation_id, text_id, list(_announcements(organisation_id)))


def plan_return(task: ReplyTask) -> None:
    """Have whoever answered a forwarded text by e-mail told that it went to nobody; a second such answer is told of anew."""
    again = {"state": TaskState.DUE, "due_at": func.now(), "done_at": None, "words": None}
    ended = ReplyTask.state.not_in((TaskState.DUE, TaskState.DOING))
    row = {"organisation_id": task.organisation_id, "text_id": task.text_id, "kind": TaskKind.RETURN_EMAIL, "address": task.address}
    made = insert(ReplyTask).values(row)
    db.session.execute(made.on_conflict_do_update(index_elements=("text_id", "kind", "address"), set_=again, where=ended))
    enqueue_after_commit(RUN_REPLY_TASKS, job_id="reply-tasks")


def _write(organisation_id: int, text_id: int, planned: Sequence[Planned]) -> None:
    if not planned:
        return
    owner = {"organisation_id": organisation_id, "text_id": text_id}
    rows = [owner | {"kind": kind, "address": address} for kind, address in planned]
    db.session.execute(insert(ReplyTask).values(rows).on_conflict_do_nothing(index_elements=("text_id", "kind", "address")))
    enqueue_after_commit(RUN_REPLY_TASKS, job_id="reply-tasks")


def _answers(kept: Kept, sendout: Sendout | None) -> Iterator[Planned]:
    """What goes back to whoever wrote; never to a phone of the team that our texts have gone to: it may answer by itself."""
    text, theirs = kept.text, kept.text.from_number
    is_confirmed_here = may_confirm_stop(kept.keyword, theirs=theirs, ours=text.to_number, is_answered=kept.is_answered)
    if kept.is_new_stop and is_confirmed_here:
        yield TaskKind.CONFIRM_STOP, theirs
    if sendout is None or not sendout.auto_reply or kept.between.is_opted_out or _is_told(kept):
        return
    may_answer = may_answer_automatically(kept.keyword, theirs=theirs, is_answered=kept.is_answered)
    if may_answer and is_triggered(text.body, sendout.auto_reply_words):
        yield TaskKind.AUTO_REPLY, theirs


def _tellings(kept: Kept, sendout: Sendout | None) -> Iterator[Planned]:
    """Whom of the team it is passed on to; by text only what a person may have sent, and not back to where texts went before."""
    if not is_told_on(kept.keyword):
        return
    by_text = is_full_number(kept.text.from_number) and not _is_told(kept)
    told = set()
    if sendout is not None and sendout.forward_email:
        told.add(sendout.forward_email)
        yield TaskKind.FORWARD_EMAIL, sendout.forward_email
    if sendout is not None and sendout.forward_phone and by_text and not _is_ours(sendout.forward_phone):
        told.add(sendout.forward_phone)
        yield TaskKind.FORWARD_TEXT, sendout.forward_phone
    for kind, address in _announcements(kept.between.organisation_id):
        if address not in told and (by_text or kind is not TaskKind.ANNOUNCE_TEXT):
            yield kind, address


def _announcements(organisation_id: int) -> Iterator[Planned]:
    asked = (
        select(User.email, User.phone_number, Membership.announced_by)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id, Membership.announced_by != Announced.NOTHING, User.active)
        .where(Membership.role.in_([role for role in Role if role.includes(Role.ORGANISER)]))
    )
    for email, phone_number, announced_by in db.session.execute(asked):
        for kind in Announced(announced_by).kinds:
            address = email if kind is TaskKind.ANNOUNCE_EMAIL else phone_number
            if address and not (kind is TaskKind.ANNOUNCE_TEXT and _is_ours(address)):
                yield kind, address


def _is_told(kept: Kept) -> bool:
    """Whether this number has had forwarded texts or announcements: answers to those are nobody's reply to a send-out."""
    told = exists().where(
        ReplyTask.organisation_id == kept.between.organisation_id,
        ReplyTask.address == kept.text.from_number,
        ReplyTask.kind.in_(_TOLD_BY_TEXT),
    )
    return bool(db.session.scalar(select(told)))


def _is_ours(number: str) -> bool:
    """Whether a number is one that we text from: texts to it would come back in."""
    return bool(db.session.scalar(select(exists().where(Sender.channel == Channel.SMS, Sender.address == number))))
