"""Tables to take away: CSV that a spreadsheet opens rightly, and in which no cell is ever run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from app.lib.tabular.records import FORMULA_STARTS

_HARMLESS = re.compile(r"\+[1-9]\d{6,14}|-?\d+(\.\d+)?")
_ROWS_A_CHUNK = 500


def safe_cells(row: Iterable[object]) -> list[str]:
    """A row's cells as text, those that a spreadsheet would run as a formula begun with an apostrophe; None is empty.

    A whole phone number in E.164 (+447700900123) and a plain negative number keep their form: they can only be read as a number,
    never call a function, and a number that came back with an apostrophe could not be imported or dialled by another program.
    Our own importer takes the apostrophe off again. Source: OWASP, "CSV Injection".
    """
    return [_safe(cell) for cell in row]


def csv_chunks(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """A CSV file in pieces for a streamed answer: UTF-8 with a byte order mark, by which Excel knows it."""
    yield b"\xef\xbb\xbf"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, 1):
        writer.writerow(safe_cells(row))
        if number % _ROWS_A_CHUNK == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not _HARMLESS.fullmatch(text) else text


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
