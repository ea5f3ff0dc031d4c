"""What the query of a request asks for; nonsense is an error and not passed over, since nobody sees a program's page."""

from enum import StrEnum
from typing import TypeVar

from flask import request

from app.lib.errors import Invalid

Choice = TypeVar("Choice", bound=StrEnum)

_LARGEST = 2**63 - 1


def asked_number(name: str) -> int | None:
    """A row's number; None where it is not asked for. Raises Invalid."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _LARGEST):  # noqa: PLR2004  digits of the largest
        raise Invalid(f"“{name}” has to be a whole number.", name)
    return int(text)


def asked_choice(name: str, kind: type[Choice]) -> Choice | None:
    """One of an enumeration; None where it is not asked for. Raises Invalid."""
    text = request.args.get(name)
    if text is None:
        return None
    if text not in set(kind):
        raise Invalid(f"“{name}” has to be one of: {', '.join(kind)}.", name)
    return kind(text)


def asked_words(name: str) -> str:
    """Words to look for; empty where nothing is."""
    return " ".join(request.args.get(name, "").replace("\0", "").split())[:200]
