"""Whom a number belongs to, and what stands beside a conversation about them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import select, update

from app.domain.channels import Channel
from app.extensions import db
from app.inbound.conversations import Conversation
from app.models import InboundText, Message, Participant, ParticipantList, Sendout
from app.participants import queries
from app.participants import service as participants
from app.participants.marks import Mark, marks_of
from app.participants.typed import TypedPerson
from app.unsubscribes.queries import ListedEntry, address_history

_LAST = 5


@dataclass(frozen=True, slots=True)
class Address:
    """One of a person's addresses, and what stands against writing to it."""

    channel: Channel
    address: str
    against: Sequence[ListedEntry]
    is_bad: bool


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that went to them, or that they were left out of."""

    sendout_id: int
    title: str
    channel: str
    shown_status: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class PersonPane:
    """What the page shows beside a conversation. Without a `person`, `addresses` has the number alone."""

    person: Participant | None
    addresses: Sequence[Address]
    lists: Sequence[ParticipantList]
    messages: Sequence[SentMessage]


def person_pane(organisation_id: int, conversation: Conversation) -> PersonPane:
    """Who it is that we talk with."""
    person = queries.person_of(organisation_id, conversation.participant_id) if conversation.participant_id else None
    here = _address(organisation_id, Channel.EMAIL if conversation.is_by_email else Channel.SMS, conversation.number, is_bad=False)
    if person is None:
        return PersonPane(None, [here], [], [])
    addresses = [here]
    if person.phone_number and person.phone_number != conversation.number:
        addresses.append(_address(organisation_id, Channel.SMS, person.phone_number, is_bad=person.is_bad_number))
    if person.email_address and person.email_address.lower() != conversation.number:
        addresses.append(_address(organisation_id, Channel.EMAIL, person.email_address, is_bad=person.is_bad_email))
    return PersonPane(person, addresses, queries.lists_of(person), _last_messages(person))


def this_is(organisation_id: int, number: str, participant_id: int) -> Participant:
    """Note who writes from a number: all of its texts are theirs, and those to come. Raises NotFound."""
    person = participants.person_of(organisation_id, participant_id)
    theirs = update(InboundText).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    db.session.execute(theirs.values(participant_id=person.id), execution_options={"synchronize_session": False})
    return person


def save_number(person: Participant, number: str, *, user_id: int) -> None:
    """Make a number or address the one on a person's page; the one it replaces is noted and does not come back with an import."""
    as_it_is = TypedPerson(**{field.name: getattr(person, field.name) for field in fields(TypedPerson)})
    kept = replace(as_it_is, email_address=number) if "@" in number else replace(as_it_is, phone_number=number)
    participants.save(person.organisation_id, person, kept, user_id)


def somebody_new(organisation_id: int, number: str, names: tuple[str, str], *, user_id: int) -> Participant:
    """Make a participant of whoever wrote from a number; `names` are first and last."""
    email_address, phone_number = (number, None) if "@" in number else (None, number)
    blank = TypedPerson(*names, email_address, phone_number, None, None, None, [], {})
    person = participants.save(organisation_id, None, blank, user_id)
    return this_is(organisation_id, number, person.id)


def _address(organisation_id: int, channel: Channel, address: str, *, is_bad: bool) -> Address:
    against = [entry for entry in address_history(organisation_id, channel, address) if entry.lifted_at is None]
    return Address(channel, address, against, is_bad)


def _last_messages(person: Participant) -> list[SentMessage]:
    asked = (
        select(Message.id, Sendout.id, Sendout.title, Message.channel, Message.shown_status)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.participant_id == person.id, Message.organisation_id == person.organisation_id)
    )
    rows = db.session.execute(asked.order_by(Message.id.desc()).limit(_LAST)).all()
    marks = marks_of([row[0] for row in rows])
    return [SentMessage(*row[1:], mark=marks[row[0]]) for row in rows]
