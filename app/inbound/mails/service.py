"""Answers by e-mail that wait for a person: sent on after all, or discarded. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.domain.replies import MailState
from app.extensions import db
from app.inbound.linked.service import ForwardedAnswer, answer_forwarded, forwarded
from app.inbound.mails.passing_on import mail_token
from app.inbound.tasks.carrying import received_of
from app.inbound.tasks.words import Received
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.models import AnswerMail, ReplyTask

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits, and the text that it answers."""

    mail: AnswerMail
    received: Received
    forwarded_to: str


def waiting_mails(organisation_id: int) -> Sequence[Waiting]:
    """What waits, the oldest first."""
    asked = select(AnswerMail, ReplyTask).join(ReplyTask, ReplyTask.id == AnswerMail.task_id)
    rows = db.session.execute(asked.where(*_is_waiting(organisation_id)).order_by(AnswerMail.id).limit(_SHOWN))
    return [Waiting(mail, received_of(task), task.address) for mail, task in rows.all()]


def waiting_count(organisation_id: int) -> int:
    """How many wait."""
    return db.session.scalar(select(func.count()).select_from(AnswerMail).where(*_is_waiting(organisation_id))) or 0


def send_on(organisation_id: int, mail_id: int, body: str, *, user_id: int) -> str:
    """Send its words, as a person has looked at them, to whom they are for; returns their name. Raises NotFound, Conflict, Invalid."""
    mail = _waiting(organisation_id, mail_id)
    found = forwarded(db.session.get_one(ReplyTask, mail.task_id))
    mail.sendout_id = answer_forwarded(found, ForwardedAnswer(body, mail_token(mail.id), user_id, is_mail=True))
    mail.state, mail.decided_at, mail.decided_by = MailState.SENT, now(), user_id
    return found.received.name


def discard(organisation_id: int, mail_id: int, *, user_id: int) -> None:
    """It goes to nobody. Raises NotFound, Conflict."""
    mail = _waiting(organisation_id, mail_id)
    mail.state, mail.decided_at, mail.decided_by = MailState.DISCARDED, now(), user_id


def require(organisation_id: int, mail_id: int) -> None:
    """Raise NotFound unless it is the organisation's, Conflict unless it waits."""
    _waiting(organisation_id, mail_id)


def take_back(organisation_id: int, mail_id: int) -> None:
    """Let one that was discarded wait again. Raises NotFound, Conflict."""
    mail = _locked(organisation_id, mail_id)
    if mail.state != MailState.DISCARDED:
        raise Conflict("It was sent meanwhile.")
    mail.state, mail.decided_at, mail.decided_by = MailState.WAITING, None, None


def _waiting(organisation_id: int, mail_id: int) -> AnswerMail:
    mail = _locked(organisation_id, mail_id)
    if mail.state != MailState.WAITING:
        raise Conflict("Somebody has decided on this e-mail already.")
    return mail


def _locked(organisation_id: int, mail_id: int) -> AnswerMail:
    asked = select(AnswerMail).where(AnswerMail.id == mail_id, AnswerMail.organisation_id == organisation_id).with_for_update()
    found = db.session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is no such e-mail.")
    return found


def _is_waiting(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    return AnswerMail.organisation_id == organisation_id, AnswerMail.state == MailState.WAITING
