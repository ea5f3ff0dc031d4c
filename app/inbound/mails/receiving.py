"""An e-mail that came in, put where it belongs: on to the participant as a text, into a conversation, or before a person.

Nothing here commits.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.events import InboundMail
from app.domain.keywords import Keyword, read_keyword
from app.domain.mail_answers import answer_words
from app.domain.replies import TaskKind
from app.domain.shown import Facts
from app.extensions import db
from app.inbound.mails.passing_on import TaskAnswer, take_answer
from app.inbound.tasks.planning import plan_announcements
from app.lib.storable import storable_text
from app.messages.answer_addresses import AnswerKind, answered
from app.messages.facts import record_facts
from app.models import InboundText, Message, Participant, ReplyTask, Sendout

TOO_LARGE = "(This e-mail is too large to be shown here.)"
NO_WORDS = "(An e-mail without words of its own: perhaps a picture or a file.)"


class UnknownAddress(Exception):
    """The e-mail went to no address that was made here, or to one whose text or send-out is not kept any more."""


def receive_mail(mail: InboundMail, received_at: datetime) -> str | None:
    """Put an e-mail where it belongs, once however often it is told of. Returns what is to be noted about it. Raises UnknownAddress."""
    found = answered(mail.recipients)
    if found is None:
        raise UnknownAddress("an e-mail to an address that was not made here")
    kind, number = found
    if kind is AnswerKind.SENDOUT:
        return _keep(mail, number, received_at)
    task = db.session.get(ReplyTask, number)
    if task is None or task.kind != TaskKind.FORWARD_EMAIL:
        raise UnknownAddress("an answer to a text that is not kept any more")
    return take_answer(task, TaskAnswer(mail, _own_words(mail), received_at))


def _keep(mail: InboundMail, sendout_id: int, received_at: datetime) -> str | None:
    """A participant's answer to a send-out, as a turn of the conversation."""
    sendout = db.session.get(Sendout, sendout_id)
    if sendout is None or sendout.email_sender_id is None:
        raise UnknownAddress("an answer to a send-out that is not kept any more")
    if mail.is_automatic:
        return "an automatic answer, which is nobody's words"
    participant_id, message_id = _writer(mail, sendout)
    said = _own_words(mail)
    row = {
        "received_at": received_at,
        "organisation_id": sendout.organisation_id,
        "sender_id": sendout.email_sender_id,
        "channel": Channel.EMAIL,
        "from_number": storable_text(mail.writers[0] if mail.writers else "no address given"),
        "body": said or (NO_WORDS if mail.is_whole else TOO_LARGE),
        "provider_ref": storable_text(mail.provider_ref),
        "keyword": _keyword(said),
        "segments": 0,
        "doubt": mail.doubt,
        "participant_id": participant_id,
        "message_id": message_id,
    }
    kept = insert(InboundText).values(row).on_conflict_do_nothing(index_elements=("provider_ref",)).returning(InboundText.id)
    text_id = db.session.scalar(kept)
    if text_id is None:
        return None
    if message_id is not None:
        record_facts(message_id, Facts(wrote_back_at=received_at))
    plan_announcements(sendout.organisation_id, text_id)
    return mail.doubt


def _writer(mail: InboundMail, sendout: Sendout) -> tuple[int | None, int | None]:
    """The participant whose address wrote it, and the message that it answers; nobody where the address may be forged.

    Of several people with one address, whom the send-out went to.
    """
    if mail.doubt is not None:
        return None, None
    is_answered = (Message.participant_id == Participant.id) & (Message.sendout_id == sendout.id) & Message.accepted_at.is_not(None)
    asked = select(Participant.id, Message.id).outerjoin(Message, is_answered & (Message.channel == Channel.EMAIL))
    theirs = asked.where(Participant.organisation_id == sendout.organisation_id, func.lower(Participant.email_address) == mail.writers[0])
    found = db.session.execute(theirs.order_by(Message.id.nulls_last(), Participant.id).limit(1)).one_or_none()
    return (found[0], found[1]) if found else (None, None)


def _own_words(mail: InboundMail) -> str:
    return storable_text(answer_words(mail.body)) if mail.is_whole else ""


def _keyword(body: str) -> Keyword:
    """What sounds like a no waits for a person: an e-mail opts nobody out of texts."""
    said = read_keyword(body, None, is_opted_out=False, is_toll_free=False)
    return Keyword.LIKELY_STOP if said in (Keyword.STOP, Keyword.LIKELY_STOP) else Keyword.NONE
