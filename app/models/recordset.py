"""Many rows as one parameter of one statement, however many they are."""

import json
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import TableValuedAlias, Text, cast, column, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from app.extensions import Base
from app.lib.storable import storable


def recordset(table: type[Base], rows: Sequence[Mapping[str, object]], *names: str) -> TableValuedAlias:
    """The rows as a table expression named "given", with these columns of `table` and their types.

    One JSON parameter: the statement is compiled once for any number of rows, and triggers fire once for all of them.
    """
    columns = [column(name, table.__table__.c[name].type) for name in names]
    return (
        func.jsonb_to_recordset(cast(literal(_packed(rows), Text), JSONB))
        .table_valued(*columns, name="given")
        .render_derived(with_types=True)
    )


def _packed(rows: Sequence[Mapping[str, object]]) -> str:
    """As JSON without what PostgreSQL or the quick encoder refuses: NUL, half surrogates, numbers beyond 64 bits; all of them rare."""
    try:
        packed = orjson.dumps(rows, default=str).decode()
    except TypeError:
        return json.dumps(storable(rows), default=str)
    return json.dumps(storable(rows), default=str) if "\\u0000" in packed else packed
