"""Families: lines that hold a child and parents, each with an address of their own, and how such columns are recognised."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.addresses import email_key
from app.lib.tabular import Record
from app.participants.imports.columns import (
    MAX_PARENTS,
    Guess,
    Mapping,
    Target,
    guessed_mapping,
    known_column,
    parent_target,
    placed,
    plain_words,
    shape_of,
)
from app.participants.imports.reading import ImportedPerson, ReadingRules, read_person

ADDRESSES = ("email_address", "phone_number")


def _words(together: str) -> frozenset[str]:
    return frozenset(together.split())


_PARENTS = _words("""parent parents guardian guardians carer elternteil elternteils erziehungsberechtigter erziehungsberechtigte
    sorgeberechtigter sorgeberechtigte responsable tuteur tutor""")
_ROLES = {
    "mother": _words("mother mothers mum mums mom moms mutter mama mere maman madre"),
    "father": _words("father fathers dad dads vater vaters papa pere padre"),
}
_CHILDREN = _words("""child children childs kind kindes kinder enfant eleve hijo hija nino alumno player pupil student athlete
    participant member spieler schuler jugador""")
_SMALL_WORDS = _words("s of the des der die das de du del la le l d legal legale")
_FIRST_NAMES = _words("first given vorname rufname prenom nombre")


def line_reader(rules: ReadingRules) -> Callable[[Record], list[ImportedPerson]]:
    """How a line becomes people: one, or the parents and the child whom it holds; the first of them carries what is to be told."""
    numbers = rules.mapping.parents()
    if not numbers:
        return lambda record: [read_person(record, rules)]
    of_child = replace(rules, mapping=placed(rules.mapping, 0))
    of_parents = {number: replace(rules, mapping=placed(rules.mapping, number)) for number in numbers}

    def read(record: Record) -> list[ImportedPerson]:
        child = read_person(record, of_child)
        if child.failure:
            return [child]
        return _family(child, {number: read_person(record, each) for number, each in of_parents.items()})

    return read


def _family(child: ImportedPerson, parents: dict[int, ImportedPerson]) -> list[ImportedPerson]:
    reachable = []
    told = _Told([], [])
    for number, parent in parents.items():
        child.failure = child.failure or parent.failure
        told.take(parent, f"Parent {number}: ")
        if _addresses(parent):
            parent.place = number
            reachable.append(parent)
        elif parent.values and not parent.left_out:
            told.hints.append(f"Parent {number}, {parent.name}, has no address and is left out.")
    if child.failure:
        return [child]
    for parent in reachable:
        _join(parent, child)
    told.take(child, "")
    child.is_spoken_for = bool(reachable) and not _addresses(child)
    people = [*reachable, child]
    for person in people:
        person.left_out, person.hints = [], []
    people[0].left_out, people[0].hints = told.left_out, told.hints
    return people


@dataclass(frozen=True, slots=True)
class _Told:
    """What a line's people have to say, gathered for the one row that the line leaves."""

    left_out: list[str]
    hints: list[str]

    def take(self, person: ImportedPerson, who: str) -> None:
        self.left_out.extend(who + each for each in person.left_out)
        self.hints.extend(who + each for each in person.hints)


def _join(parent: ImportedPerson, child: ImportedPerson) -> None:
    """Write to the parent about the child; what the line says of neither alone holds for both. A shared address is the parent's."""
    surname = parent.values.get("last_name")
    is_one_surname = not surname or surname == child.values.get("last_name", surname)
    first_name = child.values.get("first_name")
    name = first_name if first_name and is_one_surname else child.name
    parent.about = [*([name] if name else []), *child.about]
    parent.custom = dict(child.custom)
    if "language" in child.values:
        parent.values.setdefault("language", child.values["language"])
    for field_name in ADDRESSES:
        if email_key(child.values.get(field_name, "")) == email_key(parent.values.get(field_name, "-")):
            del child.values[field_name]


def _addresses(person: ImportedPerson) -> set[str]:
    return set(ADDRESSES).intersection(person.values)


def guessed_family(guess: Guess) -> Mapping:
    """As `guessed_mapping`, but columns that name parents belong to those: "Parent 1 e-mail", "Mother's mobile", "E-Mail Vater"."""
    mapping = guessed_mapping(guess)
    numbers = _numbers([_parent_named(column) for column in guess.columns])
    if not numbers:
        return mapping
    targets: list[str] = []
    for place, (column, found) in enumerate(zip(guess.columns, numbers, strict=True)):
        wanted = _of_parent(guess, place, found) if found else _of_child(column, mapping.targets[place])
        is_taken = wanted in targets and wanted not in {Target.LEAVE_OUT, Target.ABOUT}
        targets.append(Target.LEAVE_OUT if is_taken else wanted)
    return replace(mapping, targets=tuple(_child_named(guess.columns, targets)))


def _parent_named(column: str) -> str:
    """Which parent a column's name speaks of: a number, a role, "parent" where it is just one, or nothing."""
    words = plain_words(column)
    for role, names in _ROLES.items():
        if names.intersection(words):
            return role
    if not _PARENTS.intersection(words):
        return ""
    number = next((word for word in words if word.isdigit()), "")
    return number if number in {str(each) for each in range(1, MAX_PARENTS + 1)} else "parent"


def _numbers(named: Sequence[str]) -> list[int]:
    """A parent's number a column, 0 for none; empty where no column says which parent it means."""
    if not set(named) - {"", "parent"}:
        return []
    fixed = {name: int(name) for name in named if name.isdigit()}
    for name in dict.fromkeys(named):
        if name and name not in fixed:
            free = [number for number in range(1, MAX_PARENTS + 1) if number not in fixed.values()]
            fixed[name] = 1 if name == "parent" else next(iter(free), MAX_PARENTS)
    return [fixed.get(name, 0) for name in named]


def _of_parent(guess: Guess, place: int, number: int) -> str:
    skipped = {*_PARENTS, *_SMALL_WORDS, *_ROLES["mother"], *_ROLES["father"]}
    rest = [word for word in plain_words(guess.columns[place]) if word not in skipped and not word.isdigit()]
    values = [row[place] for row in guess.samples if row[place]]
    target = known_column(" ".join(rest)) if rest else shape_of(values) or Target.FULL_NAME
    is_theirs = target in {Target.FULL_NAME, Target.FIRST_NAME, Target.LAST_NAME, Target.EMAIL, Target.MOBILE}
    return parent_target(number, target) if target is not None and is_theirs else Target.LEAVE_OUT


def _of_child(column: str, target: str) -> str:
    """A column such as “Child last name” is the participant's in a file that has parents of their own."""
    if target != Target.LEAVE_OUT:
        return target
    rest = [word for word in plain_words(column) if word not in _CHILDREN and word not in _SMALL_WORDS]
    return (known_column(" ".join(rest)) if rest else None) or target


def _child_named(columns: Sequence[str], targets: list[str]) -> list[str]:
    """Where one column says whom it is about, and none the participant's name, it is the participant's name."""
    about = [place for place, target in enumerate(targets) if target == Target.ABOUT]
    if len(about) != 1 or {Target.FIRST_NAME, Target.FULL_NAME}.intersection(targets):
        return targets
    place = about[0]
    is_first = _FIRST_NAMES.intersection(plain_words(columns[place])) or Target.LAST_NAME in targets
    return [*targets[:place], Target.FIRST_NAME if is_first else Target.FULL_NAME, *targets[place + 1 :]]
