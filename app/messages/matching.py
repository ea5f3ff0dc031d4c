"""Whose message an event is about: by our own id first, then by the provider's reference, and never somebody else's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from sqlalchemy import ARRAY, BigInteger, Text, any_, literal, or_, select

from app.domain.channels import Channel
from app.domain.events import TRIAL, DeliveryEvent
from app.extensions import db
from app.models import Message
from app.unsubscribes.entries import address_key

UNKNOWN = "no message here has this id or reference yet"
FOREIGN = "the message with this id went to somebody else: the event is another installation's"


@dataclass(frozen=True, slots=True)
class Known:
    """As much of a message as tells whether an event is about it."""

    id: int
    channel: str
    address: str | None
    provider_ref: str | None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An event without a message, and why."""

    event: DeliveryEvent
    why: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Events by the message that they are about, and the others."""

    by_message: Mapping[int, Sequence[DeliveryEvent]]
    unmatched: Sequence[Unmatched]


def match_events(events: Sequence[DeliveryEvent]) -> Matched:
    """Find each event's message; those of tests have none and are left out."""
    by_id, by_ref = _known(events)
    found: dict[int, list[DeliveryEvent]] = {}
    unmatched = []
    for event in events:
        if event.message_id == TRIAL:
            continue
        candidates = [by_id.get(event.message_id or 0), by_ref.get((event.channel, event.provider_ref))]
        known = next((each for each in candidates if each is not None and _is_about(event, each)), None)
        if known is not None:
            found.setdefault(known.id, []).append(event)
        else:
            unmatched.append(Unmatched(event, FOREIGN if any(candidates) else UNKNOWN))
    return Matched(found, unmatched)


def _known(events: Iterable[DeliveryEvent]) -> tuple[dict[int, Known], dict[tuple[str, str], Known]]:
    ids = [event.message_id for event in events if event.message_id]
    refs = [event.provider_ref for event in events if event.provider_ref]
    is_named = or_(Message.id == any_(literal(ids, ARRAY(BigInteger))), Message.provider_ref == any_(literal(refs, ARRAY(Text))))
    rows = db.session.execute(select(Message.id, Message.channel, Message.address, Message.provider_ref).where(is_named))
    known = [Known(*row) for row in rows]
    return {each.id: each for each in known}, {(each.channel, each.provider_ref): each for each in known if each.provider_ref}


def _is_about(event: DeliveryEvent, known: Known) -> bool:
    """Another installation of ours may count its messages alike and share the account: whom it went to tells them apart.

    After erasure a message has no address: then only its own reference proves it.
    """
    if event.channel != known.channel:
        return False
    if event.provider_ref and event.provider_ref == known.provider_ref:
        return event.recipient is None or known.address is None or _is_same(event, known.address)
    if known.address is None:
        return False
    return event.recipient is None or _is_same(event, known.address)


def _is_same(event: DeliveryEvent, address: str) -> bool:
    recipient = event.recipient or ""
    if event.channel is Channel.EMAIL:
        bare = parseaddr(recipient)[1] if "<" in recipient else recipient
        return address_key(Channel.EMAIL, bare) == address_key(Channel.EMAIL, address)
    return recipient.rpartition(":")[2] == address  # "whatsapp:+44…"
