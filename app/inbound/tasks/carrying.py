"""Each kind of task carried out: what it checks at the last moment, what it sends, and what it says of the end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import formataddr

from sqlalchemy import func, select, text

from app.domain.channels import Channel
from app.domain.replies import MailState, TaskKind, TaskState
from app.domain.senders import SenderKind
from app.domain.sms_segments import measure_text
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.inbound.queries import last_sender_id
from app.inbound.tasks.running import End, end_of, put_off, skipped
from app.inbound.tasks.words import (
    Mail,
    Received,
    announcing_mail,
    announcing_text,
    forwarded_mail,
    forwarded_text,
    returned_mail,
    stop_confirmed,
)
from app.lib.clock import now
from app.lib.errors import AppError
from app.messages.answer_addresses import AnswerKind, answer_address
from app.messages.hindrances import entry_against
from app.messages.send_path import carrier_now
from app.messages.single import SingleMessage, write_to_one
from app.models import AnswerMail, InboundText, Message, Organisation, Participant, ReplyTask, Sender, Sendout
from app.providers.base import EmailCall, OutgoingEmail, OutgoingText, Refused
from app.unsubscribes.queries import standing_entries
from app.web.installation import providers

AUTO_REPLY_PAUSE = timedelta(hours=1)
ANSWERED_WITHIN = timedelta(hours=6)  # a text may reach us late, by being looked for
ANNOUNCING_PAUSE = timedelta(minutes=10)
MOST_RETURNED = 10  # answers by e-mail to one text whose writer is told that they went to nobody
FORWARDED_AN_HOUR = 10  # texts from one number to one phone: what goes in circles ends here

# RFC 3834 and what Exchange looks at: no out-of-office answers this.
_BY_ITSELF = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_IN_ANSWER = _BY_ITSELF | {"Auto-Submitted": "auto-replied"}
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_NO_NUMBER = "There is no number to text from."


def carry_out(tasks: Sequence[ReplyTask]) -> End:
    """Do what one task, or one person's announcements together, ask for; the caller writes the end down."""
    return _WAYS[TaskKind(tasks[0].kind)](tasks, received_of(tasks[-1]))


def received_of(task: ReplyTask) -> Received:
    """The text that a task is about, and who wrote it in answer to what."""
    received = db.session.get_one(InboundText, task.text_id)
    person = db.session.get(Participant, received.participant_id) if received.participant_id else None
    sendout = _answered(received)
    title = (sendout.title or sendout.subject) if sendout is not None and not sendout.is_single else None
    return Received(received, db.session.get_one(Organisation, task.organisation_id), person, title or None)


def _answer_by_itself(tasks: Sequence[ReplyTask], received: Received) -> End:
    task, sendout, person = tasks[0], _answered(received.text), received.person
    if sendout is None or not sendout.auto_reply or person is None:
        return skipped("There is nothing to answer with, or nobody to answer any more.")
    if why_not := _against_answering(task, received.text, person):
        return skipped(why_not)
    sender_id = last_sender_id(task.organisation_id, task.address)
    if sender_id is None:
        return skipped(_NO_NUMBER)
    single = SingleMessage(
        organisation_id=task.organisation_id,
        user_id=None,
        participant_id=person.id,
        sender_id=sender_id,
        title=f"Automatic answer to {received.name}",
        body=sendout.auto_reply,
        form_token=f"auto-reply-{task.text_id}",
        answers=task.text_id,
        is_automatic=True,
    )
    try:
        return End(TaskState.DONE, sendout_id=write_to_one(single))
    except AppError as problem:
        return skipped(str(problem))


def _against_answering(task: ReplyTask, received: InboundText, person: Participant) -> str | None:
    if received.received_at < now() - ANSWERED_WITHIN:
        return "They wrote too long ago to be answered by a machine."
    if person.phone_number != received.from_number:
        return "They wrote from a number that is not on their page."
    db.session.execute(_ONE_AT_A_TIME, {"name": f"auto-reply-{task.organisation_id}-{task.address}"})
    if _count_since(task, TaskKind.AUTO_REPLY, now() - AUTO_REPLY_PAUSE):
        return "They had an automatic answer less than an hour ago."
    return None


def _confirm_stop(tasks: Sequence[ReplyTask], received: Received) -> End:
    task = tasks[0]
    if not any(entry.reason == SuppressionReason.STOP for entry in standing_entries(task.organisation_id, Channel.SMS, task.address)):
        return skipped("They want texts again.")
    language = received.person.language if received.person else None
    end = _text(task, received, stop_confirmed(received.organisation, language))
    return skipped("Twilio has confirmed it.") if end.state is TaskState.FAILED else end


def _forward_email(tasks: Sequence[ReplyTask], received: Received) -> End:
    theirs = received.person.email_address if received.person else None
    can_be_texted = received.person is not None and received.person.phone_number is not None
    sent_on_at = answer_address(AnswerKind.TEXT, tasks[0].id) if can_be_texted else None
    mail = forwarded_mail(received, tasks[0].id, theirs, is_sent_on=sent_on_at is not None)
    return _mail(tasks[0], received, mail, reply_to=sent_on_at or theirs)


def _forward_text(tasks: Sequence[ReplyTask], received: Received) -> End:
    task = tasks[0]
    if _count_since(task, TaskKind.FORWARD_TEXT, now() - timedelta(hours=1), to=task.address) >= FORWARDED_AN_HOUR:
        return skipped("Ten texts from this number were forwarded within an hour; the others are in the conversation.")
    return _text_to_team(task, received, forwarded_text(received))


def _return_email(tasks: Sequence[ReplyTask], received: Received) -> End:
    """The last answer that went to nobody, to its writer: at most so many about one text, or two machines could go on for ever."""
    returned = db.session.scalars(
        select(AnswerMail)
        .join(ReplyTask, ReplyTask.id == AnswerMail.task_id)
        .where(ReplyTask.text_id == tasks[0].text_id, ReplyTask.address == tasks[0].address, AnswerMail.state == MailState.RETURNED)
        .order_by(AnswerMail.id.desc())
        .limit(MOST_RETURNED + 1)
    ).all()
    if not 0 < len(returned) <= MOST_RETURNED:
        return skipped(f"{MOST_RETURNED} such answers were told of; no more are.")
    reply_to = answer_address(AnswerKind.TEXT, returned[0].task_id)
    return _mail(tasks[0], received, returned_mail(received, returned[0]), reply_to=reply_to)


def _announce_email(tasks: Sequence[ReplyTask], received: Received) -> End:
    count = _unread(tasks)
    return _not_yet(tasks[0], count) or _mail(tasks[0], received, announcing_mail(received, count), reply_to=None)


def _announce_text(tasks: Sequence[ReplyTask], received: Received) -> End:
    count = _unread(tasks)
    return _not_yet(tasks[0], count) or _text_to_team(tasks[0], received, announcing_text(received, count))


_WAYS: dict[TaskKind, Callable[[Sequence[ReplyTask], Received], End]] = {
    TaskKind.AUTO_REPLY: _answer_by_itself,
    TaskKind.CONFIRM_STOP: _confirm_stop,
    TaskKind.FORWARD_EMAIL: _forward_email,
    TaskKind.FORWARD_TEXT: _forward_text,
    TaskKind.RETURN_EMAIL: _return_email,
    TaskKind.ANNOUNCE_EMAIL: _announce_email,
    TaskKind.ANNOUNCE_TEXT: _announce_text,
}


def _mail(task: ReplyTask, received: Received, mail: Mail, *, reply_to: str | None) -> End:
    """Hand an e-mail over. Without a configuration set no event of it comes back, which would be about no message of ours."""
    sender = _mail_sender(received.text)
    if sender is None:
        return skipped("There is no address to e-mail from.")
    call = EmailCall(
        sender=formataddr((sender.display_name, sender.address)),
        reply_to=reply_to or task.address,
        subject="{{subject}}",
        text="{{text}}",
        html="{{html}}",
        headers=_IN_ANSWER if task.kind == TaskKind.RETURN_EMAIL else _BY_ITSELF,
        messages=[OutgoingEmail(None, 1, task.address, mail.slots)],
        configuration_set="",
        provider_tracking=True,  # says nothing of tracking, which only a configuration set would have
    )
    carrier = carrier_now()
    db.session.rollback()  # the connection is free while the provider takes its time
    return end_of(carrier.hand_over(call)[0])


def _text_to_team(task: ReplyTask, received: Received, body: str) -> End:
    if entry_against(task.organisation_id, Channel.SMS, task.address) is not None:
        return skipped("This number is on the Unsubscribes list.")
    return _text(task, received, body)


def _text(task: ReplyTask, received: Received, body: str) -> End:
    sender_id = last_sender_id(task.organisation_id, received.text.from_number)
    if sender_id is None:
        return skipped(_NO_NUMBER)
    outgoing = OutgoingText(None, 1, task.address, db.session.get_one(Sender, sender_id).address, body, None)
    db.session.rollback()  # as above
    outcome = providers().texts.hand_over(outgoing)
    if isinstance(outcome, Refused):
        return End(TaskState.FAILED, outcome.words)
    return end_of(outcome, measure_text(body).segments)


def _answered(received: InboundText) -> Sendout | None:
    message = db.session.get(Message, received.message_id) if received.message_id else None
    return db.session.get(Sendout, message.sendout_id) if message else None


def _mail_sender(received: InboundText) -> Sender | None:
    """The send-out's own address, where it has one; else the organisation's first."""
    sendout = _answered(received)
    asked = select(Sender).where(Sender.organisation_id == received.organisation_id, Sender.kind == SenderKind.EMAIL_ADDRESS)
    found = list(db.session.scalars(asked.where(Sender.is_archived.is_(False)).order_by(Sender.id)))
    chosen = sendout.email_sender_id if sendout else None
    return next((each for each in found if each.id == chosen), next(iter(found), None))


def _count_since(task: ReplyTask, kind: TaskKind, since: datetime, *, to: str | None = None) -> int:
    """How many texts from the same number had this done about them."""
    same = select(InboundText.from_number).where(InboundText.id == task.text_id).scalar_subquery()
    asked = (
        select(func.count())
        .select_from(ReplyTask)
        .join(InboundText, InboundText.id == ReplyTask.text_id)
        .where(ReplyTask.organisation_id == task.organisation_id, ReplyTask.kind == kind, ReplyTask.state == TaskState.DONE)
        .where(ReplyTask.done_at > since, InboundText.from_number == same)
    )
    return db.session.scalar(asked if to is None else asked.where(ReplyTask.address == to)) or 0


def _unread(tasks: Sequence[ReplyTask]) -> int:
    asked = select(func.count()).where(InboundText.id.in_([task.text_id for task in tasks]), InboundText.read_at.is_(None))
    return db.session.scalar(asked) or 0


def _not_yet(task: ReplyTask, unread: int) -> End | None:
    """Why somebody is not told now: they know, or were told just before, and hear of all at once then."""
    if not unread:
        return skipped("Somebody had read it before it was announced.")
    same = ReplyTask.organisation_id == task.organisation_id, ReplyTask.kind == task.kind, ReplyTask.address == task.address
    last = db.session.scalar(select(func.max(ReplyTask.done_at)).where(*same, ReplyTask.state == TaskState.DONE))
    pause = (last + ANNOUNCING_PAUSE - now()).total_seconds() if last else 0.0
    return put_off(pause, "Put off: the last announcement was minutes ago.") if pause > 0 else None
