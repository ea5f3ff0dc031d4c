"""Addresses of people who asked to be erased: recognised by a keyed hash, and never taken up again by themselves."""

from collections.abc import Iterable

from sqlalchemy import exists, select

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.extensions import db
from app.lib.errors import Invalid
from app.lib.tokens import keyed_hash, signing_key
from app.models import UnsubscribeEntry
from app.participants.arrays import any_text
from app.web.installation import settings

ERASED_MARK = "erased:"
REFUSAL = "Somebody with this address asked to be erased, so it is not taken up again."

Address = tuple[Channel, str]


def erased_forms(organisation_id: int, channel: Channel, address: str) -> list[str]:
    """How an address stands on the list after erasure, by the newest key first: rotated keys go on recognising it."""
    value = f"{organisation_id}\0{channel}\0{email_key(address) if channel is Channel.EMAIL else address}"
    return [ERASED_MARK + keyed_hash("erased", value, signing_key(secret)) for secret in settings().secret_keys]


def erased_among(organisation_id: int, addresses: Iterable[Address]) -> set[Address]:
    """Those of the addresses whose owner asked to be erased. Without any such person it costs one look."""
    standing = UnsubscribeEntry.organisation_id == organisation_id, UnsubscribeEntry.is_hashed, UnsubscribeEntry.lifted_at.is_(None)
    if not db.session.scalar(select(exists().where(*standing))):
        return set()
    forms = {form: address for address in addresses for form in erased_forms(organisation_id, *address)}
    found = db.session.scalars(select(UnsubscribeEntry.address).where(*standing, UnsubscribeEntry.address == any_text(forms)))
    return {forms[form] for form in found}


def addresses_of(email_address: str | None, phone_number: str | None) -> list[Address]:
    """Those of a person that are there."""
    both = ((Channel.EMAIL, email_address), (Channel.SMS, phone_number))
    return [(channel, address) for channel, address in both if address]


def require_not_erased(organisation_id: int, addresses: Iterable[Address]) -> None:
    """Raise Invalid for an address whose owner asked to be erased."""
    for channel, _ in erased_among(organisation_id, addresses):
        words = "If they want to hear from you again, remove their entry from the Unsubscribes list first: search there for the address."
        raise Invalid(f"{REFUSAL} {words}", "email_address" if channel is Channel.EMAIL else "phone_number")
