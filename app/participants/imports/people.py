"""People already known while a file is read: from the database and from earlier lines, and whom of them a line means."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.addresses import email_key
from app.participants.imports.reading import ImportedPerson

VALUE_FIELDS = ("first_name", "last_name", "email_address", "phone_number", "language", "member_number")


@dataclass(slots=True, eq=False)
class KnownPerson:
    """A person as far as an import is concerned; `id` is None for one whom this import is about to make.

    `line` is the line of this file that touched them first. `discarded` are addresses that must not come back, each with the reason.
    """

    id: int | None
    values: dict[str, str | None]
    about: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    line: int | None = None
    discarded: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, as far as known."""
        return " ".join(filter(None, (self.values.get("first_name"), self.values.get("last_name"))))


class Acquaintances:
    """Everybody known, found by member number, else e-mail, else number; who has no address at all also by name."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], list[KnownPerson]] = defaultdict(list)
        self.ids: set[int] = set()

    def add(self, known: KnownPerson) -> None:
        """Make a person findable; again after their addresses changed."""
        if known.id is not None:
            self.ids.add(known.id)
        reachable = known.values.get("email_address") or known.values.get("phone_number")
        for key in identity_keys(known.values) + ([] if reachable else [name_key(known.values)]):
            if known not in self._by_key[key]:
                self._by_key[key].append(known)

    def everybody(self) -> set[KnownPerson]:
        """All of them, once each."""
        return {known for found in self._by_key.values() for known in found}

    def meant_by(self, person: ImportedPerson) -> KnownPerson | None:
        """Whom a line means. Someone of the same name comes before others at a shared address."""
        for key in [*identity_keys(person.values), name_key(person.values)]:
            candidates = [known for known in self._by_key.get(key, ()) if not is_somebody_else(person, known)]
            if candidates:
                return next((known for known in candidates if is_same_name(person, known)), candidates[0])
        return None


def identity_keys(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """What somebody is recognised by, best first."""
    keys = []
    if values.get("member_number"):
        keys.append(("member_number", str(values["member_number"])))
    if values.get("email_address"):
        keys.append(("email_address", email_key(str(values["email_address"]))))
    if values.get("phone_number"):
        keys.append(("phone_number", str(values["phone_number"])))
    return keys


def name_key(values: Mapping[str, str | None]) -> tuple[str, str]:
    """The name, by which only people without an address are recognised: so the corrected line of one finds them again."""
    first, last = values.get("first_name") or "", values.get("last_name") or ""
    return "name", f"{first} {last}".strip().casefold()


def is_somebody_else(person: ImportedPerson, known: KnownPerson) -> bool:
    """Whether two people only share an address: their member numbers differ, or both their names and their other addresses do.

    A parent's name stands for that parent alone: who has another one is somebody else, also at the same address.
    """
    if _contradict(person, known, "member_number") or (person.place and not is_same_name(person, known)):
        return True
    if _share(person, known, "member_number") or is_same_name(person, known):
        return False
    return _contradict(person, known, "email_address") or _contradict(person, known, "phone_number")


def is_same_name(person: ImportedPerson, known: KnownPerson) -> bool:
    """Whether the names agree as far as both are known, or the line's name is one whom the person is written to about."""
    if is_child(person, known):
        return True
    return not any(_contradict(person, known, name) for name in ("first_name", "last_name"))


def is_child(person: ImportedPerson, known: KnownPerson) -> bool:
    """Whether the line names one whom this person is already written to about."""
    return not person.place and _is_named(person, known)


def _is_named(person: ImportedPerson, known: KnownPerson) -> bool:
    return person.values.get("first_name") in known.about or person.name in known.about


def _contradict(person: ImportedPerson, known: KnownPerson, name: str) -> bool:
    one, other = person.values.get(name), known.values.get(name)
    return bool(one and other) and str(one).casefold() != str(other).casefold()


def _share(person: ImportedPerson, known: KnownPerson, name: str) -> bool:
    return bool(person.values.get(name)) and person.values.get(name) == known.values.get(name)
