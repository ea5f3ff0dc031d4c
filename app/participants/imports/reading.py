"""One line of a file as a person: its cells normalised, and what had to be left out of them, said in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.domain.addresses import InvalidAddress, normalise_email, normalise_number, suggested_address
from app.lib.tabular import DateOrder, Record, restored_digits
from app.models import CustomFieldKind
from app.participants.custom_fields import date_order, read_value
from app.participants.imports.columns import CUSTOM, Mapping, Target
from app.participants.names import language_code, split_name

MAX_NAME_LENGTH = 200

_SEVERAL_NAMES = re.compile(r"\s*[,;/&+\n]\s*|\s+(?:and|und|et|y|e)\s+", re.IGNORECASE)
_SEVERAL_ADDRESSES = re.compile(r"\s*[,;\n]\s*|\s+/\s+")


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What reading a line needs to know: the columns' meaning, new fields made; the fields' kinds; the organisation's country."""

    mapping: Mapping
    kinds: dict[str, CustomFieldKind]
    country: str

    @property
    def dates(self) -> DateOrder:
        """What stands first in 03/04/2026."""
        return date_order(self.country)


@dataclass(slots=True)
class ImportedPerson:
    """A line as a person: usable values only.

    `left_out` says which were not, `hints` what may want a look, `failure` why the line is no use at all.
    `place` is the number of a parent who stands in the line of a child; a child without an address is spoken for by parents.
    """

    line: int
    cells: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict)  # by column of `participants`
    about: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    failure: str | None = None
    place: int = 0
    is_spoken_for: bool = False

    def refuse(self, why: str) -> None:
        """Take nothing of it, and keep none of its cells."""
        self.failure, self.cells = why, ()
        self.values, self.about, self.custom, self.left_out, self.hints = {}, [], {}, [], []

    @property
    def name(self) -> str:
        """First and last name, as far as the line has them."""
        return " ".join(filter(None, (self.values.get("first_name"), self.values.get("last_name"))))

    @property
    def is_someone(self) -> bool:
        """Whether there is enough to make a person of: a name, or an address on either channel."""
        return bool({"first_name", "last_name", "email_address", "phone_number"}.intersection(self.values))


def read_person(record: Record, rules: ReadingRules) -> ImportedPerson:
    """A line as a person; never raises: what is wrong stands in it."""
    person = ImportedPerson(record.line, record.cells, failure=record.problem)
    if record.problem is None:
        for column, target, cell in zip(rules.mapping.columns, rules.mapping.targets, record.cells, strict=True):
            if cell and target != Target.LEAVE_OUT:
                _take(person, target, cell, _Place(column, rules))
    return person


@dataclass(frozen=True, slots=True)
class _Place:
    """The column that a cell stands in."""

    column: str
    rules: ReadingRules


def _take(person: ImportedPerson, target: str, cell: str, place: _Place) -> None:
    if target.startswith(CUSTOM):
        _take_custom(person, target, cell, place)
    else:
        _TAKERS[Target(target)](person, cell, place)


def _take_custom(person: ImportedPerson, target: str, cell: str, place: _Place) -> None:
    key = target.removeprefix(CUSTOM)
    kind = place.rules.kinds.get(key, CustomFieldKind.TEXT)
    try:
        person.custom[key] = read_value(cell, kind, place.rules.dates)
    except ValueError as problem:
        person.left_out.append(f"{place.column}: {problem}.")


def _take_name(field_name: str) -> Callable[[ImportedPerson, str, _Place], None]:
    def take(person: ImportedPerson, cell: str, place: _Place) -> None:
        if len(cell) > MAX_NAME_LENGTH:
            person.failure = f"“{place.column}” holds {len(cell):,} characters: that is no name."
            return
        person.values[field_name] = " ".join(cell.split())

    return take


def _take_full_name(person: ImportedPerson, cell: str, place: _Place) -> None:
    if len(cell) > MAX_NAME_LENGTH:
        person.failure = f"“{place.column}” holds {len(cell):,} characters: that is no name."
        return
    first, last = split_name(cell)
    for field_name, part in (("first_name", first), ("last_name", last)):
        if part:
            person.values.setdefault(field_name, part)


def _take_email(person: ImportedPerson, cell: str, _: _Place) -> None:
    written = _first_of_several(person, cell) if cell.count("@") > 1 else cell
    try:
        address = normalise_email(written).address
    except InvalidAddress as problem:
        person.left_out.append(f"E-mail “{cell[:60]}” left out: {problem}")
        return
    person.values["email_address"] = address
    meant = suggested_address(address)
    if meant:
        person.hints.append(f"E-mail {address} is taken as written; was {meant} meant?")


def _take_mobile(person: ImportedPerson, cell: str, place: _Place) -> None:
    written = _first_of_several(person, cell) if _SEVERAL_ADDRESSES.search(cell) and not restored_digits(cell).isdigit() else cell
    try:
        person.values["phone_number"] = normalise_number(restored_digits(written), place.rules.country)
    except InvalidAddress as problem:
        person.left_out.append(f"Number “{cell[:40]}” left out: {problem}")


def _first_of_several(person: ImportedPerson, cell: str) -> str:
    first = _SEVERAL_ADDRESSES.split(cell)[0]
    person.hints.append(f"“{cell[:60]}” holds more than one; only the first is taken.")
    return first


def _take_language(person: ImportedPerson, cell: str, _: _Place) -> None:
    code = language_code(cell)
    if code is None:
        person.left_out.append(f"Language “{cell[:40]}” left out: not known here.")
    else:
        person.values["language"] = code


def _take_member_number(person: ImportedPerson, cell: str, place: _Place) -> None:
    _take_name("member_number")(person, restored_digits(cell), place)


def _take_about(person: ImportedPerson, cell: str, _: _Place) -> None:
    person.about += [name for part in _SEVERAL_NAMES.split(cell) if (name := " ".join(part.split())[:MAX_NAME_LENGTH])]


_TAKERS: dict[Target, Callable[[ImportedPerson, str, _Place], None]] = {
    Target.FIRST_NAME: _take_name("first_name"),
    Target.LAST_NAME: _take_name("last_name"),
    Target.FULL_NAME: _take_full_name,
    Target.EMAIL: _take_email,
    Target.MOBILE: _take_mobile,
    Target.LANGUAGE: _take_language,
    Target.MEMBER_NUMBER: _take_member_number,
    Target.ABOUT: _take_about,
}
