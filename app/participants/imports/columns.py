"""What the columns of a file mean: guessed from their names in four languages and from what stands in them, then said by a person."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.lib.errors import Invalid
from app.models import CustomFieldKind


class Target(StrEnum):
    """Where a column goes.

    Besides these: `custom:<key>`, a field that exists; `new:<kind>`, one named like the column; `parent<n>:<target>`, a parent's own.
    """

    LEAVE_OUT = "leave_out"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    EMAIL = "email_address"
    MOBILE = "phone_number"
    LANGUAGE = "language"
    MEMBER_NUMBER = "member_number"
    ABOUT = "about"


CUSTOM, NEW = "custom:", "new:"
_NEW_KINDS = {NEW + kind: kind for kind in CustomFieldKind}
REPEATABLE = frozenset({Target.LEAVE_OUT, Target.ABOUT})
PARENT_TARGETS = (Target.FULL_NAME, Target.FIRST_NAME, Target.LAST_NAME, Target.EMAIL, Target.MOBILE)
MAX_PARENTS = 4

TARGET_WORDS = {
    Target.LEAVE_OUT: "Leave out",
    Target.FIRST_NAME: "First name",
    Target.LAST_NAME: "Last name",
    Target.FULL_NAME: "Full name",
    Target.EMAIL: "E-mail",
    Target.MOBILE: "Mobile number",
    Target.LANGUAGE: "Language",
    Target.MEMBER_NUMBER: "Member number",
    Target.ABOUT: "Written to about (child, member)",
}

_NAMES: dict[Target, str] = {
    Target.FIRST_NAME: """first name, firstname, given name, forename, christian name, parent first name, guardian first name,
        vorname, rufname, prénom, prenom, nombre, nombre de pila""",
    Target.LAST_NAME: """last name, lastname, surname, family name, parent last name, guardian last name,
        nachname, familienname, zuname, nom, nom de famille, apellido, apellidos, primer apellido""",
    Target.FULL_NAME: """name, full name, participant, contact, contact name, parent, parent name, guardian, member name, player name,
        vollständiger name, vor und nachname, vorname nachname, name vorname, ansprechpartner, elternteil, mitglied,
        nom complet, nom et prénom, nom prénom, contact, parent, nombre completo, nombre y apellidos, contacto""",
    Target.EMAIL: """email, e mail, mail, email address, e mail address, mail address, parent email, contact email, primary email,
        e mail adresse, mailadresse, email adresse, courriel, adresse email, adresse e mail, adresse mail, adresse courriel, mél,
        correo, correo electrónico, dirección de correo, dirección de correo electrónico""",
    Target.MOBILE: """mobile, mobile number, mobile phone, cell, cell phone, cellphone, phone, phone number, telephone, tel, sms,
        text number, parent mobile, parent phone, contact number, handy, handynummer, mobil, mobilnummer, mobiltelefon, telefon,
        telefonnummer, rufnummer, portable, téléphone portable, tél, téléphone, téléphone mobile, numéro de portable, mobile phone number,
        móvil, teléfono móvil, celular, teléfono, número de móvil""",
    Target.LANGUAGE: "language, lang, preferred language, sprache, langue, idioma, lengua",
    Target.MEMBER_NUMBER: """member number, member no, member id, membership number, membership id, membership no, id, registration number,
        mitgliedsnummer, mitgliedsnr, mitglieds nr, mitglied nr, numéro de membre, numéro d adhérent, n adhérent, n d adhérent,
        numéro de licence, número de socio, nº de socio, n de socio, número de miembro""",
    Target.ABOUT: """about, child, children, child name, child first name, player, pupil, student, son or daughter, athlete,
        kind, kinder, kindername, name des kindes, vorname des kindes, schüler, spieler,
        enfant, enfants, prénom de l enfant, nom de l enfant, élève, hijo, hijos, hija, niño, nombre del niño, alumno, jugador""",
}
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_MOBILE = re.compile(r"^\+?[\d\s()/.-]{8,20}$")
_PARENT = re.compile(r"^parent([1-9]):")
_MOSTLY = 0.7
_SAY_WHERE = "Say for each column where it goes."


def parent_target(number: int, target: str) -> str:
    """Where a column of a parent's own goes."""
    return f"parent{number}:{target}"


def parent_number(target: str) -> int:
    """Which parent a target belongs to; 0 for the participant."""
    found = _PARENT.match(target)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a person said, or we guessed, of a file's columns: one target a column."""

    columns: tuple[str, ...]
    targets: tuple[str, ...]
    has_header: bool = True

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Mapping":
        """As `as_json` wrote it."""
        return cls(tuple(stored["columns"]), tuple(stored["targets"]), stored["has_header"])

    def as_json(self) -> dict[str, Any]:
        """For the import's own column, by which the next file of the same columns finds it."""
        return {"columns": list(self.columns), "targets": list(self.targets), "has_header": self.has_header}

    def with_targets(self, targets: Sequence[str]) -> "Mapping":
        """The same columns, going where a form says; raises Invalid where it does not say it of each."""
        if len(targets) != len(self.columns):
            raise Invalid(_SAY_WHERE)
        return Mapping(self.columns, tuple(targets), self.has_header)

    def knows(self, target: Target) -> bool:
        """Whether a column goes there."""
        return target in self.targets

    def parents(self) -> list[int]:
        """The parents that columns belong to, in order; empty where a line holds one person."""
        return sorted({number for number in map(parent_number, self.targets) if number})

    def new_fields(self) -> list[tuple[str, CustomFieldKind]]:
        """Name and kind of the custom fields that are to be made."""
        pairs = zip(self.columns, self.targets, strict=True)
        return [(column, _NEW_KINDS[target]) for column, target in pairs if target in _NEW_KINDS]

    def with_fields_made(self, keys: dict[str, str]) -> "Mapping":
        """The same once those fields exist, under the keys of their names."""
        pairs = zip(self.columns, self.targets, strict=True)
        targets = (CUSTOM + keys[column] if target in _NEW_KINDS else target for column, target in pairs)
        return Mapping(self.columns, tuple(targets), self.has_header)


@dataclass(frozen=True, slots=True)
class Guess:
    """What there is to guess from: names of columns, first rows, the custom fields' names by key."""

    columns: Sequence[str]
    samples: Sequence[Sequence[str]]
    fields: dict[str, str]
    has_header: bool


def guessed_mapping(guess: Guess) -> Mapping:
    """Targets by the columns' names, then by what stands in them.

    Each target is given once, to the first column that asks. What nobody knows is left out: only what a person chose is kept.
    """
    targets: list[str] = []
    has_first_name = any(known_column(column) is Target.FIRST_NAME for column in guess.columns)
    for number, column in enumerate(guess.columns):
        values = [row[number] for row in guess.samples if row[number]]
        wanted = _named(column, values, has_first_name=has_first_name) or _by_field(column, guess.fields) or shape_of(values)
        is_taken = wanted in targets and wanted not in REPEATABLE
        targets.append(Target.LEAVE_OUT if wanted is None or is_taken else wanted)
    return Mapping(tuple(guess.columns), tuple(targets), guess.has_header)


def placed(mapping: Mapping, number: int) -> Mapping:
    """The columns of one parent, or by 0 of the participant, as if nobody else stood in the line."""
    targets = (_PARENT.sub("", target) if parent_number(target) == number else Target.LEAVE_OUT for target in mapping.targets)
    return Mapping(mapping.columns, tuple(targets), mapping.has_header)


def checked_mapping(mapping: Mapping, fields: Iterable[str]) -> Mapping:
    """A mapping whose new fields are made, if it can be worked with; raises Invalid, naming the columns.

    `fields` are the keys of the custom fields.
    """
    of_parents = {parent_target(number, target) for number in range(1, MAX_PARENTS + 1) for target in PARENT_TARGETS}
    allowed = {*Target, *of_parents, *(CUSTOM + key for key in fields)}
    if len(mapping.targets) != len(mapping.columns) or not allowed.issuperset(mapping.targets):
        raise Invalid(_SAY_WHERE)
    for target in dict.fromkeys(mapping.targets):
        takers = [column for column, taken in zip(mapping.columns, mapping.targets, strict=True) if taken == target]
        if len(takers) > 1 and target not in REPEATABLE:
            raise Invalid(f"{' and '.join(f'“{name}”' for name in takers)} cannot both be “{target_words(target)}”: leave one out.")
    _require_reachable_parents(mapping)
    if not mapping.parents() and not {Target.EMAIL, Target.MOBILE, Target.MEMBER_NUMBER}.intersection(mapping.targets):
        raise Invalid("No column holds e-mail addresses or mobile numbers. Choose the one that does.")
    return mapping


def _require_reachable_parents(mapping: Mapping) -> None:
    for number in mapping.parents():
        if not {Target.EMAIL, Target.MOBILE}.intersection(placed(mapping, number).targets):
            raise Invalid(f"No column holds an e-mail address or mobile number of parent {number}. Choose it, or leave that parent out.")


def target_words(target: str) -> str:
    """An organiser's words for a target."""
    number = parent_number(target)
    if number:
        return f"Parent {number}: {target_words(_PARENT.sub('', target))}"
    return TARGET_WORDS[Target(target)] if target in TARGET_WORDS else target.partition(":")[2].replace("_", " ")


def plain_words(name: str) -> list[str]:
    """The words and numbers of a column's name, small and without accents: "Parent1E-Mail" is parent, 1, e, mail."""
    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss").casefold())
    return re.findall(r"[^\W\d_]+|\d+", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _plain(name: str) -> str:
    return "".join(plain_words(name))


_BY_NAME = {_plain(name): target for target, names in reversed(_NAMES.items()) for name in names.split(",")}


def known_column(column: str) -> Target | None:
    """What a column's name says, in four languages."""
    return _BY_NAME.get(_plain(column)) or _BY_NAME.get(_plain(column).rstrip("0123456789"))


def _named(column: str, values: list[str], *, has_first_name: bool) -> Target | None:
    """By its name; but "Name" beside "Vorname" is a last name, and "Mitglied" over digits a member number."""
    target = known_column(column)
    if target is not Target.FULL_NAME:
        return target
    if values and all(value.isdigit() for value in values):
        return Target.MEMBER_NUMBER
    return Target.LAST_NAME if has_first_name else target


def _by_field(column: str, fields: dict[str, str]) -> str | None:
    key = next((key for key, name in fields.items() if _plain(name) == _plain(column)), None)
    return CUSTOM + key if key else None


def shape_of(values: list[str]) -> Target | None:
    """Whether most of these look like addresses."""
    for target, shape in ((Target.EMAIL, _EMAIL), (Target.MOBILE, _MOBILE)):
        if values and sum(1 for value in values if shape.match(value)) >= len(values) * _MOSTLY:
            return target
    return None
