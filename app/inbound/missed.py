"""Texts of which no callback told: which numbers people can text, and which of the provider's list are not kept here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.models import InboundText, Sender
from app.providers.twilio import ListedText


@dataclass(frozen=True, slots=True)
class TextedNumber:
    """Where people can text to: a number, a Messaging Service whose numbers have yet to be asked for, or a number of one."""

    number: str
    messaging_service: str | None = None


def texted_senders() -> list[TextedNumber]:
    """The numbers and services of every organisation, those not in use any more too: people still text STOP to them."""
    asked = select(Sender.address, Sender.kind).where(
        Sender.channel == Channel.SMS, Sender.kind.in_((SenderKind.NUMBER, SenderKind.MESSAGING_SERVICE))
    )
    rows = db.session.execute(asked.order_by(Sender.id))
    return [TextedNumber(address) if kind == SenderKind.NUMBER else TextedNumber("", address) for address, kind in rows]


def unknown_texts(listed: Sequence[ListedText]) -> list[ListedText]:
    """Those that are not kept here yet, in the order in which they came."""
    refs = [each.text.provider_ref for each in listed]
    known = set(db.session.scalars(select(InboundText.provider_ref).where(InboundText.provider_ref.in_(refs)))) if refs else set()
    unknown = [each for each in listed if each.text.provider_ref not in known]
    return sorted(unknown, key=lambda each: (each.received_at, each.text.provider_ref))
