"""Large tables to take away: PostgreSQL writes the lines itself, and this process only passes them on.

A million rows through Python objects took a minute of one web process; this takes seconds, and no more memory than a chunk.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, func, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP

from app.extensions import db
from app.lib.tabular import csv_chunks
from app.lib.tabular.records import FORMULA_STARTS

_HARMLESS = r"^(\+[1-9][0-9]{6,14}|-?[0-9]+(\.[0-9]+)?)$"  # as in app.lib.tabular.export, whose rule `cell` is
_CHUNK_BYTES = 64 * 1024


def copied_csv(header: Sequence[str], query: Select[*tuple[Any, ...]]) -> Generator[bytes]:
    """A CSV file in pieces, like `csv_chunks`: this header, then the query's rows as they are read. Its columns are all text or numbers."""
    yield from csv_chunks([header])
    compiled = query.compile(dialect=db.engine.dialect, compile_kwargs={"render_postcompile": True})
    cursor: Any = db.session.connection().connection.cursor()
    lines: list[bytes] = []
    size = 0
    with cursor, cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv)", compiled.params) as copy:
        for line in copy:  # one row each: the protocol promises it
            lines.append(bytes(line)[:-1])
            size += len(line)
            if size >= _CHUNK_BYTES:
                yield _joined(lines)
                size = 0
    yield _joined(lines)


def cell(value: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """A text that somebody else wrote, as `safe_cells` has it: what a spreadsheet would run begins with an apostrophe."""
    is_run = func.left(value, 1).in_(FORMULA_STARTS) & ~value.regexp_match(_HARMLESS)
    return func.nullif(case((is_run, literal("'").concat(value)), else_=value), "")


def moment_cell(moment: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """An instant in UTC to the second, whatever zone the connection has."""
    at = func.date_trunc("second", func.timezone("UTC", moment), type_=TIMESTAMP(timezone=False))
    return func.to_char(at, 'YYYY-MM-DD HH24:MI:SS"+00:00"')


def word_cell(value: SQLColumnExpression[Any], words: Mapping[Any, str]) -> ColumnElement[Any]:
    """Our own word for each value."""
    return case({str(each): literal(word) for each, word in words.items()}, value=value)


def _joined(lines: list[bytes]) -> bytes:
    """The lines as one piece, ended as RFC 4180 has them; the list is empty afterwards."""
    piece = b"".join(line + b"\r\n" for line in lines)
    lines.clear()
    return piece
