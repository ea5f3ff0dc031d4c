import pytest

from app.lib.row_ids import LARGEST_ID, row_id


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(LARGEST_ID), LARGEST_ID)])
def test_what_can_be_an_id_is_read(text, number):
    assert row_id(text) == number


@pytest.mark.parametrize("text", ["", " 7", "-1", "+7", "7.0", "1e3", "\u0667", "\u00b2", str(LARGEST_ID + 1), "9" * 5_000])
def test_what_can_be_none_is_none(text):
    assert row_id(text) is None
