"""An answer by e-mail to a forwarded text: on to the participant as a text, back to its writer, or before a person to decide.

It is passed on only for whom the text was forwarded to, and only where it is proven to be theirs. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.events import InboundMail
from app.domain.replies import MailState
from app.domain.roles import Role
from app.extensions import db
from app.inbound.linked.service import ForwardedAnswer, answer_forwarded, forwarded
from app.inbound.tasks.planning import plan_return
from app.inbound.tasks.words import LINK_DAYS
from app.inbound.writing.service import LONGEST_TEXT
from app.lib.clock import now
from app.lib.errors import AppError
from app.lib.storable import storable_text
from app.models import AnswerMail, InboundText, Membership, ReplyTask, User
from app.users.team.queries import has_left

MOST_AN_HOUR = 10  # to one number: what goes in circles ends here
TOO_MANY = f"{MOST_AN_HOUR} answers by e-mail have gone to this number within an hour."


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """An e-mail to the address of a forwarded text, and the words in it that are its writer's own."""

    mail: InboundMail
    words: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Judgement:
    state: MailState
    why: str | None = None
    sendout_id: int | None = None


def take_answer(task: ReplyTask, answer: TaskAnswer) -> str | None:
    """Keep it once, and do what it asks for where that may be. Returns what stands against it, to be noted."""
    mail_id = _keep(task, answer)
    if mail_id is None:
        return None
    judged = _judge(task, answer, mail_id)
    row = db.session.get_one(AnswerMail, mail_id)
    row.state, row.words, row.sendout_id = judged.state, judged.why, judged.sendout_id
    if judged.state is MailState.RETURNED:
        plan_return(task)
    db.session.flush()
    return judged.why


def mail_token(mail_id: int) -> str:
    """What makes one e-mail one answer, whoever sends it on."""
    return f"mail-{mail_id}"


def _keep(task: ReplyTask, answer: TaskAnswer) -> int | None:
    row = {
        "received_at": answer.received_at,
        "organisation_id": task.organisation_id,
        "task_id": task.id,
        "provider_ref": storable_text(answer.mail.provider_ref),
        "from_address": storable_text(", ".join(answer.mail.writers)),
        "body": answer.words,
        "state": MailState.WAITING,
    }
    kept = insert(AnswerMail).values(row).on_conflict_do_nothing(index_elements=("provider_ref",)).returning(AnswerMail.id)
    return db.session.scalar(kept)


def _judge(task: ReplyTask, answer: TaskAnswer, mail_id: int) -> _Judgement:
    if answer.mail.is_automatic:
        return _Judgement(MailState.AUTOMATIC, "A machine wrote it, so it went to nobody.")
    if why := _why_it_waits(task, answer):
        return _Judgement(MailState.WAITING, why)
    if len(answer.words) > LONGEST_TEXT:
        return _Judgement(MailState.RETURNED, f"It is too long: a text can have {LONGEST_TEXT:,} characters.")
    try:
        given = ForwardedAnswer(answer.words, mail_token(mail_id), _user_behind(task), is_mail=True)
        return _Judgement(MailState.SENT, sendout_id=answer_forwarded(forwarded(task), given))
    except AppError as problem:
        return _Judgement(MailState.RETURNED, str(problem))


def _why_it_waits(task: ReplyTask, answer: TaskAnswer) -> str | None:
    """Why a person has to look at it first; None to pass it on."""
    mail = answer.mail
    if mail.doubt is not None:
        return mail.doubt
    if mail.writers[0] != task.address.lower():
        return f"{mail.writers[0]} wrote it, and the text was forwarded to {task.address}."
    if has_left(task.organisation_id, task.address):
        return f"{task.address} was in your team and is no more."
    if not answer.words:
        return "There are no words in it that could be sent." if mail.is_whole else "It is too large to be read here."
    if answer.received_at > task.created_at + timedelta(days=LINK_DAYS):
        return f"The text came more than {LINK_DAYS} days before."
    return TOO_MANY if _sent_lately(task) >= MOST_AN_HOUR else None


def _sent_lately(task: ReplyTask) -> int:
    number = select(InboundText.from_number).where(InboundText.id == task.text_id).scalar_subquery()
    asked = (
        select(func.count())
        .select_from(AnswerMail)
        .join(ReplyTask, ReplyTask.id == AnswerMail.task_id)
        .join(InboundText, InboundText.id == ReplyTask.text_id)
        .where(AnswerMail.organisation_id == task.organisation_id, InboundText.from_number == number)
        .where(AnswerMail.state == MailState.SENT, AnswerMail.received_at > now() - timedelta(hours=1))
    )
    return db.session.scalar(asked) or 0


def _user_behind(task: ReplyTask) -> int | None:
    """The member of the team whose address it was forwarded to, if it is one's who may answer."""
    may = [role for role in Role if role.includes(Role.ORGANISER)]
    asked = select(User.id).join(Membership, Membership.user_id == User.id).where(Membership.organisation_id == task.organisation_id)
    return db.session.scalar(asked.where(func.lower(User.email) == task.address.lower(), Membership.role.in_(may)).limit(1))
