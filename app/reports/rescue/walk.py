"""They got nothing? The four things to check, with this person's own data, and words to send them at the end."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from sqlalchemy import select

from app.domain.audience import SkipReason, skip_words
from app.domain.badge import ISSUES, badge_of
from app.domain.channels import Channel, CommunicationType
from app.domain.safe_senders import safe_sender
from app.domain.shown import ShownStatus
from app.domain.status_words import MEANING
from app.domain.suppression import SuppressionScope
from app.extensions import db
from app.models import Message, Organisation, Participant, Sender, Sendout, UnsubscribeEntry
from app.unsubscribes.queries import standing_entries

_ARRIVED = frozenset({ShownStatus.DELIVERED, ShownStatus.SENT, ShownStatus.DELAYED})
_SEEN = frozenset({ShownStatus.OPENED, ShownStatus.CLICKED, ShownStatus.ACKNOWLEDGED, ShownStatus.RESPONDED, ShownStatus.WROTE_BACK})
_FOR_ITS_TYPE = frozenset({SkipReason.UNSUBSCRIBED, SkipReason.NO_CONSENT})


class Verdict(StrEnum):
    """What a check came to: nothing wrong, this is it, ask them, or it does not matter here."""

    FINE = "fine"
    FOUND = "found"
    ASK = "ask"
    MOOT = "moot"


@dataclass(frozen=True, slots=True)
class Check:
    """One of the four: its question, what it came to, and why in words."""

    question: str
    verdict: Verdict
    words: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Everything about one e-mail that a person misses; `entries` is what stands against their address now."""

    person: Participant
    sendout: Sendout
    message: Message
    sender: str
    entries: list[UnsubscribeEntry]
    checks: tuple[Check, ...]
    words: str

    @property
    def by_mail(self) -> str:
        """An e-mail with these words, to be sent by one's own mail program: ours may be what does not arrive."""
        subject = quote(f"Our e-mail “{_title(self.sendout)}”")
        return f"mailto:{quote(self.person.email_address or '')}?subject={subject}&body={quote(self.words)}"


def walk(person: Participant, message_id: int | None) -> Walk | None:
    """The walk for one e-mail to this person, or for the last one; None where none was ever meant for them."""
    asked = (
        select(Message, Sendout)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.organisation_id == person.organisation_id, Message.participant_id == person.id, Message.channel == Channel.EMAIL)
    )
    if message_id is not None:
        asked = asked.where(Message.id == message_id)
    row = db.session.execute(asked.order_by(Message.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    message, sendout = row
    sender = db.session.get(Sender, sendout.email_sender_id) if sendout.email_sender_id else None
    address = sender.address if sender else ""
    entries = standing_entries(person.organisation_id, Channel.EMAIL, person.email_address or "") if person.email_address else []
    checks = _checks(message, sendout, entries)
    return Walk(person, sendout, message, address, entries, checks, _words(person, sendout, address))


def _checks(message: Message, sendout: Sendout, entries: list[UnsubscribeEntry]) -> tuple[Check, ...]:
    shown = ShownStatus(message.shown_status)
    reason = SkipReason(message.skip_reason) if message.skip_reason else None
    return (
        Check("Was it skipped, or did it fail?", *_skipped(shown, reason, message, entries)),
        Check("Was it sent as the right kind?", *_kind(sendout, reason, entries)),
        Check("Is it in their spam folder?", *_spam(shown)),
        Check("Does their mail provider hold it back?", *_held_back(shown)),
    )


def _skipped(shown: ShownStatus, reason: SkipReason | None, message: Message, entries: list[UnsubscribeEntry]) -> tuple[Verdict, str]:
    if reason is not None:
        listed = " Their address is on the Unsubscribes list; if that is a mistake, take it off." if entries else ""
        return Verdict.FOUND, f"It was skipped: {skip_words(reason, Channel.EMAIL).lower()}.{listed}"
    if badge_of(shown, reason, message.error_code) in ISSUES or shown in (ShownStatus.CANCELLED, ShownStatus.IN_DOUBT):
        return Verdict.FOUND, MEANING[shown]
    if any(entry.scope == SuppressionScope.ALL for entry in entries):
        return Verdict.FOUND, "This one was sent, but since then their address is on the Unsubscribes list, so nothing more goes there."
    if shown in (ShownStatus.PENDING, ShownStatus.SENDING):
        return Verdict.FOUND, "It has not left yet: its turn has not come."
    return Verdict.FINE, f"No, it was sent. {MEANING[shown]}"


def _kind(sendout: Sendout, reason: SkipReason | None, entries: list[UnsubscribeEntry]) -> tuple[Verdict, str]:
    if sendout.communication_type != CommunicationType.MARKETING:
        return Verdict.FINE, "Yes: it was sent as something they need to know, which also reaches those who want no news and offers."
    if reason in _FOR_ITS_TYPE:
        return (
            Verdict.FOUND,
            "It was sent as news and offers, which they do not want. If it concerns them, send it as something they need to know.",
        )
    said_no = any(entry.scope == SuppressionScope.MARKETING for entry in entries)
    later = " By now they want no news and offers, so the next one will not reach them." if said_no else ""
    return Verdict.FINE, f"It was sent as news and offers; that did not keep it from them.{later}"


def _spam(shown: ShownStatus) -> tuple[Verdict, str]:
    if shown in _SEEN:
        return Verdict.FINE, "Hardly: a person has opened it. Perhaps somebody who shares the mailbox, or it was deleted since."
    if shown in _ARRIVED:
        return (
            Verdict.ASK,
            "It may be. Ask them to look there, mark it as “not spam” and move it to the inbox: that also helps the next one.",
        )
    return Verdict.MOOT, "It did not get that far."


def _held_back(shown: ShownStatus) -> tuple[Verdict, str]:
    if shown in _ARRIVED:
        return (
            Verdict.ASK,
            "New senders are sometimes held back without a word. Ask them to put us among their safe senders; the steps are below.",
        )
    return (Verdict.FINE, "No, it came through.") if shown in _SEEN else (Verdict.MOOT, "It did not get that far.")


def _words(person: Participant, sendout: Sendout, sender: str) -> str:
    organisation = db.session.get_one(Organisation, person.organisation_id)
    steps = safe_sender(person.email_address or "", sender).steps
    hello = f"Hello {person.first_name}," if person.first_name else "Hello,"
    return (
        f"{hello}\n\nwe have sent you the e-mail “{_title(sendout)}” from {sender}. "
        "Please look for it in your spam folder; "
        "if it is there, mark it as “not spam” and move it to your inbox.\n\n"
        f"So that our next e-mails reach you: {steps}\n\n{organisation.name}"
    )


def _title(sendout: Sendout) -> str:
    return sendout.title or sendout.subject or "Without a title"
