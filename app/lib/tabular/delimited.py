"""Text files of rows: which encoding, which delimiter, which cells. Nothing is lost to one bad line."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from app.lib.tabular.records import Record, UnreadableFile, damaged_record, record_of

DELIMITERS = (",", ";", "\t", "|")

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SNIFFED_LINES = 100
_UNCLOSED = "A quotation mark is opened on this line and never closed."


def decoded(content: bytes) -> str:
    """The text of a file; U+FFFD stands where a byte could not be read, so that its line can be named.

    A byte order mark decides; then zeros in every other byte (UTF-16 from Excel's "Unicode text"); then UTF-8, unless more of it is
    broken than whole: that is Windows-1252, which nearly every byte fits.
    """
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), None) or _utf_16_by_zeros(content)
    if encoding is not None:
        return content.decode(encoding, "replace")

    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken if broken else 0
    return text if broken <= whole else content.decode("cp1252", "replace")


def delimited_records(text: str) -> Iterator[Record]:
    """The rows of a text, lazily; empty ones too, so that the caller can count them."""
    lines = list(io.StringIO(text, newline=""))
    announced = _announced_delimiter(lines)
    delimiter = announced or _sniffed_delimiter(lines)
    yield from _records(lines, delimiter, start=1 if announced else 0)


def _utf_16_by_zeros(content: bytes) -> str | None:
    head = content[:2000]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.3 and not even:
        return "utf-16-le"
    if even > len(head) * 0.3 and not odd:
        return "utf-16-be"
    return None


def _announced_delimiter(lines: list[str]) -> str | None:
    """Excel's own first line `sep=;`."""
    first = lines[0].strip() if lines else ""
    return first[4] if len(first) == len("sep=;") and first.lower().startswith("sep=") else None


def _sniffed_delimiter(lines: list[str]) -> str:
    """The delimiter that splits most of the first lines into one same number of cells, more than one."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> float:
    try:
        rows = [row for row in islice(csv.reader(lines[:_SNIFFED_LINES], delimiter=delimiter), _SNIFFED_LINES) if any(row)]
    except csv.Error:
        rows = [line.split(delimiter) for line in lines[:_SNIFFED_LINES] if line.strip()]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return count / len(rows) + min(width, 50) / 1000


def _records(lines: list[str], delimiter: str, start: int) -> Iterator[Record]:
    """Rows from the line at index `start` on. After a runaway quotation mark reading begins anew one line below it."""
    while start < len(lines):
        for record, used in _until_runaway(lines, delimiter, start):
            yield record
            start = used


def _until_runaway(lines: list[str], delimiter: str, start: int) -> Iterator[tuple[Record, int]]:
    """Each row with the index of the line after it; ends early after a row that swallowed others."""
    reader = csv.reader((lines[at] for at in range(start, len(lines))), delimiter=delimiter)
    begin = start
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell above the module's own limit of 131,072 characters
            cells = None
        end = start + reader.line_num
        if _is_runaway(lines, begin, end, delimiter) if cells is not None else end - begin > 1:
            yield damaged_record(begin + 1, (lines[begin][:200].strip(),), _UNCLOSED), begin + 1
            return
        yield (record_of(begin + 1, cells) if cells is not None else _too_long(begin, lines)), end
        begin = end


def _is_runaway(lines: list[str], begin: int, end: int, delimiter: str) -> bool:
    """Whether a row has a stray quotation mark by which it ran over several lines, or on to the end of the file."""
    if end - begin > 1:
        return bool(_objection(lines[begin:end], delimiter))
    return end == len(lines) and "unexpected end" in _objection(lines[begin:end], delimiter)  # within a line others are harmless


def _objection(lines: list[str], delimiter: str) -> str:
    """What a strict reader has against these lines: a mark never closed, or one that closes with more of the cell behind it."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as problem:
        return str(problem)
    return ""


def _too_long(begin: int, lines: list[str]) -> Record:
    return Record(begin + 1, (), f"A value on this line is far too long: the line has {len(lines[begin]):,} characters.")


def refuse_binary(content: bytes) -> None:
    """Raise UnreadableFile for what is no text: known kinds by their first bytes, others by their control characters."""
    head = content[:4096]
    kind = next((name for magic, name in _KINDS if head.startswith(magic)), None)
    if kind is not None:
        raise UnreadableFile(f"This is {kind}, not a CSV or Excel file.")
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{\\rtf")):
        raise UnreadableFile("This is a web page or document, not a CSV or Excel file. Open it in a spreadsheet and save it as CSV.")
    if _control_share(decoded(head)) > 0.02:  # noqa: PLR2004 - a stray control character is a bad line, many are no text
        raise UnreadableFile("This is not a text file, so it cannot be a CSV file.")


def _control_share(text: str) -> float:
    strange = sum(1 for character in text if character < " " and character not in "\t\r\n\0\f\v")
    zeros = text.count("\0")
    return (strange + (zeros if zeros > len(text) * 0.1 else 0)) / max(len(text), 1)


_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
