"""Values that a spreadsheet has bent, straightened where nothing is lost."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

# One zero is what spreadsheets add. Several may be thousands (1.000), but not behind as many digits as a phone number has.
_MANGLED = re.compile(r"^\+?(?:\d+[.,]0|\d{7,}[.,]0+|\d+(?:[.,]\d+)?[eE]\+?\d{1,2})$")
_ISO_DATE = re.compile(r"^(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[ T].*)?$")
_SHORT_DATE = re.compile(r"^(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2})$")
_CENTURY = 100
_LEAST, _MOST = -30, 16  # powers of ten: what lies beyond, JSON and integers choke on


class DateOrder(StrEnum):
    """What stands first in 03/04/2026."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


def restored_digits(cell: str) -> str:
    """A number that a spreadsheet rewrote (1234.0, 4.47700900123E+11) in its digits again, or the cell as it was.

    4.47E+11 stays: its last digits are gone, and nobody can know them.
    """
    if not _MANGLED.match(cell):
        return cell
    value = Decimal(cell.replace(",", "."))
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0 or value != value.to_integral_value():
        return cell
    return str(int(value)) if digits else cell


def read_number(cell: str) -> Decimal | None:
    """A number as people write it (1,234.50 · 1.234,50 · 12 %), or None; one of more digits than people write is none."""
    text = re.sub(r"[\s\u00a0'%]", "", cell)
    if "," in text and "." in text:
        decimal_mark = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[,.]", "", text[:decimal_mark]) + "." + text[decimal_mark + 1 :]
    elif re.fullmatch(r"-?\d{1,3}(,\d{3}){2,}", text):
        text = text.replace(",", "")
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and _LEAST < value.adjusted() < _MOST else None


def read_date(cell: str, order: DateOrder = DateOrder.DAY_FIRST) -> date | None:
    """A day as people write it (2026-11-21, 21.11.2026, 11/21/26), or None. A dot always means day first."""
    if found := _ISO_DATE.match(cell):
        year, month, day = (int(part) for part in found.groups())
        return _date(year, month, day)
    if not (found := _SHORT_DATE.match(cell)):
        return None
    first, second, year = (int(part) for part in found.groups())
    if year < _CENTURY:
        this_year_and_a_bit = 40
        year += 2000 if year < this_year_and_a_bit else 1900
    is_month_first = order is DateOrder.MONTH_FIRST and "." not in cell
    return _date(year, first, second) if is_month_first else _date(year, second, first)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
