"""How large a rectangle the cells of a workbook's part span, known before anybody makes room for it."""

import re
import string
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

_CELLS_BEGIN = b"sheetData"  # without this word in a part nobody looks for cells in it
_CHUNK = 1 << 20
_DIGITS, _LETTERS = string.digits, string.ascii_uppercase.encode()
_BOM = b"\xef\xbb\xbf"

# The place of a cell or row as every common program writes it, first and once; empty for whatever else may be one of them.
_PLACE = re.compile(rb'<(?:c|row) r="([A-Z]{0,3}\d{1,7})"(?: [a-qs-zA-QS-Z][\w:.]*="[^"<>]*")*/?>|[<:](?:c|row)[\s/>]')
_ODD = b""


def rectangle(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Rows times columns from A1 to the farthest cell, empty ones too; 0 for a part without cells.

    Raises ValueError for a part with cells that is no proper XML: the reader forgives more, so nobody knows what it would see.
    """
    if not _has_cells(archive, entry):
        return 0
    plain = _plain_rectangle(archive, entry)
    return _parsed_rectangle(archive, entry) if plain is None else plain


def _plain_rectangle(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int | None:
    """The rectangle by looking at the letters alone, in half the time of a parser; None where anything is out of the ordinary."""
    rows, columns = {b"0"}, {b""}
    for text in _whole_tags(archive, entry):
        found = _PLACE.findall(text)
        if _ODD in found or len(text) > 2 * _CHUNK:
            return None
        places = b" ".join(found)
        rows.update(places.translate(None, _LETTERS).split())
        columns.update(places.translate(None, _DIGITS.encode()).split())
    return max(map(int, rows)) * max(_column_number(each.decode()) for each in columns)


def _whole_tags(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that are never cut within a tag, unless one is longer than a piece."""
    tail = b""
    for chunk in _chunks(archive, entry):
        text = tail + chunk
        cut = text.rfind(b"<")
        yield text[:cut]
        tail = text[cut:]
    yield tail


def _parsed_rectangle(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    extent = _Extent()
    # Latin 1 reads every byte, and all that counts here is ASCII.
    parser = expat.ParserCreate("iso-8859-1")
    parser.StartElementHandler = extent.begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for number, chunk in enumerate(_chunks(archive, entry)):
            parser.Parse(chunk if number else chunk.removeprefix(_BOM))
        parser.Parse(b"", True)  # noqa: FBT003 - its own way to say that this is the end
    except expat.ExpatError as problem:
        raise ValueError(str(problem)) from problem
    return extent.rows * extent.columns


class _Extent:
    """The farthest row and column so far. Cells and rows without a place of their own follow the one before, as in the reader."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0
        self._row_words = ""
        self._places: dict[str, int] = {}  # columns by their letters

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take notice of one element; its name may have a prefix."""
        if name == "c" or name.endswith(":c"):
            place = attributes.get("r")
            # Nearly every cell is in the row around it and in a column that was met before: one look has to do, a million times.
            self._column = self._column + 1 if place is None else self._places.get(place.removesuffix(self._row_words)) or self._far(place)
            if self._column > self.columns or self._row > self.rows:
                self.columns, self.rows = max(self.columns, self._column), max(self.rows, self._row)
        elif name == "row" or name.endswith(":row"):
            self._row_words = attributes.get("r", "")
            self._row = int(self._row_words or self._row + 1)
            self._column = 0

    def _far(self, place: str) -> int:
        letters = place.rstrip(_DIGITS)
        self.rows = max(self.rows, int(place[len(letters) :]))
        column = self._places[letters] = _column_number(letters)
        return column


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _has_cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    tail = b""
    for chunk in _chunks(archive, entry):
        if _CELLS_BEGIN in tail + chunk:
            return True
        tail = chunk[-len(_CELLS_BEGIN) :]
    return False


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a part of a workbook declares no document type")
