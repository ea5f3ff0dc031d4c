"""Excel workbooks as rows: the first visible sheet that holds anything, its cells as a person would read them."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from app.lib.tabular.records import Record, UnreadableFile, record_of
from app.lib.tabular.rectangle import rectangle

ZIP_START = b"PK\x03\x04"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"

MAX_UNPACKED_BYTES = 300_000_000
MAX_SHEET_CELLS = 10_000_000  # the reader keeps a sheet as a full rectangle: one far-off cell would cost all the memory there is
_DAMAGED = "This workbook cannot be read: it is damaged, or not from Excel. Save it as CSV and try again."


def workbook_records(content: bytes) -> tuple[Iterator[Record], list[str]]:
    """The rows of the sheet that is read, and notes for whoever brought the file; raises UnreadableFile."""
    if content.startswith(ZIP_START):
        _refuse_bombs(content)
    try:
        workbook = load_workbook(io.BytesIO(content))
        sheets = _filled_sheets(workbook)
    except PasswordError:
        raise UnreadableFile("This workbook is protected by a password. Save it without one and try again.") from None
    except (CalamineError, OSError, ValueError):
        raise UnreadableFile(_no_workbook(content)) from None

    if not sheets:
        raise UnreadableFile("This workbook is empty.")
    others = [sheet.name for sheet in sheets[1:]]
    notes = [f"Only the sheet “{sheets[0].name}” is read, not: {', '.join(others)}."] if others else []
    return _rows(sheets[0]), notes


def _no_workbook(content: bytes) -> str:
    if content.startswith(ZIP_START):
        return "This is a ZIP archive, not an Excel workbook. Unpack it and choose the file inside."
    return _DAMAGED


def _refuse_bombs(content: bytes) -> None:
    """Raise UnreadableFile where unpacking would cost more memory than any member list needs."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise UnreadableFile("This workbook is too large to be read. Save the sheet as CSV and try again.")
            if any(rectangle(archive, entry) > MAX_SHEET_CELLS for entry in archive.infolist()):
                raise UnreadableFile("A sheet of this workbook has cells very far out. Copy the people into a new one.")
    except (zlib.error, ValueError):
        raise UnreadableFile(_DAMAGED) from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError):
        raise UnreadableFile(_no_workbook(content)) from None


def _filled_sheets(workbook: CalamineWorkbook) -> list[CalamineSheet]:
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    return [sheet for sheet in map(workbook.get_sheet_by_name, shown) if sheet.height]


def _rows(sheet: CalamineSheet) -> Iterator[Record]:
    for line, values in enumerate(sheet.iter_rows(), 1):
        yield record_of(line, [_as_read(value) for value in values])


def _as_read(value: object) -> str:
    """A cell as text: whole numbers without a decimal point, days as 2026-11-21."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
