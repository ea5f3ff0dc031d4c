"""How it stands with an address, in a word and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.domain.shown import ShownGroup
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.models import Participant
from app.participants.queries import Standing


@dataclass(frozen=True, slots=True)
class AddressState:
    """What can be expected of an address; `standing` is the entry of the Unsubscribes list behind it."""

    word: str
    group: ShownGroup
    sentence: str
    standing: Standing | None = None

    @property
    def is_fine(self) -> bool:
        """Whether everything can go there."""
        return self.group is ShownGroup.GOOD

    @property
    def is_shut(self) -> bool:
        """Whether nothing at all can go there."""
        return not self.is_fine and (self.standing is None or self.standing.scope is SuppressionScope.ALL)


def state_of(person: Participant, channel: Channel | str, standings: Mapping[str, Standing]) -> AddressState | None:
    """The state of a person's address on a channel; None where there is no address."""
    is_email = channel == Channel.EMAIL
    address = person.email_address if is_email else person.phone_number
    if not address:
        return None
    found = standings.get(email_key(address) if is_email else address)
    if found is not None:
        word, group, sentence = _WORDS[found.reason]
        sentence += "" if found.scope is SuppressionScope.ALL else " What concerns them still goes."
        return AddressState(word, group, sentence, found)
    if person.is_bad_email if is_email else person.is_bad_number:
        return AddressState("Bad address" if is_email else "Bad number", ShownGroup.FAILED, "Nothing can arrive here. Correct it.")
    return AddressState("Fine", ShownGroup.GOOD, "Nothing speaks against writing here.")


_FAILED, _STOPPED = ShownGroup.FAILED, ShownGroup.STOPPED_BY_THEM
_WORDS = {
    SuppressionReason.BOUNCE: ("Bouncing", _FAILED, "Mail came back: the address does not exist, or not any more. Correct it."),
    SuppressionReason.SOFT_BOUNCES: ("Bouncing", _FAILED, "Three times in a row nothing could be delivered here."),
    SuppressionReason.COMPLAINT: ("Complained", _FAILED, "They marked a message as spam, so nothing more goes here."),
    SuppressionReason.BAD_EMAIL: ("Bad address", _FAILED, "No such address can exist. Correct it."),
    SuppressionReason.BAD_NUMBER: ("Bad number", _FAILED, "No text can reach this number. Correct it."),
    SuppressionReason.STOP: ("STOP", _STOPPED, "They texted STOP. Only their own START brings texts back."),
    SuppressionReason.UNSUBSCRIBE: ("Unsubscribed", _STOPPED, "They said no."),
    SuppressionReason.ERASED: ("Erased", _STOPPED, "Whoever had this address asked to be erased."),
    SuppressionReason.MANUAL: ("Unsubscribed", _STOPPED, "Somebody of your team put this on the Unsubscribes list."),
}
