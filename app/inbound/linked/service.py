"""Whoever a text was forwarded to by e-mail answers it behind the link in there, without signing in. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.domain.channels import Channel
from app.domain.replies import TaskKind
from app.extensions import db
from app.inbound.queries import last_sender_id
from app.inbound.service import mark_answered, mark_read
from app.inbound.tasks.carrying import received_of
from app.inbound.tasks.words import Received
from app.inbound.together import GivenAnswer, answers_since, lock_conversation
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.messages.hindrances import entry_against
from app.messages.single import SingleMessage, write_to_one
from app.models import ReplyTask
from app.users.team.queries import has_left

MOST_ANSWERS = 10
_LEFT = "This link was for somebody who has left the team, so it leads nowhere any more."
_ENDED = "This link has run out: they hold for 30 days. Sign in and answer under Replies."


@dataclass(frozen=True, slots=True)
class Linked:
    """What stands behind a link: the text, what was answered since, and why it can be answered no more, if it cannot."""

    task: ReplyTask
    received: Received
    answers: Sequence[GivenAnswer]
    against: str | None


@dataclass(frozen=True, slots=True)
class ForwardedAnswer:
    """What somebody answers to a forwarded text: through its link, or by e-mail, and then `user_id` where their address is known."""

    body: str
    form_token: str
    user_id: int | None = None
    is_mail: bool = False


def linked(task_id: int, expires_at: int) -> Linked:
    """What a link leads to. Raises NotFound when it has run out, its receiver has left the team, or the text is not kept."""
    task = db.session.get(ReplyTask, task_id)
    if task is None or task.kind != TaskKind.FORWARD_EMAIL or now().timestamp() > expires_at:
        raise NotFound(_ENDED)
    if has_left(task.organisation_id, task.address):
        raise NotFound(_LEFT)
    return forwarded(task)


def forwarded(task: ReplyTask) -> Linked:
    """What stands behind the task of a forwarded text. Raises NotFound when it is not kept any more."""
    received = received_of(task)
    since = answers_since(task.organisation_id, received.text.from_number, 0)
    later = [each for each in since if each.text_id >= task.text_id]
    return Linked(task, received, later, _against(received))


def answer_by_link(found: Linked, body: str) -> int:
    """Send an answer on its way, once however often its form comes; returns its send-out. Raises Conflict with the reason why not."""
    digest = sha256(body.encode()).hexdigest()[:16]
    return answer_forwarded(found, ForwardedAnswer(body, f"link-{found.task.id}.{digest}"))


def answer_forwarded(found: Linked, given: ForwardedAnswer) -> int:
    """The same for an answer by link or by e-mail; `form_token` makes it one."""
    text, person = found.received.text, found.received.person
    sender_id = last_sender_id(found.task.organisation_id, text.from_number)
    if found.against is not None or person is None or sender_id is None:
        raise Conflict(found.against or "There is no number to answer from any more.")
    lock_conversation(found.task.organisation_id, text.from_number)
    if not given.is_mail and sum(each.is_by_link for each in found.answers) >= MOST_ANSWERS:
        raise Conflict("No more answers can go out by this link. Sign in to go on.")
    sendout_id = write_to_one(_single(found, person.id, sender_id, given))
    mark_answered(found.task.organisation_id, text.from_number, text.id)
    mark_read(found.task.organisation_id, text.from_number, text.id)
    return sendout_id


def _single(found: Linked, participant_id: int, sender_id: int, given: ForwardedAnswer) -> SingleMessage:
    return SingleMessage(
        organisation_id=found.task.organisation_id,
        user_id=given.user_id,
        participant_id=participant_id,
        sender_id=sender_id,
        title=f"Answer to {found.received.name}",
        body=given.body,
        form_token=given.form_token,
        answers=found.task.text_id,
        by_link=None if given.is_mail else found.task.id,
        by_mail=found.task.id if given.is_mail else None,
    )


def _against(received: Received) -> str | None:
    person = received.person
    if person is None or person.phone_number is None:
        return "This person or their number is not kept any more."
    if entry_against(received.organisation.id, Channel.SMS, person.phone_number) is not None:
        return "This number gets no more texts: it is on the Unsubscribes list, for a STOP or another reason."
    return None
