"""What stands against writing to one person by a channel: the next step is another for each."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.models import Participant, UnsubscribeEntry
from app.unsubscribes.queries import standing_entries


class Hindrance(StrEnum):
    """Why somebody cannot be written to by a channel."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    STOPPED = "stopped"
    LISTED = "listed"
    NO_SENDER = "no_sender"


@dataclass(frozen=True, slots=True)
class Against:
    """A hindrance, with the entry of the Unsubscribes list where there is one."""

    kind: Hindrance
    channel: Channel
    entry: UnsubscribeEntry | None = None

    @property
    def words(self) -> str:
        """Why it cannot be sent, for whoever has pressed Send."""
        is_no_to_marketing = self.entry is not None and self.entry.scope == SuppressionScope.MARKETING
        return _NO_MARKETING if is_no_to_marketing else _WORDS[self.kind][self.channel]


_NO_MARKETING = "They have said no to news and offers. It goes to them only if it is something that they need to know."
_LISTED = {
    Channel.SMS: "This number is on the Unsubscribes list, so no text can go there.",
    Channel.EMAIL: "This address is on the Unsubscribes list, so no e-mail can go there.",
}
_WORDS = {
    Hindrance.NO_ADDRESS: {
        Channel.SMS: "This person has no mobile number. Give them one on their page first.",
        Channel.EMAIL: "This person has no e-mail address. Give them one on their page first.",
    },
    Hindrance.BAD_ADDRESS: {
        Channel.SMS: "The number on their page takes no texts. Correct it first.",
        Channel.EMAIL: "The address on their page cannot be right. Correct it first.",
    },
    Hindrance.STOPPED: _LISTED,
    Hindrance.LISTED: _LISTED,
    Hindrance.NO_SENDER: {
        Channel.SMS: "No number to text from is set up yet. An owner can add one under Settings, Senders.",
        Channel.EMAIL: "No address to e-mail from is set up yet. An owner can add one under Settings, Senders.",
    },
}


def what_stands_against(person: Participant, channel: Channel, *, is_marketing: bool = False) -> Against | None:
    """Why this person cannot be written to by this channel; None to write."""
    address = address_of(person, channel)
    if address is None:
        return Against(Hindrance.NO_ADDRESS, channel)
    entry = entry_against(person.organisation_id, channel, address, is_marketing=is_marketing)
    if entry is not None:
        is_stop = entry.reason == SuppressionReason.STOP
        return Against(Hindrance.STOPPED if is_stop else Hindrance.LISTED, channel, entry)
    is_bad = person.is_bad_email if channel is Channel.EMAIL else person.is_bad_number
    return Against(Hindrance.BAD_ADDRESS, channel) if is_bad else None


def address_of(person: Participant, channel: Channel) -> str | None:
    """Where a channel reaches this person."""
    return person.email_address if channel is Channel.EMAIL else person.phone_number


def entry_against(organisation_id: int, channel: Channel, address: str, *, is_marketing: bool = False) -> UnsubscribeEntry | None:
    """The entry of the Unsubscribes list for which nothing may go to this address, a STOP before any other; None to write."""
    standing = standing_entries(organisation_id, channel, address)
    counting = [each for each in standing if is_marketing or each.scope == SuppressionScope.ALL]
    return min(counting, key=lambda entry: entry.reason != SuppressionReason.STOP, default=None)
