"""Addresses found in files of all shapes, and in pasted lines."""

import pytest

from app.lib.tabular import UnreadableFile
from app.unsubscribes.reading import addresses_in_file, addresses_in_lines


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("Name,E-mail\nAva,ava@example.net\nBen,ben@example.net\n", [(2, "ava@example.net"), (3, "ben@example.net")]),
        ("ava@example.net\nben@example.net\n", [(1, "ava@example.net"), (2, "ben@example.net")]),
        ("Member number,Mobile\n20250001,+12025550100\n20250002,+12025550101\n", [(2, "+12025550100"), (3, "+12025550101")]),
        (
            "Mail;Handy\nava@example.net;0151 23456789\n;0151 23456780\n",
            [(2, "ava@example.net"), (2, "0151 23456789"), (3, "0151 23456780")],
        ),
        ("Date,Address\n2026-03-04,+12025550100\n2026-03-05,ben@example.net\n", [(2, "+12025550100"), (3, "ben@example.net")]),
        ("Who\nava@example.net\nnobody\n", [(2, "ava@example.net"), (3, "nobody")]),
    ],
)
def test_the_columns_with_addresses_are_found(file, found):
    assert list(addresses_in_file(file.encode()).rows) == found


def test_a_line_without_an_address_is_named():
    read = addresses_in_file(b"Name,E-mail\nAva,ava@example.net\nBen,\nCarla,carla@example.net\n")

    assert [line for line, _ in read.rows] == [2, 4]
    assert read.unusable == ((3, "There is neither an address nor a number in this line."),)


def test_a_damaged_line_is_named_and_the_others_are_kept():
    read = addresses_in_file(b"Name,E-mail\nAva,ava@example.net\nBen," + b"x" * 20_000 + b"\nCarla,carla@example.net\n")

    assert [text for _, text in read.rows] == ["ava@example.net", "carla@example.net"]
    assert "characters" in read.unusable[0][1]


@pytest.mark.parametrize("file", [b"", b"Name,Town\nAva,Riverside\n", b"%PDF-1.7\n\x00\x01\x02"])
def test_a_file_without_addresses_is_refused(file):
    with pytest.raises(UnreadableFile):
        addresses_in_file(file)


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        ("ava@example.net\r\nben@example.net", [(1, "ava@example.net"), (2, "ben@example.net")]),
        ("ava@example.net, ben@example.net; +1 202 555 0100", [(1, "ava@example.net"), (1, "ben@example.net"), (1, "+1 202 555 0100")]),
        ("ava@example.net, 07700\u2011900123, flat 12", [(1, "ava@example.net"), (1, "07700\u2011900123")]),
        ("\n\nAva <ava@example.net>\n", [(3, "Ava <ava@example.net>")]),
        ("somebody", [(1, "somebody")]),
    ],
)
def test_pasted_lines_hold_one_address_or_several(pasted, found):
    assert list(addresses_in_lines(pasted).rows) == found
