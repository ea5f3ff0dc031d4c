"""Addresses and numbers found in what people bring: a file of any shape, or lines pasted into a form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.lib.tabular import Table, UnreadableFile, read_table

_LOOKED_AT = 500
_NUMBER = re.compile(r"[+(]?\d[\d\s()./-]{5,}\d")
_DIGITS_OF_A_NUMBER = 7  # so many are meant for one, whatever stands between them: what cannot be read is named
_NAMES_AN_ADDRESS = re.compile(
    r"mail|address|adresse|courriel|correo|phone|mobil|cell|tel|number|sms|handy|natel|portable|m[oó]vil", re.IGNORECASE
)
_NAMES_SOMETHING_ELSE = re.compile(r"member|customer|account|order|invoice|\bid\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundAddresses:
    """What can be tried as an address, by line, and the lines in which nothing can."""

    rows: tuple[tuple[int, str], ...]
    unusable: tuple[tuple[int, str], ...]


def addresses_in_file(content: bytes) -> FoundAddresses:
    """The addresses and numbers of a CSV or Excel file, from the columns that hold some. Raises UnreadableFile."""
    table = read_table(content)
    places = _address_columns(table)
    rows: list[tuple[int, str]] = []
    unusable: list[tuple[int, str]] = []
    for record in table.rows():
        cells = [record.cells[place] for place in places if record.cells[place]]
        if record.problem or not cells:
            unusable.append((record.line, record.problem or "There is neither an address nor a number in this line."))
        else:
            rows.extend((record.line, cell) for cell in cells)
    return FoundAddresses(tuple(rows), tuple(unusable))


def addresses_in_lines(pasted: str) -> FoundAddresses:
    """The addresses and numbers of pasted text: one a line, or several with commas or semicolons between them."""
    return FoundAddresses(tuple(_pieces(pasted)), ())


def _pieces(pasted: str) -> Iterator[tuple[int, str]]:
    for line, written in enumerate(pasted.splitlines(), 1):
        pieces = [piece.strip() for piece in re.split("[,;]", written)]
        addresses = [piece for piece in pieces if _is_address(piece) or _count_digits(piece) >= _DIGITS_OF_A_NUMBER]
        for found in addresses or [written.strip()]:
            if found:
                yield line, found


def _address_columns(table: Table) -> list[int]:
    """The columns mostly filled with e-mail addresses, and those with numbers that are named as such; else the likeliest one."""
    sample = [record.cells for record in islice(table.rows(), _LOOKED_AT) if record.problem is None]
    shares = [_share([cells[place] for cells in sample if cells[place]]) for place in range(len(table.columns))]
    chosen = [
        place
        for place, (mails, all_kinds) in enumerate(shares)
        if mails >= 1 / 2 or (all_kinds >= 1 / 2 and _is_named_as_address(table.columns[place]))
    ]
    if chosen:
        return chosen
    likeliest = max(range(len(shares)), key=lambda place: shares[place][1])
    if not shares[likeliest][1] and len(shares) > 1:
        raise UnreadableFile("None of the columns holds e-mail addresses or mobile numbers.")
    return [likeliest]


def _share(cells: list[str]) -> tuple[float, float]:
    """Which part of the cells are e-mail addresses, and which are addresses or numbers."""
    count = max(len(cells), 1)
    return sum("@" in cell for cell in cells) / count, sum(_is_address(cell) for cell in cells) / count


def _is_named_as_address(column: str) -> bool:
    return bool(_NAMES_AN_ADDRESS.search(column)) and not _NAMES_SOMETHING_ELSE.search(column)


def _count_digits(text: str) -> int:
    return sum(character.isdecimal() for character in text)


def _is_address(text: str) -> bool:
    return "@" in text or bool(_NUMBER.fullmatch(text))
