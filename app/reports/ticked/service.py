"""Ticked messages, put together by send-out and channel: each such part is resent under its own original. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.extensions import db
from app.lib.errors import Conflict
from app.models import Message, Participant, Sendout
from app.reports.resend.service import can_be_resent
from app.sendouts.resending import ChosenPeople, resend_to_chosen
from app.sendouts.reviewing.starting import may_skip_review
from app.sendouts.running import Actor, launch

_Row = Row[Sendout, str, int, str, bool]
_OPEN = (DeliveryStatus.PENDING, DeliveryStatus.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose message was ticked."""

    participant_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """What goes once more: one send-out by one channel, to those of the ticked people to whom it may."""

    sendout: Sendout
    channel: Channel
    people: Sequence[Person]

    def token(self, form_token: str) -> str:
        """The name under which a form makes this part's copy, once."""
        return f"{form_token}.{self.sendout.id}.{self.channel}"


@dataclass(frozen=True, slots=True)
class Ticked:
    """Everything that was ticked. `open_count`: on its way or in doubt, in the send-out or a resend of it, so left out."""

    parts: Sequence[Part]
    open_count: int

    @property
    def people_count(self) -> int:
        """How many messages would be made."""
        return sum(len(part.people) for part in self.parts)


def ticked(organisation_id: int, message_ids: Sequence[int]) -> Ticked:
    """What these messages come to; those of others and of people who were erased are left out."""
    rows = db.session.execute(
        select(Sendout, Message.channel, Participant.id, _name(), _is_open())
        .join(Message, Message.sendout_id == Sendout.id)
        .join(Participant, Participant.id == Message.participant_id)
        .where(Message.organisation_id == organisation_id, Message.id.in_(message_ids), Participant.erased_at.is_(None))
        .order_by(Sendout.id, Message.channel, Message.id)
    ).all()
    parts = [_part(list(part)) for _, part in groupby(_once_each(rows), key=lambda row: (row[0].id, row[1]))]
    return Ticked([part for part in parts if can_be_resent(part.sendout)], sum(row[4] for row in rows))


def resend_ticked(chosen: Ticked, actor: Actor, form_token: str) -> list[Sendout]:
    """Copy each part, and start the copies where none has to be looked at first; the same form sent again finds them as they are.

    Raises Conflict where nobody is left.
    """
    made = _made(actor, [part.token(form_token) for part in chosen.parts])
    if made:
        return made
    copies = [_copy(part, actor, form_token) for part in chosen.parts if part.people]
    if not copies:
        raise Conflict("Nobody is left to send it to: these messages are still on their way, or it is not known yet whether they arrived.")
    if may_skip_review(copies, actor):
        for copy in copies:
            launch(copy.id, actor)
    return copies


def _copy(part: Part, actor: Actor, form_token: str) -> Sendout:
    chosen = ChosenPeople(part.channel, tuple(person.participant_id for person in part.people), part.token(form_token))
    return resend_to_chosen(part.sendout.id, actor, chosen)


def _made(actor: Actor, tokens: Sequence[str]) -> list[Sendout]:
    asked = select(Sendout).where(Sendout.organisation_id == actor.organisation_id, Sendout.form_token.in_(tokens))
    return list(db.session.scalars(asked.order_by(Sendout.id)))


def _once_each(rows: Sequence[_Row]) -> list[_Row]:
    """Who was ticked in a send-out and in a resend of it gets it once more, not twice."""
    return list({(row[0].root_id or row[0].id, row[1], row[2]): row for row in reversed(rows)}.values())[::-1]


def _part(rows: Sequence[_Row]) -> Part:
    sendout, channel = rows[0][0], Channel(rows[0][1])
    return Part(sendout, channel, [Person(number, name) for _, _, number, name, is_open in rows if not is_open])


def _name() -> ColumnElement[str]:
    named = func.trim(func.concat(Participant.first_name, " ", Participant.last_name))
    return func.coalesce(func.nullif(named, ""), Message.address, "Somebody without a name")


def _is_open() -> ColumnElement[bool]:
    """Whether this person's message, or another of theirs by the same channel in the whole chain of resends, has no end yet."""
    other, its = aliased(Message), aliased(Sendout)
    first = func.coalesce(Sendout.root_id, Sendout.id)
    return exists().where(
        other.sendout_id == its.id,
        or_(its.id == first, its.root_id == first),
        its.organisation_id == Sendout.organisation_id,
        other.participant_id == Message.participant_id,
        other.channel == Message.channel,
        other.status.in_(_OPEN),
    )
