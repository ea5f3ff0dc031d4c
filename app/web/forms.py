"""Reads a submitted form field by field, and remembers what is wrong with each, so that the page can say it beside the field."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import TypeVar

from app.lib.errors import Invalid

Choice = TypeVar("Choice", bound=StrEnum)


class FormReader:
    """A form as it came, and the mistakes found so far: a sentence by field name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.errors: dict[str, str] = {}

    def words(self, name: str, *, at_most: int = 200, missing: str = "") -> str:
        """A line of text without the space around it; `missing` is what to say when there is none, if that is a mistake."""
        value = " ".join(self.values.get(name, "").replace("\0", "").split())
        return self._checked(name, value, at_most, missing)

    def lines(self, name: str, *, at_most: int = 2000, missing: str = "") -> str:
        """Text of several lines, each without the space around it."""
        rows = self.values.get(name, "").replace("\0", "").strip().splitlines()
        return self._checked(name, "\n".join(row.strip() for row in rows), at_most, missing)

    def choice(self, name: str, kind: type[Choice], wrong: str = "Choose one of these.") -> Choice:
        """One member of an enumeration; its first one where the answer is none of them."""
        value = self.values.get(name, "")
        if value not in set(kind):
            self.errors[name] = wrong
            return next(iter(kind))
        return kind(value)

    def one_of(self, name: str, known: Collection[str], wrong: str = "Choose one of these.") -> str:
        """One of the known values."""
        value = self.values.get(name, "")
        if value not in known:
            self.errors[name] = wrong
        return value

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.values

    def number(self, name: str, *, lowest: float, highest: float) -> float:
        """A number within bounds."""
        try:
            value = float(self.values.get(name, "").replace(",", "."))
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            self.errors[name] = f"Type a number from {lowest:g} to {highest:g}."
            return lowest
        return value

    def converted(self, name: str, convert: Callable[[str], str]) -> str:
        """What `convert` makes of the text; the words of its Invalid are the mistake."""
        value = self.words(name)
        try:
            return convert(value)
        except Invalid as problem:
            self.errors[name] = str(problem)
            return value

    def _checked(self, name: str, value: str, at_most: int, missing: str) -> str:
        if missing and not value:
            self.errors[name] = missing
        elif len(value) > at_most:
            self.errors[name] = f"This has {len(value):,} characters; up to {at_most:,} fit."
        return value
