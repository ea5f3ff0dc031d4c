"""One message to one person: a text or an e-mail like any other, by way of an urgent send-out of its own."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.mail_html import paragraphs
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.jobs import LAUNCH_URGENT, enqueue_after_commit
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid, NotFound
from app.messages.hindrances import Hindrance, what_stands_against
from app.models import InboundText, Message, Organisation, Participant, Sendout, SendoutPerson, User

_SYNTAX = re.compile(r"\{[{%]")


@dataclass(frozen=True, slots=True)
class SingleMessage:
    """What to write to whom, from which sender: an e-mail where there is a `subject`, else a text.

    `form_token` makes a form that is sent twice one message. An e-mail may be marketing, and then obeys every no.
    `answers` is the received text that this one answers, if it does; texts back to an answer are forwarded as those to the
    send-out were that it all began with. Nobody wrote what `is_automatic`, or what came `by_link`, a forwarded e-mail's task;
    what came `by_mail`, in answer to that task's e-mail, is its writer's where they are of the team.
    """

    organisation_id: int
    user_id: int | None
    participant_id: int
    sender_id: int
    title: str
    body: str
    form_token: str
    subject: str | None = None
    is_marketing: bool = False
    answers: int | None = None
    is_automatic: bool = False
    by_link: int | None = None
    by_mail: int | None = None

    @property
    def channel(self) -> Channel:
        """How it goes."""
        return Channel.SMS if self.subject is None else Channel.EMAIL

    @property
    def rule(self) -> dict[str, int | bool]:
        """What its send-out's `audience_rule` says of it."""
        told = {"answers": self.answers, "automatic": self.is_automatic, "by_link": self.by_link, "by_mail": self.by_mail}
        return {name: value for name, value in told.items() if value} or {"single": True}


def write_to_one(single: SingleMessage) -> int:
    """Start the message on its way; returns the id of its send-out, of the first one for a form that is sent again.

    It goes before all bulk, and is judged by the same rules as any message when it leaves.
    Raises NotFound, Invalid without words or address, Conflict where the Unsubscribes list says no.
    """
    person = db.session.get(Participant, single.participant_id)
    if person is None or person.organisation_id != single.organisation_id or person.erased_at is not None:
        raise NotFound("There is no such person.")
    if single.subject is not None and not single.subject.strip():
        raise Invalid("Write a subject.", field="subject")
    if not single.body.strip():
        raise Invalid("Write something first.", field="body")
    against = what_stands_against(person, single.channel, is_marketing=single.is_marketing)
    if against is not None and against.kind in (Hindrance.NO_ADDRESS, Hindrance.BAD_ADDRESS):
        raise Invalid(against.words, field="body")
    if against is not None:
        raise Conflict(against.words)
    if single.is_marketing and not db.session.get_one(Organisation, single.organisation_id).postal_address.strip():
        raise Invalid("News and offers must name your postal address: an owner can add it under Settings.", field="is_marketing")
    return _start(single)


def as_said(words: str) -> str:
    """A template that says exactly these words to everybody, braces and all."""
    return _SYNTAX.sub(lambda braces: f'{{{{ "{braces[0]}" }}}}', words)


def _start(single: SingleMessage) -> int:
    instant = now()
    row = {
        "organisation_id": single.organisation_id,
        "created_by": single.user_id,
        "title": single.title,
        "communication_type": CommunicationType.MARKETING if single.is_marketing else CommunicationType.NON_MARKETING,
        "is_urgent": True,
        "state": SendoutState.LAUNCHING,
        "launched_at": instant,
        "launched_by": single.user_id,
        "leaves_at": instant,
        "audience_rule": single.rule,
        "form_token": single.form_token,
        **_words(single),
        **({} if single.answers is None else _forwards_after(single.answers)),
    }
    made = insert(Sendout).values(row).on_conflict_do_nothing(index_elements=("organisation_id", "form_token")).returning(Sendout.id)
    sendout_id = db.session.scalar(made)
    if sendout_id is None:
        same = select(Sendout.id).where(Sendout.organisation_id == single.organisation_id, Sendout.form_token == single.form_token)
        return db.session.scalars(same).one()
    db.session.add(SendoutPerson(organisation_id=single.organisation_id, sendout_id=sendout_id, participant_id=single.participant_id))
    enqueue_after_commit(LAUNCH_URGENT, sendout_id, job_id=f"launch-{sendout_id}")
    return sendout_id


def _words(single: SingleMessage) -> dict[str, Any]:
    """What it says, and from where; answers to an e-mail go to whoever wrote it."""
    if single.subject is None:
        return {"channel_plan": ChannelPlan.SMS, "sms_sender_id": single.sender_id, "sms_body": as_said(single.body)}
    writer = db.session.get(User, single.user_id) if single.user_id is not None else None
    return {
        "channel_plan": ChannelPlan.EMAIL,
        "email_sender_id": single.sender_id,
        "reply_to": writer.email if writer else None,
        "subject": as_said(single.subject),
        "html": as_said(paragraphs(single.body)),
        "text": as_said(single.body),
    }


def _forwards_after(text_id: int) -> dict[str, str | None]:
    """Where texts back go to: where those to the send-out do that the received text answered."""
    asked = (
        select(Sendout.forward_email, Sendout.forward_phone)
        .join(Message, Message.sendout_id == Sendout.id)
        .join(InboundText, InboundText.message_id == Message.id)
        .where(InboundText.id == text_id)
    )
    found = db.session.execute(asked).one_or_none()
    return {"forward_email": found.forward_email, "forward_phone": found.forward_phone} if found else {}
