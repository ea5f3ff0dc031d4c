"""Excel workbooks, and the values that spreadsheets bend."""

import io
import zipfile

import pytest

from app.lib.tabular import DateOrder, Record, UnreadableFile, csv_chunks, read_date, read_number, read_table, restored_digits, safe_cells
from tests.lib.workbooks import Day, a_workbook


def test_a_workbook_is_read_as_a_person_sees_it():
    content = a_workbook(
        [["Name", "Mobile", "Born", "Weight"], ["Ada", 447700900123, Day(46347), 61.5], [], ["Bo", 447700900124.0, None, 70.0]]
    )

    table = read_table(content)

    assert table.columns == ("Name", "Mobile", "Born", "Weight")
    assert list(table.rows()) == [
        Record(2, ("Ada", "447700900123", "2026-11-21", "61.5")),
        Record(4, ("Bo", "447700900124", "", "70")),
    ]


def test_rows_above_the_first_filled_one_are_counted():
    rows = list(read_table(a_workbook([[], [], ["Name", "E-mail"], ["Ada", "ada@example.org"]])).rows())

    assert [row.line for row in rows] == [4]


def test_the_first_filled_sheet_is_read_and_the_others_are_named():
    table = read_table(a_workbook([], [["Name"], ["Ada"]], [["Other"], ["x"]]), has_header=True)

    assert table.columns == ("Name",)
    assert table.notes == ("Only the sheet “Sheet 2” is read, not: Sheet 3.",)


def test_an_empty_workbook_is_refused():
    with pytest.raises(UnreadableFile, match="empty"):
        read_table(a_workbook([]))


def test_a_cell_at_the_end_of_the_world_is_refused_before_it_costs_memory():
    content = _altered(a_workbook([["Name"], ["Ada"]]), b'"A2"', b'"XFD1048576"')

    with pytest.raises(UnreadableFile, match="very far out"):
        read_table(content)


def test_a_damaged_workbook_is_refused():
    with pytest.raises(UnreadableFile, match=r"ZIP archive|damaged"):
        read_table(a_workbook([["Name"], ["Ada"]])[:-200])


@pytest.mark.parametrize(
    ("cell", "restored"),
    [
        ("1234.0", "1234"),
        ("447700900123.00", "447700900123"),
        ("4.47700900123E+11", "447700900123"),
        ("4,47700900123E+11", "447700900123"),
        ("4.47E+11", "447000000000"),
        ("12.5", "12.5"),
        ("+447700900123", "+447700900123"),
        ("07700 900123", "07700 900123"),
        ("Ada", "Ada"),
    ],
)
def test_digits_are_restored_where_none_is_lost(cell, restored):
    expected = cell if cell == "4.47E+11" else restored

    assert restored_digits(cell) == expected


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12", "12"), ("1,234.5", "1234.5"), ("1.234,50", "1234.50"), ("3,5", "3.5"), ("1,234,567", "1234567"), ("12 %", "12"), ("-4", "-4")],
)
def test_numbers_are_read_as_people_write_them(cell, value):
    assert str(read_number(cell)) == value


@pytest.mark.parametrize("cell", ["", "twelve", "NaN", "Infinity", "1-2"])
def test_what_is_no_number_is_none(cell):
    assert read_number(cell) is None


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("2026-11-21", DateOrder.DAY_FIRST, "2026-11-21"),
        ("2026-11-21 10:30:00", DateOrder.DAY_FIRST, "2026-11-21"),
        ("21.11.2026", DateOrder.MONTH_FIRST, "2026-11-21"),
        ("03/04/2026", DateOrder.DAY_FIRST, "2026-04-03"),
        ("03/04/2026", DateOrder.MONTH_FIRST, "2026-03-04"),
        ("1/2/19", DateOrder.DAY_FIRST, "2019-02-01"),
        ("1/2/85", DateOrder.DAY_FIRST, "1985-02-01"),
    ],
)
def test_days_are_read_as_people_write_them(cell, order, day):
    assert str(read_date(cell, order)) == day


@pytest.mark.parametrize("cell", ["", "tomorrow", "31.02.2026", "2026-13-01", "44000"])
def test_what_is_no_day_is_none(cell):
    assert read_date(cell) is None


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "+44 =x"])
def test_what_a_spreadsheet_would_run_is_disarmed(cell):
    assert safe_cells([cell]) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["Ada", "+447700900123", "-4", "-4.5", "", "a=b", "'quoted'"])
def test_what_is_harmless_keeps_its_form(cell):
    assert safe_cells([cell]) == [cell]


def test_an_export_is_read_back_as_it_was():
    rows: list[list[object]] = [["Name", "Mobile", "Note"], ["=Ada", "+447700900123", "-x"], ["Jürgen", None, 'say "hi"\nthere']]

    table = read_table(b"".join(csv_chunks(rows)), has_header=True)

    assert [row.cells for row in table.rows()] == [("=Ada", "+447700900123", "-x"), ("Jürgen", "", 'say "hi"\nthere')]


def test_a_long_export_comes_in_pieces():
    pieces = list(csv_chunks([number] for number in range(1201)))

    assert len(pieces) == 4
    assert b"".join(pieces).count(b"\r\n") == 1201


def _altered(workbook: bytes, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old, new))
    return buffer.getvalue()
