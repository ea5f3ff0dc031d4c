"""A person as somebody typed them: what the form hands to the service."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """What somebody typed about a person; None where a field was left empty."""

    first_name: str
    last_name: str
    email_address: str | None
    phone_number: str | None
    language: str | None
    time_zone: str | None
    member_number: str | None
    about: list[str]
    custom: dict[str, Any]
