import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, func, literal, select, text

from app.extensions import db
from app.lib.tabular import safe_cells
from app.web.copied import cell, copied_csv, moment_cell, word_cell

WRITTEN = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=12)
STARTED = st.builds(lambda start, rest: start + rest, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "+1", "-1.", "'"]), WRITTEN)


def read(pieces):
    return list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("database")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(WRITTEN, STARTED, st.sampled_from(["+447700900123", "-12.5", "-", "+44 7700", 'a "b", c'])), min_size=1, max_size=5)
)
def test_a_copied_cell_is_what_safe_cells_makes_of_it(values):
    header, *rows = read(copied_csv(["Cell", "After"], select(*(cell(literal(value, Text)) for value in values), literal("after"))))

    assert header == ["Cell", "After"]
    assert rows == [[*safe_cells(values), "after"]]


@pytest.mark.usefixtures("database")
def test_nothing_is_an_empty_cell():
    rows = read(copied_csv(["A"], select(cell(cast(None, Text)), cell(literal("", Text)), func.now().is_(None), literal(7))))

    assert rows[1] == ["", "", "f", "7"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_a_moment_is_in_utc_and_cut_to_the_second(zone):
    db.session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
    at = datetime(2026, 11, 21, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=2)))

    rows = read(copied_csv(["When"], select(moment_cell(literal(at)))))

    assert rows[1] == [at.astimezone(UTC).isoformat(sep=" ", timespec="seconds")]


@pytest.mark.usefixtures("database")
def test_a_value_becomes_its_word():
    rows = read(copied_csv(["Word"], select(word_cell(literal("b"), {"a": "First", "b": "Second, and last"}))))

    assert rows[1] == ["Second, and last"]


@pytest.mark.usefixtures("database")
def test_a_large_table_comes_in_pieces_of_whole_lines():
    number = func.generate_series(1, 30_000).column_valued("number")

    pieces = list(copied_csv(["Number"], select(number, literal("x" * 10))))

    assert len(pieces) > 5
    assert all(piece.endswith(b"\r\n") for piece in pieces[1:] if piece)
    assert [row[0] for row in read(pieces)[1:]] == [str(each) for each in range(1, 30_001)]


@pytest.mark.usefixtures("database")
def test_a_reader_who_goes_away_leaves_a_connection_that_works():
    pieces = copied_csv(["Number"], select(func.generate_series(1, 200_000).column_valued("number")))
    next(pieces)
    next(pieces)

    pieces.close()
    db.session.rollback()

    assert db.session.scalar(select(literal(1))) == 1
