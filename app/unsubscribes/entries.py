"""What an entry of the Unsubscribes list is made of before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.participants.erased import ERASED_MARK


class EntrySource(StrEnum):
    """Who or what put an entry on the list."""

    CALLBACK = "callback"
    PROVIDER = "provider"  # the provider's answer to the call itself
    REPLY = "reply"
    LINK = "link"
    ONE_CLICK = "one_click"
    USER = "user"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One reason not to write to one address; without a `scope` it reaches as far as its reason does.

    `proof` holds what shows that it is right to stand here: words, code, time, user agent.
    """

    organisation_id: int
    channel: Channel
    address: str
    reason: SuppressionReason
    source: str
    scope: SuppressionScope | None = None
    sendout_id: int | None = None
    message_id: int | None = None
    inbound_text_id: int | None = None
    created_by: int | None = None
    proof: Mapping[str, object] = field(default_factory=dict)


def address_key(channel: str, address: str) -> str:
    """The form in which the list keeps an address."""
    return email_key(address) if channel == Channel.EMAIL else address


def shown_address(address: str) -> str:
    """An address of the list for people to read; of somebody erased there is only a code, which says nothing."""
    return "Somebody who was erased" if address.startswith(ERASED_MARK) else address


def scope_of(reason: SuppressionReason) -> SuppressionScope:
    """How far a reason reaches by itself: an unsubscribe is about marketing, everything else about the channel."""
    return SuppressionScope.MARKETING if reason is SuppressionReason.UNSUBSCRIBE else SuppressionScope.ALL
