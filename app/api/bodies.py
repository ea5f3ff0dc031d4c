"""What a program sends, read and checked: an object of named values, nothing unknown among them."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import request

from app.lib.errors import Invalid
from app.lib.row_ids import LARGEST_ID


def asked_object(known: Collection[str]) -> dict[str, Any]:
    """The JSON object of the request. Raises Invalid for anything else, and for a name that means nothing here."""
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise Invalid("Send a JSON object as the body.")
    for name in body:
        if name not in known:
            raise Invalid(f"“{name[:60]}” means nothing here. Known are: {', '.join(known)}.", name[:60])
    return body


def text_at(body: Mapping[str, Any], name: str) -> str:
    """A text; nothing and null are the empty one. Raises Invalid for what is none."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"“{name}” has to be a text.", name)
    return _storable(value, name)


def flag_at(body: Mapping[str, Any], name: str) -> bool:
    """True or false; nothing is false. Raises Invalid for what is neither."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Invalid(f"“{name}” has to be true or false.", name)
    return value


def whole_at(body: Mapping[str, Any], name: str) -> int:
    """A row's number. Raises Invalid for what cannot be one."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_ID:
        raise Invalid(f"“{name}” has to be a whole number above 0.", name)
    return value


def texts_at(body: Mapping[str, Any], name: str) -> list[str]:
    """Several texts; nothing and null are none. Raises Invalid for what is no list of those."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Invalid(f"“{name}” has to be a list of texts.", name)
    return [_storable(each, name) for each in value]


def _storable(value: str, name: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(f"“{name}” has half a character in it.", name) from None
    return value
