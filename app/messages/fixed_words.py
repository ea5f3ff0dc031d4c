"""The fixed words of messages, marked where they stand: e-mails of one batch are in several languages, each reader's own."""

import re
from collections.abc import Mapping

from app.lib.catalogue import LANGUAGES, SOURCE_LANGUAGE, in_language, spoken

UNSUBSCRIBE, CHOOSE = "Unsubscribe", "Choose what you get"
CONFIRM, PLEASE_CONFIRM = "I have read this", "Please confirm that you have read this:"
ANSWER_HERE = "Answer here:"
EDIT, READ_ON_THE_WEB = "Edit", "Read it on the web and comment on it"
READ_AND_CHANGE = "Read it on the web and comment on it, or change where it stands"
HOW_SEEN = "How it is seen that this was opened"
IN_EMAILS = (UNSUBSCRIBE, CHOOSE, CONFIRM, PLEASE_CONFIRM, ANSWER_HERE, EDIT, READ_ON_THE_WEB, READ_AND_CHANGE, HOW_SEEN)

# In texts they are fields. No letter of theirs may cost a text its cheap alphabet: "número" has one that would.
IN_TEXTS = {
    "_text_back": "Text back the number, or tap",
    "_tap_to_answer": "Tap to answer:",
    "_tap_to_confirm": "Tap to confirm you have read this:",
}

_MARK = re.compile(r"sendout-words-(\d+)-")
Slots = Mapping[str | None, Mapping[str, str]]  # by language; None is for whoever has none that is spoken here


def marked(words: str) -> str:
    """What stands in a part for these words until it is known who reads them."""
    return f"sendout-words-{IN_EMAILS.index(words)}-"


def said(part: str, language: str | None) -> str:
    """The part with its words in this language: for a preview."""
    return _MARK.sub(lambda mark: in_language(language, IN_EMAILS[int(mark[1])]), part)


def slotted(part: str) -> str:
    """The part with a slot for each of its words."""
    return _MARK.sub(r"{{w\1}}", part)


def slots_of(parts: str, own_language: str) -> Slots:
    """What fills the slots of these parts, by language; whoever has none reads the organisation's."""
    used = sorted({int(number) for number in _MARK.findall(parts)})
    return _by_language({f"w{number}": IN_EMAILS[number] for number in used}, own_language)


def text_words(own_language: str) -> Slots:
    """The fixed words of texts as fields, by language."""
    return _by_language(IN_TEXTS, own_language)


def _by_language(words: Mapping[str, str], own_language: str) -> Slots:
    read: dict[str | None, Mapping[str, str]] = {}
    for language in LANGUAGES:
        read[language] = {name: in_language(language, each) for name, each in words.items()}
    read[None] = read[spoken(own_language) or SOURCE_LANGUAGE]
    return read


def of_reader(slots: Slots, language: str | None) -> Mapping[str, str]:
    """One reader's words."""
    return slots.get(language) or slots[None]
