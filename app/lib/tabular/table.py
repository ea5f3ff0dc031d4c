"""A file as a table: columns with names, rows beneath them, notes on what looked odd."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from app.lib.tabular.delimited import decoded, delimited_records, refuse_binary
from app.lib.tabular.records import MAX_COLUMNS, MAX_ROWS, Record, UnreadableFile
from app.lib.tabular.workbook import OLD_EXCEL_START, ZIP_START, workbook_records

_LOOKED_AT = 50
_VALUE = re.compile(r"@|\d{5}|^[+-]?\d+([.,]\d+)?$|^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}$")


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds. `columns` are its header cells, or "Column 1" … where it has none."""

    columns: tuple[str, ...]
    header_line: int | None
    notes: tuple[str, ...]
    _content: bytes

    def rows(self, from_line: int = 0) -> Iterator[Record]:
        """The rows below the header that begin on `from_line` or later, as wide as the header; empty ones are left out.

        One with a value beyond the last column is a named problem. Raises UnreadableFile beyond MAX_ROWS.
        """
        records, _ = _read(self._content)
        first = max(from_line, (self.header_line or 0) + 1)
        count = 0
        for record in records:
            if record.line < first or record.is_empty:
                continue
            count += 1
            if count > MAX_ROWS:
                raise UnreadableFile(f"The file has more than {MAX_ROWS:,} people. Split it and import the parts.")
            yield self._fitted(record)

    def _fitted(self, record: Record) -> Record:
        width, cells = len(self.columns), record.cells
        problem = record.problem
        if problem is None and any(cells[width:]):
            filled = max(number for number, cell in enumerate(cells, 1) if cell)
            problem = f"The line has {filled} values, but there are only {width} columns. Is a separator missing its quotation marks?"
        kept = cells if problem else cells[:width]
        return replace(record, cells=kept + ("",) * (width - len(kept)), problem=problem)


def read_table(content: bytes, *, has_header: bool | None = None) -> Table:
    """A CSV or Excel file, understood as far as its columns; raises UnreadableFile.

    `has_header` None looks for itself. True chooses the same row, and the first one where none looks like a header.
    """
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("The file is empty.")

    records, notes = _read(content)
    head = list(islice((record for record in records if not record.is_empty), _LOOKED_AT))
    if not head:
        raise UnreadableFile("The file is empty.")
    header = None if has_header is False else _header(head) or (head[0] if has_header else None)
    columns = _columns(header, head)
    if len(columns) > MAX_COLUMNS:
        raise UnreadableFile(f"The file has {len(columns):,} columns; at most {MAX_COLUMNS} can be read.")
    return Table(columns, header.line if header else None, (*notes, *_odd_names(header)), content)


def _read(content: bytes) -> tuple[Iterator[Record], list[str]]:
    if content.startswith((ZIP_START, OLD_EXCEL_START)):
        return workbook_records(content)
    refuse_binary(content)
    return delimited_records(decoded(content)), []


def _header(head: list[Record]) -> Record | None:
    """The first row as wide as the rows usually are (a title may stand above it), unless it holds values rather than names."""
    usual = Counter(_filled(record) for record in head).most_common(1)[0][0]
    first = next((record for record in head if _filled(record) > 1 or usual == 1), head[0])
    return None if first.problem or any(_VALUE.search(cell) for cell in first.cells) else first


def _filled(record: Record) -> int:
    return sum(1 for cell in record.cells if cell)


def _columns(header: Record | None, head: list[Record]) -> tuple[str, ...]:
    if header is None:
        width = Counter(len(record.cells) for record in head).most_common(1)[0][0]
        return tuple(f"Column {number}" for number in range(1, width + 1))
    cells = list(header.cells)
    while cells and not cells[-1] and not any(any(record.cells[len(cells) - 1 :]) for record in head if record.line > header.line):
        cells.pop()  # empty columns at the right edge, which spreadsheets like to add
    return tuple(cell or f"Column {number}" for number, cell in enumerate(cells, 1))


def _odd_names(header: Record | None) -> list[str]:
    """Names that stand twice, and columns without one."""
    if header is None:
        return ["The first line holds a person, not the names of the columns."]
    places: dict[str, list[str]] = {}
    for number, cell in enumerate(header.cells, 1):
        places.setdefault(cell.casefold(), []).append(str(number))
    return [
        f"“{header.cells[int(numbers[0]) - 1]}” is the name of {len(numbers)} columns: {', '.join(numbers)}."
        for name, numbers in places.items()
        if name and len(numbers) > 1
    ]
