"""The ways to one person: by which channels they can be written to, from where, and what stands against each."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.channels import Channel
from app.extensions import db
from app.inbound.queries import addresses_of, last_sender_id
from app.messages.hindrances import Against, Hindrance, address_of, what_stands_against
from app.models import InboundText, Participant, Sender
from app.unsubscribes.queries import number_they_stopped
from app.unsubscribes.words import is_at_network, words_to_send


@dataclass(frozen=True, slots=True)
class Way:
    """A channel to somebody: where it reaches them, what it comes from, and what stands against it."""

    channel: Channel
    person: Participant
    sender: Sender | None
    against: Against | None

    @property
    def address(self) -> str | None:
        """Where it reaches them."""
        return address_of(self.person, self.channel)

    @property
    def start_words(self) -> str:
        """Of somebody who texted STOP: what to tell them, if they want texts again."""
        entry = self.against.entry if self.against else None
        return words_to_send(number_they_stopped(entry)) if entry is not None else ""

    @property
    def is_stopped_at_network(self) -> bool:
        """Whether the phone network keeps their STOP, too."""
        entry = self.against.entry if self.against else None
        return entry is not None and is_at_network(entry)


Ways = Mapping[Channel, Way]


def ways_to(person: Participant, written_from: str = "") -> Ways:
    """Both ways to a person; they answer to what they last wrote to, from `written_from` where that is known."""
    return {channel: _way(person, channel, written_from) for channel in (Channel.SMS, Channel.EMAIL)}


def preset_way(ways: Ways, last: Channel | None) -> Channel:
    """The way that is offered first: what they wrote by last, else e-mail; the other one where something stands against that."""
    wanted = last or Channel.EMAIL
    open_ways = [channel for channel in (wanted, *ways) if ways[channel].against is None]
    return open_ways[0] if open_ways else wanted


def last_written_by(person: Participant) -> Channel | None:
    """By which channel this person wrote last; None where they never did."""
    theirs = select(InboundText.channel).where(
        InboundText.organisation_id == person.organisation_id, InboundText.from_number.in_(addresses_of([person.id]))
    )
    last = db.session.scalar(theirs.order_by(InboundText.id.desc()).limit(1))
    return Channel(last) if last else None


def _way(person: Participant, channel: Channel, written_from: str) -> Way:
    is_by_it = bool(written_from) and ("@" in written_from) == (channel is Channel.EMAIL)
    address = written_from if is_by_it else (address_of(person, channel) or "").lower()
    sender_id = last_sender_id(person.organisation_id, address, channel)
    sender = db.session.get(Sender, sender_id) if sender_id is not None else None
    against = what_stands_against(person, channel) or (Against(Hindrance.NO_SENDER, channel) if sender is None else None)
    return Way(channel, person, sender, against)
