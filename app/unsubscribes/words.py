"""An entry of the Unsubscribes list in the words of its page: why it stands there, what it keeps away, what to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.domain.channels import Channel
from app.domain.replies import is_answered_by_twilio
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.lib import clock
from app.unsubscribes.entries import EntrySource
from app.web.filters import zone

REASON_WORDS = {
    SuppressionReason.BOUNCE: "Bounced",
    SuppressionReason.COMPLAINT: "Marked as spam",
    SuppressionReason.BAD_EMAIL: "Bad email",
    SuppressionReason.BAD_NUMBER: "Bad number",
    SuppressionReason.STOP: "STOP",
    SuppressionReason.UNSUBSCRIBE: "Unsubscribed",
    SuppressionReason.SOFT_BOUNCES: "Kept bouncing",
    SuppressionReason.MANUAL: "Added by hand",
    SuppressionReason.ERASED: "Erased",
}
CHANNEL_WORDS = {Channel.EMAIL: "E-mail", Channel.SMS: "Texts"}
_KEEPS_AWAY = {
    (Channel.EMAIL, SuppressionScope.ALL): "All e-mail",
    (Channel.EMAIL, SuppressionScope.MARKETING): "Marketing e-mail",
    (Channel.SMS, SuppressionScope.ALL): "All texts",
    (Channel.SMS, SuppressionScope.MARKETING): "Marketing texts",
}
_PLAIN = {
    SuppressionReason.BOUNCE: "Bounced on {day}: the address does not exist or takes no mail any more",
    SuppressionReason.COMPLAINT: "Marked our e-mail as spam on {day}",
    SuppressionReason.BAD_EMAIL: "Found on {day} that no such address can exist",
    SuppressionReason.BAD_NUMBER: "Found on {day} that no phone which takes texts has this number",
    SuppressionReason.ERASED: "Erased on {day}: only a code of the address is kept, so that it is never used again",
    SuppressionReason.SOFT_BOUNCES: "Bounced temporarily in three send-outs in a row, the last time on {day}",
}
_BY_THEMSELVES = {
    EntrySource.LINK: "Unsubscribed by the link in an e-mail on {day}",
    EntrySource.ONE_CLICK: "Unsubscribed by the button of their mail program on {day}",
    EntrySource.REPLY: "Unsubscribed by a text on {day}",
    EntrySource.CALLBACK: "Unsubscribed at their mail provider on {day}",
    EntrySource.PROVIDER: "Unsubscribed at their mail provider on {day}",
}
_LONGEST_QUOTE = 160


class Entry(Protocol):
    """What a sentence is made of: a listed entry, or a row of the table with `created_by` put into words."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def channel(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def proof(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """Why and when, in a sentence without its full stop; `quote` is what the person, or whoever put them here, said."""

    text: str
    quote: str


def why(entry: Entry, who: str | None = None) -> Sentence:
    """Why an entry stands on the list; `who` put it there, where somebody did."""
    reason = SuppressionReason(entry.reason)
    day = day_of(_happened_at(entry))
    if reason in _PLAIN:
        return Sentence(_PLAIN[reason].format(day=day), "")
    quote = _shortened(str(entry.proof.get("words") or ""))
    if reason is SuppressionReason.STOP:
        return _stop(entry, day, quote)
    return Sentence(_said_no(entry, day, who), quote)


def keeps_away(channel: str, scope: str) -> str:
    """What an entry keeps from being sent: "All texts", "Marketing e-mail"."""
    return _KEEPS_AWAY[Channel(channel), SuppressionScope(scope)]


def day_of(moment: datetime) -> str:
    """The day in the organisation's zone: "4 March", with its year unless it is within half a year."""
    local = moment.astimezone(zone())
    is_near = abs(clock.now() - moment) < timedelta(days=180)
    return f"{local.day} {local:%B}" if is_near else f"{local.day} {local:%B %Y}"


def words_to_send(our_number: str | None) -> str:
    """What to e-mail somebody who texted STOP and wants texts again."""
    return f"Text START to {our_number or 'our number'} to get our texts again."


def is_at_network(entry: Entry) -> bool:
    """Whether the phone network keeps a STOP of its own beside ours: it told us, or the person used a word that it knows."""
    told = entry.proof.get("is_at_network")
    if isinstance(told, bool):
        return told
    if entry.source == EntrySource.REPLY:
        return is_answered_by_twilio(str(entry.proof.get("words") or ""), None, ours="")
    return entry.source in (EntrySource.CALLBACK, EntrySource.PROVIDER)


def _stop(entry: Entry, day: str, quote: str) -> Sentence:
    if entry.source == EntrySource.REPLY and quote:
        return Sentence(f"Texted “{quote}” on {day}", "")
    return Sentence(f"Opted out of texts at the phone network, as we learned on {day}", "")


def _said_no(entry: Entry, day: str, who: str | None) -> str:
    by = f" by {who}" if who else ""
    if entry.source == EntrySource.IMPORT:
        line = f", line {entry.proof['line']}" if "line" in entry.proof else ""
        return f"Imported{by} on {day}{line}"
    if entry.source == EntrySource.USER or entry.reason == SuppressionReason.MANUAL:
        return f"Added{by} on {day}" + (", after a text of theirs" if entry.source == EntrySource.REPLY else "")
    return _BY_THEMSELVES[EntrySource(entry.source)].format(day=day)


def _happened_at(entry: Entry) -> datetime:
    """When it happened, where the proof names a time; else when we noted it."""
    try:
        told = datetime.fromisoformat(str(entry.proof.get("at")))
    except ValueError:
        return entry.created_at
    return told if told.tzinfo else entry.created_at


def _shortened(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _LONGEST_QUOTE else f"{flat[:_LONGEST_QUOTE].rstrip()}…"
