"""What two entries of one person say, field by field, and what is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.models import Participant
from app.participants.custom_fields import custom_fields

COLUMNS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email_address": "E-mail address",
    "phone_number": "Mobile number",
    "member_number": "Member number",
    "language": "Language",
    "time_zone": "Time zone",
}
OTHER = "other"
_CUSTOM = "custom."


@dataclass(frozen=True, slots=True)
class Field:
    """One field of both; `takes_other` where the other's value is kept."""

    name: str
    word: str
    own: Any
    other: Any
    takes_other: bool

    @property
    def is_asked(self) -> bool:
        """Whether a person has to choose: both say something, and not the same."""
        return bool(self.own and self.other) and self.own != self.other

    @property
    def kept(self) -> Any:
        """The value after the merge."""
        return self.other if self.takes_other else self.own


def compared(person: Participant, other: Participant, choices: Mapping[str, str]) -> list[Field]:
    """Every field that either has. What is not chosen is the person's own value, or the other's where there is none."""
    fields = [(name, word, getattr(person, name), getattr(other, name)) for name, word in COLUMNS.items()]
    fields += [
        (_CUSTOM + each.key, each.name, person.custom.get(each.key), other.custom.get(each.key))
        for each in custom_fields(person.organisation_id)
    ]
    return [
        Field(name, word, own, others, takes_other=_has(others) and (not _has(own) or choices.get(name) == OTHER))
        for name, word, own, others in fields
        if _has(own) or _has(others)
    ]


def snapshot(person: Participant) -> dict[str, Any]:
    """All that an entry says, for the log and for undoing."""
    return {name: getattr(person, name) for name in (*COLUMNS, "about", "custom", "is_bad_email", "is_bad_number")}


def merged_values(person: Participant, other: Participant, fields: list[Field]) -> dict[str, Any]:
    """The columns of the one person that both become."""
    taken = {field.name: field.kept for field in fields}
    custom = {name.removeprefix(_CUSTOM): value for name, value in taken.items() if name.startswith(_CUSTOM)}
    values: dict[str, Any] = {name: value for name, value in taken.items() if not name.startswith(_CUSTOM)}
    from_other = {field.name for field in fields if field.takes_other}
    values["is_bad_email"] = (other if "email_address" in from_other else person).is_bad_email
    values["is_bad_number"] = (other if "phone_number" in from_other else person).is_bad_number
    values["about"] = [*person.about, *(name for name in other.about if name not in person.about)]
    return values | {"custom": {**other.custom, **person.custom, **custom}}


def _has(value: Any) -> bool:
    return value not in (None, "")
