"""What the query of a request asks for; nonsense is an error and not passed over, since nobody sees a program's page."""

from enum import StrEnum
from typing import TypeVar

from flask import request

from app.lib.errors import Invalid
from app.lib.row_ids import row_id
from app.web.forms import FormReader

Choice = TypeVar("Choice", bound=StrEnum)


def asked_id(name: str) -> int | None:
    """A row's id; None where it is not asked for. Raises Invalid."""
    text = request.args.get(name)
    if text is None:
        return None
    found = row_id(text)
    if found is None:
        raise Invalid(f"“{name}” has to be a whole number.", name)
    return found


def asked_choice(name: str, kind: type[Choice]) -> Choice | None:
    """One of an enumeration; None where it is not asked for. Raises Invalid."""
    text = request.args.get(name)
    return None if text is None else one_of(kind, text, name)


def asked_words(name: str) -> str:
    """Words to look for; empty where nothing is. Raises Invalid for more than anybody looks for."""
    form = FormReader(request.args)
    words = form.words(name)
    require_no_errors(form)
    return words


def one_of(kind: type[Choice], text: str, name: str) -> Choice:
    """The member that a text names. Raises Invalid."""
    if text not in set(kind):
        raise Invalid(f"“{name}” has to be one of: {', '.join(kind)}.", name)
    return kind(text)


def require_no_errors(form: FormReader) -> None:
    """Raise Invalid for the first mistake that a form has found."""
    for name, problem in form.errors.items():
        raise Invalid(problem, name)
