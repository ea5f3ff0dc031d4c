"""What becomes of a message, told by its address: the tables that tests and demonstrations write their participants by.

E-mail: the local part up to the first digit, `+` or `.` (`bounce`, `bounce7@`, `bounce+x@`); any other name is delivered.
Texts: the last four digits of the number; any other number gets a delivered text. Amazon's own simulator names work too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
APPLE_PRIVACY = "Mozilla/5.0"
GOOGLE_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
SCANNER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36"

ON_LIST = "Amazon SES did not send the message to this address because it is on the suppression list for your account."


class Doing(StrEnum):
    """What a reader, or a machine in a reader's place, does with a mail that arrived."""

    OPEN = "open"
    CLICK = "click"
    SCAN = "scan"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Moment:
    """One SES event, `steps` after the one before it, with what its object says beyond the address."""

    event: str
    steps: float = 1.0
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Visit:
    """One act on a delivered mail: `paces` of human time after delivery, or at once when that is 0."""

    doing: Doing
    paces: float
    agent: str = BROWSER


@dataclass(frozen=True)
class MailFate:
    """`refused`: the entry never passes the API. Otherwise its events in order, and what its reader does after the delivery."""

    moments: tuple[Moment, ...] = ()
    visits: tuple[Visit, ...] = ()
    refused: bool = False


def _bounce(kind: str, sub_type: str, status: str = "", words: str = "", steps: float = 1.0) -> Moment:
    detail: dict[str, Any] = {"bounceType": kind, "bounceSubType": sub_type}
    if status:
        detail["recipient"] = {"action": "failed", "status": status} | ({"diagnosticCode": words} if words else {})
    return Moment("Bounce", steps, detail)


def _complaint(kind: str = "abuse") -> Moment:
    return Moment("Complaint", LATER, {"complaintFeedbackType": kind, "userAgent": "ExampleISP-FBL/2.3"})


LATER = 8.0  # steps: what in life takes hours or days
SEND = Moment("Send", 0.5)
DELIVERY = Moment("Delivery")
DELAY = Moment("DeliveryDelay", 1.0, {"delayType": "TransientCommunicationFailure"})
HARD_BOUNCE = _bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 Recipient address rejected: User unknown")
LATE_BOUNCE = replace(HARD_BOUNCE, steps=LATER)
MAILBOX_FULL = _bounce("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox over quota")
OUT_OF_OFFICE = _bounce("Transient", "General", steps=2.0)
SUPPRESSED = _bounce("Permanent", "OnAccountSuppressionList", "5.1.1", ON_LIST)
SUPPRESSED_COMPLAINER = Moment("Complaint", 1.0, {"complaintSubType": "OnAccountSuppressionList"})

_ARRIVES = (SEND, DELIVERY)
_OPEN = Visit(Doing.OPEN, 1.0)
_CLICK = Visit(Doing.CLICK, 1.4)

DELIVERED = MailFate(_ARRIVES)
MAIL_FATES: Mapping[str, MailFate] = {
    "success": DELIVERED,
    "sent": MailFate((SEND,)),
    "bounce": MailFate((SEND, HARD_BOUNCE)),
    "late-bounce": MailFate((SEND, DELIVERY, LATE_BOUNCE)),
    "complaint": MailFate((SEND, DELIVERY, _complaint())),
    "not-spam": MailFate((SEND, DELIVERY, _complaint("not-spam"))),
    "suppressed": MailFate((SEND, SUPPRESSED)),
    "complained-before": MailFate((SEND, SUPPRESSED_COMPLAINER)),
    "badmail": MailFate(refused=True),
    "invalid": MailFate((SEND, _bounce("Permanent", "EmailValidationSuppressed", "5.1.1"))),
    "unsubscribed": MailFate((SEND, _bounce("Permanent", "UnsubscribedRecipient", "5.1.1"))),
    "rejected": MailFate((SEND, Moment("Reject", 1.0, {"reason": "Bad content"}))),
    "delayed": MailFate((SEND, DELAY)),
    "delayed-then-ok": MailFate((SEND, DELAY, replace(DELIVERY, steps=LATER))),
    "delayed-then-bounce": MailFate((SEND, DELAY, _bounce("Transient", "CustomTimeoutExceeded", "4.4.7", steps=LATER))),
    "full": MailFate((SEND, MAILBOX_FULL)),
    "toolarge": MailFate((SEND, _bounce("Transient", "MessageTooLarge", "5.3.4"))),
    "ooo": MailFate((SEND, DELIVERY, OUT_OF_OFFICE)),
    "undetermined": MailFate((SEND, _bounce("Undetermined", "Undetermined"))),
    "opens": MailFate(_ARRIVES, (_OPEN,)),
    "clicks": MailFate(_ARRIVES, (_OPEN, _CLICK)),
    "human": MailFate(_ARRIVES, (_OPEN, _CLICK, Visit(Doing.OPEN, 2.5))),
    "gmail": MailFate(_ARRIVES, (Visit(Doing.OPEN, 1.0, GOOGLE_PROXY),)),
    "machineopen": MailFate(_ARRIVES, (Visit(Doing.OPEN, 0.0, APPLE_PRIVACY),)),
    "proxyopen": MailFate(_ARRIVES, (Visit(Doing.OPEN, 0.0, GOOGLE_PROXY),)),
    "scanner": MailFate(_ARRIVES, (Visit(Doing.SCAN, 0.0, SCANNER),)),
    "unsub": MailFate(_ARRIVES, (_OPEN, Visit(Doing.UNSUBSCRIBE, 1.4))),
}
_ALIASES = {"ooto": "ooo", "suppressionlist": "suppressed", "latebounce": "late-bounce"}


@dataclass(frozen=True)
class TextFate:
    """`refused`: the code that create answers with. Otherwise the last status, its code, and what the person texts back.

    `pictures`: how many go along with each of their texts.
    """

    refused: int = 0
    ends: str = "delivered"
    code: int | None = None
    replies: tuple[str, ...] = ()
    pictures: int = 0


TEXT_DELIVERED = TextFate()
TEXT_FATES: Mapping[str, TextFate] = {
    "0001": TextFate(refused=21211),
    "0002": TextFate(ends="undelivered", code=30006),
    "0003": TextFate(ends="undelivered", code=30003),
    "0004": TextFate(ends="undelivered", code=30004),
    "0005": TextFate(ends="undelivered", code=30005),
    "0006": TextFate(refused=21614),
    "0007": TextFate(ends="undelivered", code=30007),
    "0008": TextFate(ends="failed", code=30008),
    "0009": TextFate(ends="failed"),
    "0010": TextFate(refused=21610),
    "0011": TextFate(ends="failed", code=21610),
    "0012": TextFate(ends="sent"),
    "0013": TextFate(replies=("Yes, we are coming",)),
    "0014": TextFate(replies=("STOP",)),
    "0015": TextFate(replies=("please stop texting me",)),
    "0016": TextFate(replies=("STOP", "START")),
    "0017": TextFate(refused=21408),
    "0018": TextFate(refused=21635),
    "0019": TextFate(refused=21612),
    "0020": TextFate(ends="undelivered", code=30034),
    "0021": TextFate(ends="failed", code=30410),
    "0022": TextFate(ends="queued"),
    "0023": TextFate(refused=21611),
    "0024": TextFate(refused=20429),
    "0025": TextFate(replies=("HELP",)),
    "0026": TextFate(replies=("Who is this? 🙂",)),
    "0027": TextFate(refused=21608),
    "0028": TextFate(ends="failed", code=30001),
    "0029": TextFate(replies=("The pitch this morning",), pictures=1),
}


# Chances by name, and the behaviour that each stands for: at most one of the first and the third, any of the second.
_ARRIVAL_CHANCES = {
    "bounce": "bounce",
    "soft_bounce": "full",
    "late_bounce": "late-bounce",
    "complaint": "complaint",
    "delay": "delayed-then-ok",
}
_READING_CHANCES = {"machine_open": "machineopen", "unsubscribe": "unsub", "click": "clicks", "open": "opens"}
_TEXT_CHANCES = {"undelivered": "0003", "reply": "0013", "stop": "0014"}
MAIL_CHANCES = frozenset(_ARRIVAL_CHANCES) | frozenset(_READING_CHANCES)
TEXT_CHANCES = frozenset(_TEXT_CHANCES)


def mail_name(address: str) -> str:
    """The part of an address that names a behaviour: `late-bounce` of `Late-Bounce7+x@example.net`."""
    local = address.partition("@")[0].lower()
    name = re.split(r"[0-9+.]", local, maxsplit=1)[0].strip("-_")
    return _ALIASES.get(name, name)


class Oracle:
    """Knows what becomes of whom: by the tables, else by the seeded chances, the same for the same address every time."""

    def __init__(self, seed: int, probabilities: Mapping[str, float]) -> None:
        self._seed = seed
        self._probabilities = probabilities

    def mail_fate(self, address: str) -> tuple[MailFate, bool]:
        """The fate, and whether the address was named in the table."""
        named = MAIL_FATES.get(mail_name(address))
        if named is not None:
            return named, True
        return (self._drawn_mail(address) if self._probabilities else DELIVERED), False

    def text_fate(self, number: str) -> TextFate:
        named = TEXT_FATES.get(number[-4:])
        if named is not None or not self._probabilities:
            return named or TEXT_DELIVERED
        ending = self._first_of(self._dice(number), _TEXT_CHANCES)
        return TEXT_FATES.get(ending, TEXT_DELIVERED)

    def _drawn_mail(self, address: str) -> MailFate:
        dice = self._dice(address)
        fate = MAIL_FATES.get(self._first_of(dice, _ARRIVAL_CHANCES), DELIVERED)
        drawn = [MAIL_FATES[name].visits for chance, name in _READING_CHANCES.items() if dice.random() < self._share(chance)]
        return replace(fate, visits=tuple(visit for visits in drawn for visit in visits))

    def _first_of(self, dice: Random, names: Mapping[str, str]) -> str:
        thrown = dice.random()
        for chance, name in names.items():
            thrown -= self._share(chance)
            if thrown < 0:
                return name
        return ""

    def _share(self, chance: str) -> float:
        return self._probabilities.get(chance, 0.0)

    def _dice(self, whom: str) -> Random:
        return Random(f"{self._seed}:{whom}")
