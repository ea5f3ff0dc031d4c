"""One line as a person: what is usable, what is left out and why."""

import pytest

from app.lib.tabular import Record
from app.models import CustomFieldKind
from app.participants.imports.columns import Mapping
from app.participants.imports.reading import ImportedPerson, ReadingRules, read_person
from app.participants.names import joined_names, language_code, split_name


def read(target: str, cell: str, country: str = "GB", kinds=None) -> ImportedPerson:
    return read_person(Record(2, (cell,)), ReadingRules(Mapping(("The column",), (target,)), kinds or {}, country))


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("07911 123456", "GB", "+447911123456"),
        ("447911123456", "GB", "+447911123456"),
        ("7911123456.0", "GB", "+447911123456"),
        ("4.47911123456E+11", "GB", "+447911123456"),
        ("0049 171 1234567", "GB", "+491711234567"),
        ("0171/1234567", "DE", "+491711234567"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("+447911123456; +447911123457", "US", "+447911123456"),
    ],
)
def test_numbers_are_read_as_their_country_dials_them(cell, country, number):
    assert read("phone_number", cell, country).values == {"phone_number": number}


@pytest.mark.parametrize(
    ("target", "cell", "words"),
    [
        ("phone_number", "4.47E+11", "Number “4.47E+11” left out: The spreadsheet has rounded this number"),
        ("phone_number", "12", "Number “12” left out"),
        ("phone_number", "ask Tom", "Number “ask Tom” left out"),
        ("email_address", "ada@", "E-mail “ada@” left out"),
        ("email_address", "ada at example.org", "E-mail “ada at example.org” left out"),
        ("email_address", "jürgen@example.org", "E-mail “jürgen@example.org” left out"),
        ("language", "Klingon", "Language “Klingon” left out"),
        ("custom:shoe", "forty", "The column: “forty” is not a number."),
        ("custom:born", "31.02.2026", "The column: “31.02.2026” is not a date."),
        ("custom:team", "x" * 1001, "The column: has 1,001 characters; at most 1,000 are kept."),
    ],
)
def test_what_cannot_be_used_is_left_out_with_its_reason(target, cell, words):
    person = read(target, cell, kinds={"shoe": CustomFieldKind.NUMBER, "born": CustomFieldKind.DATE, "team": CustomFieldKind.TEXT})

    assert not person.values
    assert not person.custom
    assert person.left_out[0].startswith(words)
    assert person.failure is None


def test_the_first_of_two_addresses_is_taken_and_said():
    person = read("email_address", "ada@example.org; ada@work.example")

    assert person.values == {"email_address": "ada@example.org"}
    assert person.hints == ["“ada@example.org; ada@work.example” holds more than one; only the first is taken."]


def test_a_slip_of_the_keyboard_is_pointed_out_but_kept():
    person = read("email_address", "ada@gmial.com")

    assert person.values == {"email_address": "ada@gmial.com"}
    assert person.hints == ["E-mail ada@gmial.com is taken as written; was ada@gmail.com meant?"]
    assert not person.left_out


@pytest.mark.parametrize("target", ["first_name", "full_name", "member_number"])
def test_a_name_of_thousands_of_letters_fails_the_line(target):
    assert read(target, "x" * 5000).failure == "“The column” holds 5,000 characters: that is no name."


def test_a_line_that_the_file_reader_could_not_use_fails_with_its_reason():
    person = read_person(Record(7, ("x",), "A quotation mark."), ReadingRules(Mapping(("a",), ("email_address",)), {}, "GB"))

    assert (person.failure, person.is_someone) == ("A quotation mark.", False)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Lovelace", ("Ada", "Lovelace")),
        ("Lovelace, Ada", ("Ada", "Lovelace")),
        ("Ludwig van Beethoven", ("Ludwig", "van Beethoven")),
        ("Anna Maria Meyer", ("Anna Maria", "Meyer")),
        ("Cher", ("Cher", "")),
        ("محمد بن سلمان", ("محمد بن", "سلمان")),
    ],
)
def test_a_full_name_is_split_as_people_would(name, parts):
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("text", "code"),
    [("Deutsch", "de"), ("de-CH", "de"), ("FR", "fr"), ("Español", "es"), ("العربية", "ar"), ("pt_BR", "pt"), ("x", None), ("", None)],
)
def test_languages_are_known_by_name_and_code(text, code):
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Mia", ["Mia"]),
        ("Mia, Tom", ["Mia", "Tom"]),
        ("Mia und Tom", ["Mia", "Tom"]),
        ("Mia & Tom; Ida", ["Mia", "Tom", "Ida"]),
        ("Andrea", ["Andrea"]),
    ],
)
def test_several_children_in_a_cell_are_told_apart(cell, names):
    assert read("about", cell).about == names


def test_names_are_joined_as_in_a_sentence():
    assert [joined_names(names) for names in (["Mia"], ["Mia", "Tom"], ["Mia", "Tom", "Ida"])] == ["Mia", "Mia and Tom", "Mia, Tom and Ida"]


@pytest.mark.parametrize(
    ("kind", "cell", "stored"),
    [("number", "38,5", 38.5), ("number", "38", 38), ("date", "21.11.2026", "2026-11-21"), ("choice", "U9", "U9")],
)
def test_custom_values_are_stored_by_their_kind(kind, cell, stored):
    assert read("custom:the_column", cell, kinds={"the_column": CustomFieldKind(kind)}).custom == {"the_column": stored}
