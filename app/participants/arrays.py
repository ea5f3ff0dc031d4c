"""Comparing a column with many values by one array parameter: the statement's text stays the same, however many there are."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Text, all_, any_, cast
from sqlalchemy.dialects.postgresql import ARRAY


def any_text(values: Iterable[str]) -> Any:
    """Any of these texts: the right side of `column ==`."""
    return any_(cast(list(values), ARRAY(Text)))


def any_id(values: Iterable[int]) -> Any:
    """Any of these ids: the right side of `column ==`."""
    return any_(cast(list(values), ARRAY(BigInteger)))


def all_ids(values: Iterable[int]) -> Any:
    """All of these ids: as the right side of `column !=` it says none of them."""
    return all_(cast(list(values), ARRAY(BigInteger)))
