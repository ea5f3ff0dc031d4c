"""A bad address put right, and the last message sent once more to the new one. Nothing here commits."""

from dataclasses import dataclass, fields, replace

from sqlalchemy import select

from app.domain.addresses import normalise_email, normalise_number, suggested_address
from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.inbound.queries import last_sender_id
from app.lib.errors import Conflict, Invalid
from app.messages.single import SingleMessage, write_to_one
from app.models import Message, Organisation, Participant, Sendout
from app.participants import service as participants
from app.participants.typed import TypedPerson
from app.reports.resend.service import SomebodyElse, draft_for
from app.sendouts.running import Actor, launch

_FIELDS = {Channel.EMAIL: "email_address", Channel.SMS: "phone_number"}
_PLANS = {Channel.EMAIL: ChannelPlan.EMAIL, Channel.SMS: ChannelPlan.SMS}


@dataclass(frozen=True, slots=True)
class BadAddress:
    """What is wrong with whom: the address on file, the one that was probably meant, and the last message that went to it."""

    person: Participant
    channel: Channel
    address: str | None
    guess: str | None
    last: Sendout | None

    @property
    def other_address(self) -> str | None:
        """Where they can be asked by the other channel."""
        return self.person.phone_number if self.channel is Channel.EMAIL else self.person.email_address


def bad_address(person: Participant, channel: Channel) -> BadAddress:
    """How it stands with a person's address on a channel."""
    address = getattr(person, _FIELDS[channel])
    guess = suggested_address(address) if address and channel is Channel.EMAIL else None
    return BadAddress(person, channel, address, guess, _last_sendout(person, channel))


def correct(bad: BadAddress, typed: str, user_id: int) -> str:
    """Keep the right address; no import brings the wrong one back, and its entry on the Unsubscribes list stays.

    Returns the address as kept. Raises Invalid for what is none, and for the one that is on file already.
    """
    try:
        address = _normalised(bad, typed)
    except Invalid as problem:
        raise Invalid(str(problem), "address") from problem
    if address == bad.address:
        raise Invalid("This is the address that is on file already.", "address")
    as_it_is = TypedPerson(**{field.name: getattr(bad.person, field.name) for field in fields(TypedPerson)})
    corrected = replace(as_it_is, email_address=address) if bad.channel is Channel.EMAIL else replace(as_it_is, phone_number=address)
    participants.save(bad.person.organisation_id, bad.person, corrected, user_id)
    return address


def send_last_again(bad: BadAddress, actor: Actor, form_token: str) -> Sendout:
    """Send the last message once more to this person alone, under its original; what the Unsubscribes list says goes for it, too.

    The same form is one send-out. Raises Conflict where nothing was sent before.
    """
    if bad.last is None:
        raise Conflict("Nothing has been sent to them on this channel yet.")
    made = select(Sendout).where(Sendout.organisation_id == actor.organisation_id, Sendout.form_token == form_token)
    known = db.session.scalar(made)
    if known is not None:
        return known
    copy = draft_for(bad.last, actor, SomebodyElse(participant_id=bad.person.id))
    copy.channel_plan = _PLANS[bad.channel]
    copy.form_token = form_token
    db.session.flush()
    launch(copy.id, actor)
    return copy


def words_to_ask(bad: BadAddress, organisation: Organisation) -> str:
    """What to ask by the other channel."""
    what = "e-mail address" if bad.channel is Channel.EMAIL else "mobile number"
    shown = f" ({bad.address})" if bad.address else ""
    return f"{organisation.short_name}: our messages to your {what}{shown} do not arrive. What is the right one, please?"


def ask_by_text(bad: BadAddress, words: str, actor: Actor, form_token: str) -> int:
    """Ask for the right e-mail address by text; returns the send-out. Raises Invalid, Conflict."""
    sender_id = last_sender_id(actor.organisation_id, bad.person.phone_number or "")
    if sender_id is None or actor.user_id is None:
        raise Conflict("No number to text from is set up yet. An owner can add one under Settings, Senders.")
    return write_to_one(
        SingleMessage(actor.organisation_id, actor.user_id, bad.person.id, sender_id, "Asked for the right address", words, form_token)
    )


def _normalised(bad: BadAddress, typed: str) -> str:
    if bad.channel is Channel.EMAIL:
        return normalise_email(typed).address
    return normalise_number(typed, db.session.get_one(Organisation, bad.person.organisation_id).country)


def _last_sendout(person: Participant, channel: Channel) -> Sendout | None:
    """The send-out that reached for this person last on this channel, their own included; a skip counts: they did not get it."""
    asked = (
        select(Sendout)
        .join(Message, Message.sendout_id == Sendout.id)
        .where(Message.organisation_id == person.organisation_id, Message.participant_id == person.id, Message.channel == channel)
    )
    return db.session.scalar(asked.order_by(Message.id.desc()).limit(1))
