"""What a link in a message leads to, and whom it was sent to."""

from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import select

from app.domain.channels import Channel, CommunicationType
from app.extensions import db
from app.models import Message, Organisation, Participant, Sendout, TrackedLink

KNOWN_LINKS = "tracked_links"
MOST_KNOWN_LINKS = 10_000


@dataclass(frozen=True, slots=True)
class Addressee:
    """A message as its unsubscribe page needs it; `address` is None after erasure."""

    message_id: int
    organisation_id: int
    organisation_name: str
    languages: tuple[str | None, str]  # theirs, and their organisation's
    sendout_id: int
    channel: Channel
    address: str | None
    is_marketing: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a send-out, and where it leads."""

    id: int
    url: str


def link_of(sendout_id: int, number: int) -> Link | None:
    """One of a send-out's links; None for one that is not in the ledger. Each process asks once: a link stays as it was sent."""
    known: dict[tuple[int, int], Link] = current_app.extensions.setdefault(KNOWN_LINKS, {})
    link = known.get((sendout_id, number)) or _kept_link(sendout_id, number)
    if link is not None:
        if len(known) >= MOST_KNOWN_LINKS:
            known.clear()
        known[sendout_id, number] = link
    return link


def known_link(app: Flask, sendout_id: int, number: int) -> Link | None:
    """The same where this process has asked before; no database and no context."""
    known: dict[tuple[int, int], Link] = app.extensions.get(KNOWN_LINKS, {})
    return known.get((sendout_id, number))


def _kept_link(sendout_id: int, number: int) -> Link | None:
    asked = select(TrackedLink.id, TrackedLink.url).where(TrackedLink.sendout_id == sendout_id, TrackedLink.position == number)
    found = db.session.execute(asked).one_or_none()
    return None if found is None else Link(*found)


def addressee(message_id: int) -> Addressee | None:
    """Whom a message was sent to, and by whom."""
    asked = (
        select(Message, Organisation.name, Participant.language, Organisation.language, Sendout.communication_type)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .join(Organisation, Organisation.id == Message.organisation_id)
        .outerjoin(Participant, Participant.id == Message.participant_id)
        .where(Message.id == message_id)
    )
    found = db.session.execute(asked).one_or_none()
    if found is None:
        return None
    message, name, own, common, communication_type = found
    is_marketing = communication_type == CommunicationType.MARKETING
    channel = Channel(message.channel)
    return Addressee(message.id, message.organisation_id, name, (own, common), message.sendout_id, channel, message.address, is_marketing)
