import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.questions import LONGEST_CHOICE, MOST_CHOICES, choice_meant, choices_in

CHOICES = ["Yes", "No", "Maybe, we'll see"]

SAID = [
    ("2", 2), (" 2 ", 2), ("2.", 2), ("2)", 2), ("No. 2", 2), ("number 3", 3), ("yes", 1), ("YES!", 1), ("no", 2), ("1 yes", 1),
    ("maybe we'll see", 3),
    ("0", None), ("4", None), ("12", None), ("1 no", None), ("2 of us", None), ("yes please", None), ("", None), ("?", None),
    ("see you at 2", None), ("٢", None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), SAID)
def test_a_text_back_means_a_choice_only_where_it_says_nothing_else(said, expected):
    assert choice_meant(said, CHOICES) == expected


def test_a_choice_that_is_a_number_is_meant_by_its_words_first():
    assert choice_meant("2", ["2", "1"]) == 1


def test_without_choices_nothing_is_meant():
    assert choice_meant("1", []) is None


@given(st.text(), st.lists(st.text(max_size=20), max_size=9))
def test_whatever_is_said_a_choice_is_one_of_them_or_none(said, choices):
    assert choice_meant(said, choices) in {None, *range(1, len(choices) + 1)}


@given(st.text())
def test_choices_are_few_short_and_different(lines):
    choices = choices_in(lines)

    assert len(choices) == len(set(choices)) <= MOST_CHOICES
    assert all(0 < len(choice) <= LONGEST_CHOICE and choice == choice.strip() for choice in choices)
