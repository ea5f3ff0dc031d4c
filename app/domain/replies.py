"""What follows a received text, and what must not: nothing is answered twice, and nothing goes round in circles."""

import re
from collections.abc import Collection
from enum import StrEnum

from app.domain.keywords import Keyword, plain_words


class TaskKind(StrEnum):
    """Something that is to be done about a received text, once."""

    AUTO_REPLY = "auto_reply"  # the send-out's own answer, as a message like any other
    CONFIRM_STOP = "confirm_stop"  # where Twilio does not do it
    FORWARD_EMAIL = "forward_email"
    FORWARD_TEXT = "forward_text"
    ANNOUNCE_EMAIL = "announce_email"
    ANNOUNCE_TEXT = "announce_text"
    RETURN_EMAIL = "return_email"  # an answer by e-mail that could not be sent on, back to its writer


class TaskState(StrEnum):
    """A task waits, is in a worker's hands, or has come to one of four ends; IN_DOUBT is never tried again by itself."""

    DUE = "due"
    DOING = "doing"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


class MailState(StrEnum):
    """What became of an answer by e-mail to a forwarded text."""

    WAITING = "waiting"  # for a person to decide
    SENT = "sent"
    RETURNED = "returned"
    DISCARDED = "discarded"
    AUTOMATIC = "automatic"


class ReceivedStatus(StrEnum):
    """What a received text shows; a text can be both forwarded and replied to."""

    RECEIVED = "received"
    FORWARDED = "forwarded"
    REPLIED = "replied"
    STOP = "stop"


class Announced(StrEnum):
    """How somebody hears of new replies."""

    NOTHING = "nothing"
    EMAIL = "email"
    TEXT = "text"
    BOTH = "both"

    @property
    def kinds(self) -> tuple[TaskKind, ...]:
        """The announcements that it asks for."""
        by_email, by_text = (TaskKind.ANNOUNCE_EMAIL,), (TaskKind.ANNOUNCE_TEXT,)
        return {Announced.EMAIL: by_email, Announced.TEXT: by_text, Announced.BOTH: by_email + by_text}.get(self, ())


def is_toll_free(number: str) -> bool:
    """Whether a number of ours is one whose opt-outs the network itself keeps."""
    return number.startswith(_TOLL_FREE)


def is_full_number(number: str) -> bool:
    """Whether a person may be behind a number: short codes and names send by themselves, and an answer to them may be answered."""
    return _FULL_NUMBER.fullmatch(number) is not None


def is_answered_by_twilio(body: str, opt_out_type: str | None, *, ours: str) -> bool:
    """Whether Twilio answers this text itself: a second answer would confirm a STOP twice.

    With OptOutType it has; else it knows its own English words alone, and toll-free networks only those that must be.
    Source: providers.md 4.7.
    """
    if opt_out_type in _VERDICTS:
        return True
    word = body.strip().casefold()
    return word in (_TOLL_FREE_WORDS if is_toll_free(ours) else _TWILIO_WORDS)


def may_answer_automatically(keyword: Keyword, *, theirs: str, is_answered: bool) -> bool:
    """Whether an automatic answer may follow: to a person, who said nothing that opts in or out or might, and whom nobody has answered."""
    return keyword in (Keyword.NONE, Keyword.HELP) and is_full_number(theirs) and not is_answered


def may_confirm_stop(keyword: Keyword, *, theirs: str, ours: str, is_answered: bool) -> bool:
    """Whether a new STOP is ours to confirm. Short codes have an arrangement of their own with their carriers."""
    return keyword is Keyword.STOP and is_full_number(theirs) and is_full_number(ours) and not is_answered


def is_told_on(keyword: Keyword) -> bool:
    """Whether a text is forwarded and announced: a STOP and a START act by themselves."""
    return keyword not in (Keyword.STOP, Keyword.START)


def read_triggers(typed: str) -> str:
    """The words that a send-out answers automatically, as they are kept: plain, once each, separated by commas."""
    return ", ".join(dict.fromkeys(word for each in re.split(r"[,;\n]", typed) if (word := plain_words(each))))


def is_triggered(body: str, triggers: str) -> bool:
    """Whether a text asks for the automatic answer: any does without words of its own, else one that begins with one of them."""
    said = f"{plain_words(body)} "
    return not triggers or any(said.startswith(f"{word} ") for word in triggers.split(", "))


def received_statuses(keyword: Keyword, done: Collection[TaskKind]) -> list[ReceivedStatus]:
    """What a received text shows, given what was done about it."""
    if keyword is Keyword.STOP:
        return [ReceivedStatus.STOP]
    is_forwarded = TaskKind.FORWARD_EMAIL in done or TaskKind.FORWARD_TEXT in done
    found = [ReceivedStatus.FORWARDED] * is_forwarded + [ReceivedStatus.REPLIED] * (TaskKind.AUTO_REPLY in done)
    return found or [ReceivedStatus.RECEIVED]


_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_FULL_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_VERDICTS = frozenset({"STOP", "START", "HELP"})
_HELP_WORDS = frozenset({"help", "info"})
_TOLL_FREE_WORDS = frozenset({"stop", "start", "unstop"}) | _HELP_WORDS
_TWILIO_WORDS = _TOLL_FREE_WORDS | {"stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
