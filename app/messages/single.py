"""One text to one person: a message like any other, by way of an urgent send-out of its own."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.sendout_state import SendoutState
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.jobs import LAUNCH_URGENT, enqueue_after_commit
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import InboundText, Message, Participant, Sendout, SendoutPerson, UnsubscribeEntry
from app.unsubscribes.queries import standing_entries

IS_SINGLE = Sendout.audience_rule.has_key("answers")  # an answer, automatic or somebody's: conversations show it, no list of send-outs does

_SYNTAX = re.compile(r"\{[{%]")


@dataclass(frozen=True, slots=True)
class SingleText:
    """What to write to whom, from which number. `form_token` makes a form that is sent twice one text.

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
    answers: int | None = None
    is_automatic: bool = False
    by_link: int | None = None
    by_mail: int | None = None

    @property
    def rule(self) -> dict[str, int | bool]:
        """What its send-out's `audience_rule` says of it."""
        told = {"answers": self.answers, "automatic": self.is_automatic, "by_link": self.by_link, "by_mail": self.by_mail}
        return {name: value for name, value in told.items() if value}


def what_keeps_from_texting(organisation_id: int, number: str) -> UnsubscribeEntry | None:
    """The entry of the Unsubscribes list for which no text may go to this number, a STOP before any other; None to write."""
    standing = [each for each in standing_entries(organisation_id, Channel.SMS, number) if each.scope == SuppressionScope.ALL]
    return min(standing, key=lambda entry: entry.reason != SuppressionReason.STOP, default=None)


def write_text(text: SingleText) -> int:
    """Start the text on its way; returns the id of its send-out, of the first one for a form that is sent again.

    It is non-marketing, goes before all bulk, and is judged by the same rules as any message when it leaves.
    Raises NotFound, Invalid without words or number, Conflict where the number is on the Unsubscribes list for everything.
    """
    person = db.session.get(Participant, text.participant_id)
    if person is None or person.organisation_id != text.organisation_id or person.erased_at is not None:
        raise NotFound("There is no such person.")
    if not text.body.strip():
        raise Invalid("Write something first.", field="body")
    if person.phone_number is None:
        raise Invalid("This person has no mobile number. Give them one on their page first.", field="body")
    if what_keeps_from_texting(text.organisation_id, person.phone_number) is not None:
        raise Conflict("This number is on the Unsubscribes list, so no text can go there.")
    return _start(text)


def as_said(words: str) -> str:
    """A template that says exactly these words to everybody, braces and all."""
    return _SYNTAX.sub(lambda braces: f'{{{{ "{braces[0]}" }}}}', words)


def _start(text: SingleText) -> int:
    instant = now()
    row = {
        "organisation_id": text.organisation_id,
        "created_by": text.user_id,
        "title": text.title,
        "communication_type": CommunicationType.NON_MARKETING,
        "channel_plan": ChannelPlan.SMS,
        "is_urgent": True,
        "sms_sender_id": text.sender_id,
        "sms_body": as_said(text.body),
        "state": SendoutState.LAUNCHING,
        "launched_at": instant,
        "launched_by": text.user_id,
        "leaves_at": instant,
        "audience_rule": text.rule,
        "form_token": text.form_token,
        **({} if text.answers is None else _forwards_after(text.answers)),
    }
    made = insert(Sendout).values(row).on_conflict_do_nothing(index_elements=("organisation_id", "form_token")).returning(Sendout.id)
    sendout_id = db.session.scalar(made)
    if sendout_id is None:
        same = select(Sendout.id).where(Sendout.organisation_id == text.organisation_id, Sendout.form_token == text.form_token)
        return db.session.scalars(same).one()
    db.session.add(SendoutPerson(organisation_id=text.organisation_id, sendout_id=sendout_id, participant_id=text.participant_id))
    enqueue_after_commit(LAUNCH_URGENT, sendout_id, job_id=f"launch-{sendout_id}")
    return sendout_id


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
