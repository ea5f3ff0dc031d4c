"""Conditions on people, of which a saved filter is made: what is looked at, how it is compared, and with what.

They are kept as data, so that the people are looked for anew each time. All of a filter's conditions have to hold.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.lib.errors import Invalid

MOST_CONDITIONS = 20
MOST_VALUES = 100
LONGEST_VALUE = 200
_LONGEST_KEY = 100
_ID_DIGITS = 18


class About(StrEnum):
    """What a condition looks at; `which` says which custom field, list or send-out."""

    FIELD = "field"
    LANGUAGE = "language"
    MEMBER_NUMBER = "member_number"
    EMAIL = "email"
    MOBILE = "mobile"
    LIST = "list"
    SENDOUT = "sendout"


class Operator(StrEnum):
    """How it is compared."""

    IS = "is"
    CONTAINS = "contains"
    EQUALS = "equals"
    LESS = "less"
    MORE = "more"
    BEFORE = "before"
    AFTER = "after"
    ANY_OF = "any_of"
    EMPTY = "empty"
    FILLED = "filled"
    HAS = "has"
    HAS_NONE = "has_none"
    ON = "on"
    NOT_ON = "not_on"
    OPENED = "opened"
    NOT_OPENED = "not_opened"
    CLICKED = "clicked"
    ANSWERED = "answered"


TEXT_OPERATORS = (Operator.IS, Operator.CONTAINS, Operator.EMPTY, Operator.FILLED)
NUMBER_OPERATORS = (Operator.EQUALS, Operator.LESS, Operator.MORE, Operator.EMPTY, Operator.FILLED)
DATE_OPERATORS = (Operator.BEFORE, Operator.AFTER, Operator.EMPTY, Operator.FILLED)
CHOICE_OPERATORS = (Operator.ANY_OF, Operator.EMPTY, Operator.FILLED)

OPERATORS: Mapping[About, tuple[Operator, ...]] = {
    About.FIELD: tuple(dict.fromkeys((*TEXT_OPERATORS, *NUMBER_OPERATORS, *DATE_OPERATORS, *CHOICE_OPERATORS))),
    About.LANGUAGE: CHOICE_OPERATORS,
    About.MEMBER_NUMBER: TEXT_OPERATORS,
    About.EMAIL: (Operator.HAS, Operator.HAS_NONE),
    About.MOBILE: (Operator.HAS, Operator.HAS_NONE),
    About.LIST: (Operator.ON, Operator.NOT_ON),
    About.SENDOUT: (Operator.OPENED, Operator.NOT_OPENED, Operator.CLICKED, Operator.ANSWERED),
}

_BY_ID = frozenset({About.LIST, About.SENDOUT})


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition that can be asked of a person; making one that cannot raises Invalid, in words for whoever chose it.

    `which`: a custom field's key, or the id of a list or send-out; empty for everything else.
    """

    about: About
    operator: Operator
    which: str = ""
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS[self.about]:
            raise Invalid("Choose how to compare it.", "operator")
        _check_which(self.about, self.which)
        _check_values(self.operator, self.values)

    @property
    def number(self) -> int:
        """The id of the list or send-out."""
        return int(self.which)


def encoded(conditions: Iterable[Condition]) -> list[dict[str, object]]:
    """Conditions as they are stored."""
    return [
        {"about": str(each.about), "operator": str(each.operator), "which": each.which, "values": list(each.values)} for each in conditions
    ]


def decoded(stored: Iterable[Mapping[str, object]]) -> tuple[Condition, ...]:
    """Conditions as they were stored. Raises Invalid for what is none."""
    return tuple(_decoded(each) for each in stored)


def _decoded(stored: Mapping[str, object]) -> Condition:
    values = stored.get("values", [])
    try:
        about, operator = About(str(stored.get("about"))), Operator(str(stored.get("operator")))
    except ValueError as problem:
        raise Invalid("This is no condition.") from problem
    if not isinstance(values, list):
        raise Invalid("This is no condition.")
    return Condition(about, operator, str(stored.get("which", "")), tuple(map(str, values)))


def _check_which(about: About, which: str) -> None:
    if about in _BY_ID:
        is_known = which.isascii() and which.isdecimal() and len(which) <= _ID_DIGITS
    elif about is About.FIELD:
        is_known = 0 < len(which) <= _LONGEST_KEY and "\0" not in which
    else:
        is_known = not which
    if not is_known:
        words = {About.LIST: "Choose a list.", About.SENDOUT: "Choose a send-out.", About.FIELD: "Choose a field."}
        raise Invalid(words.get(about, "Choose what to look at."), "which")


def _check_values(operator: Operator, values: tuple[str, ...]) -> None:
    if any("\0" in value or len(value) > LONGEST_VALUE for value in values):
        raise Invalid(f"Use up to {LONGEST_VALUE} letters.", "values")
    if problem := _problem_with(operator, values):
        raise Invalid(problem, "values")


def _problem_with(operator: Operator, values: tuple[str, ...]) -> str:
    if operator is Operator.ANY_OF:
        return "" if 0 < len(values) <= MOST_VALUES and all(values) else "Tick at least one."
    if operator not in _WITH_ONE_VALUE:
        return "Nothing can be compared here." if values else ""
    is_fit, words = _WITH_ONE_VALUE[operator]
    return "" if len(values) == 1 and is_fit(values[0]) else words


def _is_said(value: str) -> bool:
    return bool(value.strip())


def _is_number(value: str) -> bool:
    """A number in plain digits, as a database takes it."""
    return _NUMBER.fullmatch(value) is not None


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_TEXT, _DIGITS, _DAY = (_is_said, "Say what to compare it with."), (_is_number, "Type a number."), (_is_day, "Choose a day.")
_WITH_ONE_VALUE = {
    Operator.IS: _TEXT,
    Operator.CONTAINS: _TEXT,
    Operator.EQUALS: _DIGITS,
    Operator.LESS: _DIGITS,
    Operator.MORE: _DIGITS,
    Operator.BEFORE: _DAY,
    Operator.AFTER: _DAY,
}
