"""Custom fields: their keys, and their values read from what people type."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.lib.tabular import DateOrder, read_date, read_number
from app.models import CustomField, CustomFieldKind

MAX_VALUE_LENGTH = 1000
RESERVED_KEYS = frozenset({"first_name", "last_name", "email", "mobile", "about", "member_number", "organisation_name"})


def field_key(name: str) -> str:
    """The name under which messages know a field: "T-Shirt Größe" is `t_shirt_grosse`."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    key = re.sub(r"\W+", "_", plain.lower()).strip("_") or "field"
    return f"{key}_" if key in RESERVED_KEYS else key[:60] if key[0].isalpha() else f"field_{key}"[:60]


def read_value(text: str, kind: CustomFieldKind, order: DateOrder) -> Any:
    """A value as it is stored; raises ValueError with words for whoever wrote it."""
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueError(f"has {len(text):,} characters; at most {MAX_VALUE_LENGTH:,} are kept")
    if kind is CustomFieldKind.NUMBER:
        number = read_number(text)
        if number is None:
            raise ValueError(f"“{text[:40]}” is not a number")
        return int(number) if number == number.to_integral_value() else float(number)
    if kind is CustomFieldKind.DATE:
        day = read_date(text, order)
        if day is None:
            raise ValueError(f"“{text[:40]}” is not a date")
        return day.isoformat()
    return text


def date_order(country: str) -> DateOrder:
    """How dates with strokes are read in a country."""
    return DateOrder.MONTH_FIRST if country in {"US", "PH"} else DateOrder.DAY_FIRST


def custom_fields(organisation_id: int) -> list[CustomField]:
    """The organisation's fields by name."""
    return list(db.session.scalars(select(CustomField).where(CustomField.organisation_id == organisation_id).order_by(CustomField.name)))


def field_keys(organisation_id: int, names: Iterable[str]) -> dict[str, str]:
    """Key by name: that of the field called so, else the one that a field made by this name gets."""
    keys = {_as_called(each.name): each.key for each in custom_fields(organisation_id)}
    found: dict[str, str] = {}
    for name in names:
        called = _as_called(name)
        if called not in keys:
            keys[called] = next(key for key in _numbered_keys(name) if key not in keys.values())
        found[name] = keys[called]
    return found


def keep_field(organisation_id: int, name: str, kind: CustomFieldKind) -> None:
    """Make a field unless one is called so. Where another has its key, even since a moment ago, the key is numbered."""
    if any(_as_called(each.name) == _as_called(name) for each in custom_fields(organisation_id)):
        return
    for key in _numbered_keys(name):
        values = {"organisation_id": organisation_id, "key": key, "name": name, "kind": kind}
        if db.session.scalar(insert(CustomField).values(values).on_conflict_do_nothing().returning(CustomField.id)):
            return


def _numbered_keys(name: str) -> Iterator[str]:
    """`team`, `team_2`, `team_3` and so on: names of one key are many where no letter is of the Latin alphabet."""
    key = field_key(name)
    yield key
    yield from (f"{key}_{number}" for number in count(2))


def _as_called(name: str) -> str:
    return " ".join(name.split()).casefold()
