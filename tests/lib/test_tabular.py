"""Files as people bring them: every encoding, delimiter and accident that we know of."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.tabular import Record, UnreadableFile, read_table

PEOPLE = "Vorname;E-Mail\nJürgen;juergen@example.org\nZoë;zoe@example.org\n"


def rows_of(content: bytes, **options) -> list[Record]:
    return list(read_table(content, **options).rows())


def cells_of(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in rows_of(content)]


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE.encode(),
        PEOPLE.encode("utf-8-sig"),
        PEOPLE.encode("utf-16"),
        PEOPLE.encode("utf-16-le"),
        PEOPLE.encode("utf-16-be"),
        b"\xfe\xff" + PEOPLE.encode("utf-16-be"),
        PEOPLE.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 bom", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be bom", "windows-1252"],
)
def test_the_encoding_is_found_out(content):
    table = read_table(content)

    assert table.columns == ("Vorname", "E-Mail")
    assert [row.cells for row in table.rows()] == [("Jürgen", "juergen@example.org"), ("Zoë", "zoe@example.org")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_though_others_stand_in_the_cells(delimiter):
    buffer = io.StringIO()
    people = [("Ada", "a, b; c | d", "ada@example.org"), ("Bo", "x", "bo@example.org")]
    csv.writer(buffer, delimiter=delimiter).writerows([("Name", "Note", "E-mail"), *people])

    assert cells_of(buffer.getvalue().encode()) == people


def test_excels_own_delimiter_line_is_obeyed_and_counted():
    rows = rows_of(b"sep=|\r\nName|Note\r\nAda|a,b,c\r\n")

    assert rows == [Record(3, ("Ada", "a,b,c"))]


def test_a_line_break_inside_quotes_belongs_to_the_cell_and_the_next_row_keeps_its_line():
    rows = rows_of(b'Name,Address\nAda,"1 High Street\nTown"\nBo,2 Low Street\n')

    assert rows == [Record(2, ("Ada", "1 High Street\nTown")), Record(4, ("Bo", "2 Low Street"))]


def test_empty_lines_are_left_out_but_counted():
    rows = rows_of(b"\n\nName,E-mail\n\nAda,ada@example.org\n,\n\nBo,bo@example.org\n")

    assert [(row.line, row.cells[0]) for row in rows] == [(5, "Ada"), (8, "Bo")]


def test_a_title_above_the_header_is_passed_over():
    table = read_table(b"Members 2026,,\nName,E-mail,Team\nAda,ada@example.org,U9\nBo,bo@example.org,U9\n")

    assert table.columns == ("Name", "E-mail", "Team")
    assert [row.line for row in table.rows()] == [3, 4]


def test_a_title_above_the_header_is_passed_over_also_where_a_header_is_said_to_be_there():
    table = read_table(b"Members 2026\n\nName,E-mail\nAda,ada@example.org\n", has_header=True)

    assert (table.columns, table.header_line) == (("Name", "E-mail"), 3)
    assert list(table.rows()) == [Record(4, ("Ada", "ada@example.org"))]


def test_a_file_without_a_header_is_known_by_its_values():
    table = read_table(b"Ada,ada@example.org\nBo,bo@example.org\n")

    assert table.columns == ("Column 1", "Column 2")
    assert table.notes == ("The first line holds a person, not the names of the columns.",)
    assert [row.cells[0] for row in table.rows()] == ["Ada", "Bo"]


def test_whether_there_is_a_header_can_be_said():
    content = b"Ada\nBo\n"

    assert [row.cells for row in read_table(content, has_header=False).rows()] == [("Ada",), ("Bo",)]
    assert [row.cells for row in read_table(content, has_header=True).rows()] == [("Bo",)]


def test_columns_of_one_name_and_without_a_name_are_named_by_their_place():
    table = read_table(b"E-mail,,e-mail\nada@example.org,x,ada@work.example\n", has_header=True)

    assert table.columns == ("E-mail", "Column 2", "e-mail")
    assert table.notes == ("“E-mail” is the name of 2 columns: 1, 3.",)


def test_empty_columns_at_the_right_edge_are_no_columns():
    assert read_table(b"Name,E-mail,,\nAda,ada@example.org,,\n").columns == ("Name", "E-mail")


def test_a_short_row_is_filled_up_and_a_long_one_is_named():
    short, long, trailing = rows_of(b"Name,E-mail,Team\nAda,ada@example.org\nBo,bo@example.org,U9,x\nCy,cy@example.org,U9,,\n")

    assert short == Record(2, ("Ada", "ada@example.org", ""))
    assert long.problem == "The line has 4 values, but there are only 3 columns. Is a separator missing its quotation marks?"
    assert trailing == Record(4, ("Cy", "cy@example.org", "U9"))


@pytest.mark.parametrize("length", [10_001, 1_000_000], ids=["too long", "a million"])
def test_an_endless_cell_spoils_its_own_line_only(length):
    good, bad, after = rows_of(b"Name,E-mail\nAda,ada@example.org\n" + b"x" * length + b",bo@example.org\nCy,cy@example.org\n")

    assert (good.problem, after) == (None, Record(4, ("Cy", "cy@example.org")))
    assert bad.line == 3
    assert f"{length // 1000:,}" in (bad.problem or "")


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_line_only():
    rows = rows_of(b'Name,E-mail\n"Ada,ada@example.org\nBo,bo@example.org\nCy,cy@example.org\n')

    assert [(row.line, bool(row.problem)) for row in rows] == [(2, True), (3, False), (4, False)]
    assert rows[0].problem == "A quotation mark is opened on this line and never closed."


def test_two_quotation_marks_that_are_never_closed_swallow_nobody_between_them():
    people = b'"Ada,ada@example.org\nBo,bo@example.org\nCy,cy@example.org\n"Di,di@example.org\nEd,ed@example.org\n'

    rows = rows_of(b"Name,E-mail\n" + people)

    assert [(row.line, bool(row.problem)) for row in rows] == [(2, True), (3, False), (4, False), (5, True), (6, False)]


def test_a_quotation_mark_in_mid_cell_leaves_a_line_break_in_the_next_cell_alone():
    assert rows_of(b'Name,Size,Address\nAda,5" tape,"1 High Street\nTown"\n') == [Record(2, ("Ada", '5" tape', "1 High Street\nTown"))]


def test_a_quotation_mark_left_open_before_a_very_long_file_spoils_its_own_line_only():
    many = b"".join(b"P%d,p%d@example.org\n" % (number, number) for number in range(20_000))

    rows = rows_of(b'Name,E-mail\n"Ada,ada@example.org\n' + many)

    assert [row.line for row in rows if row.problem] == [2]
    assert len(rows) == 20_001


def test_a_quotation_mark_left_open_on_the_last_line_is_named():
    for last in (b'"Ada,ada@example.org', b'Ada,"ada@example.org\n'):
        assert rows_of(b"Name,E-mail\nBo,bo@example.org\n" + last)[1].problem is not None


def test_quotation_marks_inside_a_cell_are_only_letters():
    assert cells_of(b'Name,Note\nAda,5" tape\nBo,6" tape\n') == [("Ada", '5" tape'), ("Bo", '6" tape')]


def test_a_nul_spoils_its_own_line_only():
    bad, good = rows_of(b"Name,E-mail\nAd\0a,ada@example.org\nBo,bo@example.org\n")

    assert bad.problem == "Column 1 holds a NUL character, so the line is damaged."
    assert "\0" not in "".join(bad.cells)
    assert good.problem is None


def test_a_nul_behind_a_quotation_mark_that_is_never_closed_is_left_out():
    bad, good = rows_of(b'Name,E-mail\n"Ad\0a,ada@example.org\nBo,bo@example.org\n')

    assert (bad.cells[0], good.problem) == ('"Ada,ada@example.org', None)


def test_a_broken_byte_in_a_utf_8_file_spoils_its_own_line_only():
    bad, good = rows_of("Name,E-mail\nJ?rgen,j@example.org\nZoë Łoś,z@example.org\n".encode().replace(b"?", b"\xfc"))

    assert (bad.problem or "").startswith("Column 1 holds characters that could not be read.")
    assert good.cells[0] == "Zoë Łoś"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b" \n\n\t", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b",,,\n,,\n", "The file is empty."),
        (b"%PDF-1.7\n\xe2\xe3", "This is a PDF, not a CSV or Excel file."),
        (b"\x89PNG\r\n\x1a\n\0\0", "This is a picture, not a CSV or Excel file."),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "This is a picture, not a CSV or Excel file."),
        (b"\x1f\x8b\x08\0", "This is a compressed archive, not a CSV or Excel file."),
        (b"<!DOCTYPE html><table>", "This is a web page or document"),
        (bytes(range(256)) * 8, "This is not a text file"),
        (b"PK\x03\x04 not a zip", "This is a ZIP archive, not an Excel workbook."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "This workbook cannot be read"),
        (",".join(f"c{number}" for number in range(300)).encode(), "The file has 300 columns; at most 200 can be read."),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(content, words):
    with pytest.raises(UnreadableFile, match=words.replace("(", r"\(")):
        read_table(content)


def test_a_zip_archive_of_something_else_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.txt", "not a workbook")

    with pytest.raises(UnreadableFile, match="ZIP archive"):
        read_table(buffer.getvalue())


def test_more_people_than_can_be_read_are_refused():
    content = b"Name\n" + b"Ada\n" * 200_001

    with pytest.raises(UnreadableFile, match="more than 200,000"):
        rows_of(content, has_header=True)


def test_reading_can_begin_at_a_line():
    table = read_table(b"Name,E-mail\n" + b"".join(b"P,p%d@example.org\n" % n for n in range(10)))

    assert [row.line for row in table.rows(from_line=9)] == [9, 10, 11]


letters = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd") | st.sampled_from("\t\r\n\"';,|=")
cells = st.text(letters, max_size=20)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8))
def test_whatever_the_csv_module_writes_is_read_back(rows):
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["one", "two", "three"], *rows])

    read = cells_of_quoted(buffer.getvalue())

    assert [tuple(cell.replace("\r\n", "\n") for cell in cells) for cells in read] == [
        tuple(trimmed(cell).replace("\r\n", "\n") for cell in row) for row in rows if any(trimmed(cell) for cell in row)
    ]


@given(st.binary(max_size=300))
def test_no_bytes_at_all_do_more_than_refuse(content):
    try:
        rows = rows_of(content)
    except UnreadableFile:
        return

    assert all(row.line > 0 for row in rows)


def cells_of_quoted(text: str) -> list[tuple[str, ...]]:
    return [row.cells for row in rows_of(text.encode(), has_header=True)]


def trimmed(cell: str) -> str:
    text = cell.strip(" \t\r\n\u00a0\ufeff\u200b")
    return text[1:] if text.startswith("'") and text[1:].startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
