"""Conditions as sentences, and the words of the page on which they are chosen."""

from datetime import date

from app.domain.conditions import About, Condition, Operator
from app.participants.filters.known import Known
from app.participants.names import language_name

ABOUT_WORDS = {
    About.EMAIL: "E-mail address",
    About.MOBILE: "Mobile number",
    About.LANGUAGE: "Language",
    About.MEMBER_NUMBER: "Member number",
    About.LIST: "A list",
    About.SENDOUT: "A send-out",
}
OPERATOR_WORDS = {
    Operator.IS: "is",
    Operator.CONTAINS: "contains",
    Operator.EQUALS: "is",
    Operator.LESS: "is less than",
    Operator.MORE: "is more than",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
    Operator.ANY_OF: "is any of",
    Operator.EMPTY: "is empty",
    Operator.FILLED: "is filled in",
    Operator.HAS: "is known",
    Operator.HAS_NONE: "is missing",
    Operator.ON: "they are on it",
    Operator.NOT_ON: "they are not on it",
    Operator.OPENED: "they opened it",
    Operator.NOT_OPENED: "they did not open it",
    Operator.CLICKED: "they clicked a link in it",
    Operator.ANSWERED: "they answered it",
}
_SENTENCES = {
    Operator.ON: "on the list “{name}”",
    Operator.NOT_ON: "not on the list “{name}”",
    Operator.OPENED: "opened “{name}”",
    Operator.NOT_OPENED: "did not open “{name}”",
    Operator.CLICKED: "clicked a link in “{name}”",
    Operator.ANSWERED: "answered “{name}”",
}


def words_of(condition: Condition, known: Known) -> str:
    """A condition as a part of a sentence: "Team contains “U9”", "on the list “Trainers”"; one in trouble says why."""
    trouble = known.trouble_with(condition)
    if trouble:
        return trouble
    if condition.about is About.LIST:
        return _SENTENCES[condition.operator].format(name=known.lists[condition.number])
    if condition.about is About.SENDOUT:
        return _SENTENCES[condition.operator].format(name=known.sendouts[condition.number].name)
    looked_at = known.fields[condition.which].name if condition.about is About.FIELD else ABOUT_WORDS[condition.about]
    return " ".join(filter(None, (looked_at, OPERATOR_WORDS[condition.operator], _compared_with(condition))))


def _compared_with(condition: Condition) -> str:
    if condition.about is About.LANGUAGE:
        return " or ".join(language_name(code) for code in condition.values)
    if condition.operator in (Operator.BEFORE, Operator.AFTER):
        day = date.fromisoformat(condition.values[0])
        return f"{day.day} {day:%b %Y}"
    if condition.operator in (Operator.EQUALS, Operator.LESS, Operator.MORE):
        return condition.values[0]
    return " or ".join(f"“{value}”" for value in condition.values)
