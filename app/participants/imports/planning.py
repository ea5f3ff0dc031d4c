"""What each line of a file would do, decided in one place for the dry run and for the import itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.addresses import email_key
from app.models import ImportOutcome
from app.participants.imports.people import VALUE_FIELDS, Acquaintances, KnownPerson, is_child, is_same_name
from app.participants.imports.reading import ImportedPerson
from app.participants.names import joined_names

Changes = dict[str, list[Any]]

_ADDRESSES = {"email_address": "E-mail", "phone_number": "Number"}


@dataclass(slots=True)
class Step:
    """What one line does: its outcome, to whom, what that changes (field → was, is) and what to tell about it."""

    line: int
    outcome: ImportOutcome
    known: KnownPerson | None = None
    changes: Changes = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    is_family: bool = False
    rejected_cells: tuple[str, ...] | None = None  # of a line that failed or was not used whole
    place: int = 0  # of a parent beside the line's child


def plan(people: Iterable[ImportedPerson], acquaintances: Acquaintances, *, has_about_column: bool) -> Iterator[Step]:
    """The steps of these lines, in order; `acquaintances` learns whom they bring, so that later lines find them.

    A blank cell changes nothing. A line that means somebody of an earlier line only fills that person's gaps. A child whom parents
    speak for becomes nobody of their own.
    """
    for person in people:
        if person.is_spoken_for and acquaintances.meant_by(person) is None:
            continue
        step = _step(person, acquaintances, has_about_column=has_about_column)
        step.place = person.place
        step.reasons = [*person.left_out, *step.reasons, *person.hints]
        if person.left_out or step.outcome is ImportOutcome.FAILED:
            step.rejected_cells = person.cells or None
        yield step


def _step(person: ImportedPerson, acquaintances: Acquaintances, *, has_about_column: bool) -> Step:
    if person.failure:
        return Step(person.line, ImportOutcome.FAILED, reasons=[person.failure])

    known = acquaintances.meant_by(person)
    if known is None:
        return _newcomer(person, acquaintances)
    step = _merge(person, known, has_about_column=has_about_column) if known.line is not None else _update(person, known)
    acquaintances.add(known)
    return step


def _newcomer(person: ImportedPerson, acquaintances: Acquaintances) -> Step:
    if not person.is_someone:
        return Step(person.line, ImportOutcome.FAILED, reasons=["There is no name and no usable address."])
    known = KnownPerson(
        None, {name: person.values.get(name) for name in VALUE_FIELDS}, _unique(person.about), dict(person.custom), person.line
    )
    acquaintances.add(known)
    return Step(person.line, ImportOutcome.NEW, known)


def _update(person: ImportedPerson, known: KnownPerson) -> Step:
    """Take over what the file has for somebody from the database."""
    known.line = person.line
    kept: list[str] = []
    changes: Changes = {}
    for name, value in person.values.items():
        if _is_news(name, value, person, known):
            reason = known.discarded.get(email_key(value))
            if reason is None:
                changes[name] = [known.values.get(name), value]
            else:
                kept.append(f"{_ADDRESSES.get(name, name)} {value} not taken: {reason}.")
    _apply(known, changes, person.about, person.custom)
    return Step(person.line, ImportOutcome.UPDATED if changes else ImportOutcome.SAME, known, changes, kept)


def _is_news(name: str, value: str, person: ImportedPerson, known: KnownPerson) -> bool:
    present = known.values.get(name)
    if name == "email_address" and present:
        return email_key(value) != email_key(present)
    if name in {"first_name", "last_name"} and present and is_child(person, known):
        return False  # the line names a child whom this person is already written to about
    return value != present


def _merge(person: ImportedPerson, known: KnownPerson, *, has_about_column: bool) -> Step:
    """Join a line to the person of an earlier one: a family's next child, or the same person again."""
    says_about = has_about_column or person.place > 0
    is_family = bool(person.about) if says_about else is_child(person, known) or not is_same_name(person, known)
    about = person.about
    if is_family and not says_about:
        is_one_surname = person.values.get("last_name") == known.values.get("last_name")
        about = [
            _call(known.name, known.values.get("first_name"), is_one_surname),
            _call(person.name, person.values.get("first_name"), is_one_surname),
        ]
        about = about[1:] if known.about else about
    gaps: Changes = {name: [None, value] for name, value in person.values.items() if not known.values.get(name)}
    first_line = known.line
    _apply(known, gaps, about, {key: value for key, value in person.custom.items() if key not in known.custom})
    words = f"One person with line {first_line}"
    words += f", written to about {joined_names(known.about)}." if is_family else ": the same address."
    return Step(person.line, ImportOutcome.MERGED, known, gaps, [words], is_family=is_family)


def _call(name: str, first_name: str | None, is_one_surname: bool) -> str:  # noqa: FBT001 - one of two names
    return first_name if first_name and is_one_surname else name


def _apply(known: KnownPerson, changes: Changes, about: list[str], custom: dict[str, Any]) -> None:
    """Write the changes onto the person and complete `changes` by those of `about` and of custom fields."""
    known.values.update({name: value for name, (_, value) in changes.items()})
    together = _unique([*known.about, *about])
    if together != known.about:
        changes["about"] = [list(known.about), together]
        known.about = together
    for key, value in custom.items():
        if known.custom.get(key) != value:
            changes[f"custom.{key}"] = [known.custom.get(key), value]
            known.custom[key] = value


def _unique(names: list[str]) -> list[str]:
    first_spellings: dict[str, str] = {}
    for name in names:
        first_spellings.setdefault(name.casefold(), name)
    return list(first_spellings.values())
