"""Pages by key, not by number: the millionth row costs what the first one does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from app.lib.row_ids import row_id

Row = TypeVar("Row")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the key to ask for the ones after them; None at the end."""

    rows: Sequence[Row]
    next_cursor: int | None


def asked_cursor() -> int | None:
    """The key after which the asked page begins (`?after=`); None for the first page, or where it makes no sense."""
    return row_id(request.args.get("after", ""))


def page_of(rows: Sequence[Row], key: Callable[[Row], int], size: int = PAGE_SIZE) -> Page[Row]:
    """Make a page of rows that were read one beyond its size; the extra one only tells that more follow."""
    if len(rows) <= size:
        return Page(rows, None)
    return Page(rows[:size], key(rows[size - 1]))
