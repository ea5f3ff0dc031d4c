"""One row of a file, whatever the file was, and why a row or a whole file cannot be used."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.lib.storable import storable_text

MAX_CELL_LENGTH = 10_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

_REPLACEMENT = "\ufffd"  # what decoding leaves where it could not read a byte


class UnreadableFile(Exception):
    """The file as a whole cannot be used; the message is a sentence for whoever brought it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it begins on (counted from 1, as an editor or spreadsheet does), its cells, and what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    problem: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return self.problem is None and not any(self.cells)


def record_of(line: int, cells: list[str]) -> Record:
    """A row with trimmed cells; a cell that cannot be used makes the row a named problem, and is cut short."""
    trimmed = tuple(_trimmed(cell) for cell in cells)
    problem = next((found for number, cell in enumerate(trimmed, 1) if (found := _problem(number, cell))), None)
    if problem is None:
        return Record(line, trimmed)
    return damaged_record(line, trimmed, problem)


def damaged_record(line: int, cells: Iterable[str], problem: str) -> Record:
    """A row that is a named problem; its cells are cut short, and a database can keep them."""
    return Record(line, tuple(storable_text(cell[:MAX_CELL_LENGTH]) for cell in cells), problem)


def _trimmed(cell: str) -> str:
    text = cell.strip(" \t\r\n\u00a0\ufeff\u200b")
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        return text[1:]  # the apostrophe with which an export of ours disarmed it
    return text


def _problem(number: int, cell: str) -> str | None:
    if len(cell) > MAX_CELL_LENGTH:
        return f"Column {number} holds {len(cell):,} characters; at most {MAX_CELL_LENGTH:,} can be read."
    if "\0" in cell:
        return f"Column {number} holds a NUL character, so the line is damaged."
    if _REPLACEMENT in cell:
        return f"Column {number} holds characters that could not be read. Save the file as “CSV UTF-8” and try again."
    return None
