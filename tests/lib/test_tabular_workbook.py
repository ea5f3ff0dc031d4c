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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<c r="A2"', '<c s="0" r="XFD1048576"'),
        ('<c r="A2"', "<c r='XFD1048576'"),
        ('<c r="A2"', '<c\n r = "XFD1048576"'),
        ('<c r="A2"', '<c r="xfd1048576"'),
        ('<c r="A2"', '<c x="a>b" r="XFD1048576"'),
        ('<c r="A2"', '<c r="A2"/><x:c r="XFD1048576"/><c'),
        ('<row r="2"><c r="A2"', '<row r="1048576"><c r="XFC1"/><c'),
        ('<row r="2"><c r="A2"', '<row s="1" r="1048575"/><row>' + "<c/>" * 20 + "<c"),
        ('<row r="2"><c r="A2"', '<row r="1048576"><!--<row r="1">-->' + '<c/><!--<c r="A1">-->' * 20 + "<c"),
    ],
    ids=["order", "single", "spaces", "small", "bracket", "prefix", "column implied", "row implied", "comment"],
)
def test_a_far_off_cell_is_found_however_it_is_written(old, new):
    content = _altered(a_workbook([["Name"], ["Ada"]]), old.encode(), new.encode())

    with pytest.raises(UnreadableFile, match="very far out"):
        read_table(content)


@pytest.mark.parametrize("new", ['<c r="A2" r="XFD1048576"', '<c r="A2"  r="XFD1048576"', "<!DOCTYPE c []><c r='A2'"])
def test_a_sheet_that_can_be_read_in_two_ways_is_refused(new):
    with pytest.raises(UnreadableFile, match="damaged"):
        read_table(_altered(a_workbook([["Name"], ["Ada"]]), b'<c r="A2"', new.encode()))


def test_a_far_off_cell_is_found_in_whatever_part_the_sheet_stands():
    content = _altered(a_workbook([["Name"], ["Ada"]]), b'"A2"', b'"XFD1048576"')
    moved = _altered(content, b"worksheets/sheet1.xml", b"people.data", renamed={"xl/worksheets/sheet1.xml": "xl/people.data"})

    with pytest.raises(UnreadableFile, match="very far out"):
        read_table(moved)


def test_a_far_off_row_without_cells_costs_nothing():
    content = _altered(a_workbook([["Name"], ["Ada"]]), b'<row r="2"', b'<row hidden="1" r="1048576"/><row r="2"')

    assert [row.cells for row in read_table(content, has_header=True).rows()] == [("Ada",)]


def test_cells_that_name_no_place_are_read():
    content = _altered(a_workbook([["Name", "Team"], ["Ada", "U9"]]), b' r="A2"', b"")

    assert [row.cells for row in read_table(content, has_header=True).rows()] == [("Ada", "U9")]


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
        ("1,0", "1"),
        ("1.000", "1.000"),
        ("1,00", "1,00"),
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


def _altered(workbook: bytes, old: bytes, new: bytes, renamed: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr((renamed or {}).get(name, name), source.read(name).replace(old, new))
    return buffer.getvalue()
