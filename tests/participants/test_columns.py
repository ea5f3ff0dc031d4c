"""What the columns of a file are taken for."""

import pytest

from app.lib.errors import Invalid
from app.models import CustomFieldKind
from app.participants.imports.columns import Guess, Mapping, Target, checked_mapping
from app.participants.imports.families import guessed_family


def guesses(*columns: str, rows=(), fields=None) -> list[str]:
    return list(guessed_family(Guess(columns, rows, fields or {}, has_header=True)).targets)


@pytest.mark.parametrize(
    "columns",
    [
        ("First name", "Surname", "E-mail address", "Mobile", "Preferred language", "Membership number", "Child"),
        ("Vorname", "Nachname", "E-Mail-Adresse", "Handynummer", "Sprache", "Mitgliedsnummer", "Name des Kindes"),
        ("Prénom", "Nom de famille", "Courriel", "Téléphone portable", "Langue", "N° d'adhérent", "Prénom de l'enfant"),
        ("Nombre", "Apellidos", "Correo electrónico", "Teléfono móvil", "Idioma", "Número de socio", "Nombre del niño"),
        ("FIRST_NAME", "last-name", "Email", "cell phone", "lang", "Member No.", "children"),
    ],
    ids=["english", "german", "french", "spanish", "as programs write"],
)
def test_names_of_columns_are_known_in_four_languages(columns):
    assert guesses(*columns) == ["first_name", "last_name", "email_address", "phone_number", "language", "member_number", "about"]


def test_a_column_without_a_known_name_is_known_by_what_stands_in_it():
    rows = [("Ada", "ada@example.org", "+44 7700 900123"), ("Bo", "bo@example.org", "07700 900124")]

    assert guesses("Column 1", "Column 2", "Column 3", rows=rows) == ["leave_out", "email_address", "phone_number"]


def test_each_place_is_given_once_and_the_second_asker_is_left_out():
    assert guesses("E-mail", "E-Mail 2", "Child 1", "Child 2") == ["email_address", "leave_out", "about", "about"]


def test_what_nobody_knows_is_left_out_and_a_custom_field_is_known_by_its_name():
    assert guesses("IBAN", "T-Shirt", fields={"t_shirt": "T-shirt"}) == ["leave_out", "custom:t_shirt"]


def test_a_name_beside_a_first_name_is_a_last_name_and_one_of_digits_is_a_number():
    assert guesses("Vorname", "Name") == ["first_name", "last_name"]
    assert guesses("Name", "Mail") == ["full_name", "email_address"]
    assert guesses("Mitglied", "Vorname", "Nachname", rows=[("17", "Ada", "B")]) == ["member_number", "first_name", "last_name"]


def test_two_columns_for_one_place_are_refused_by_name():
    mapping = Mapping(("Mail", "Work mail"), ("email_address", "email_address"))

    with pytest.raises(Invalid, match="“Mail” and “Work mail” cannot both be “E-mail”"):
        checked_mapping(mapping, [])


@pytest.mark.parametrize("targets", [("first_name", "last_name"), ("leave_out", "leave_out")])
def test_a_file_by_which_nobody_can_be_reached_or_recognised_is_refused(targets):
    with pytest.raises(Invalid, match="No column holds e-mail addresses or mobile numbers"):
        checked_mapping(Mapping(("a", "b"), targets), [])


@pytest.mark.parametrize("targets", [("email_address",), ("email_address", "nonsense"), ("email_address", "custom:unknown")])
def test_targets_that_do_not_exist_are_refused(targets):
    with pytest.raises(Invalid, match="Say for each column where it goes"):
        checked_mapping(Mapping(("a", "b"), targets), ["team"])


def test_a_mapping_survives_being_kept_and_new_fields_become_ordinary_ones():
    mapping = Mapping(("E-mail", "T-Shirt Größe"), (Target.EMAIL, "new:choice"))

    assert Mapping.from_json(mapping.as_json()) == mapping
    assert list(mapping.new_fields()) == [("T-Shirt Größe", CustomFieldKind.CHOICE)]
    assert mapping.with_fields_made({"T-Shirt Größe": "shirt_2"}).targets == ("email_address", "custom:shirt_2")
