"""What a person's fields are called in messages: the same for a preview, a check before sending, and the real thing."""

from collections.abc import Sequence
from typing import Any

LANGUAGE = "_language"  # in which they read our fixed words; no field of a template begins like that
PERSON_FIELDS = "p.first_name, p.last_name, p.email_address, p.phone_number, p.member_number, p.about, p.custom, p.language"


def fields_of(row: Sequence[Any]) -> dict[str, Any]:
    """The fields of a row of PERSON_FIELDS. Custom fields come first, so that none of them can hide a fixed one."""
    first_name, last_name, email, mobile, member_number, about, custom, language = row
    fixed = {
        "first_name": first_name,
        "last_name": last_name,
        "email": email or "",
        "mobile": mobile or "",
        "member_number": member_number or "",
        "about": _listed(about),
        LANGUAGE: language,
    }
    return {**custom, **fixed}


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
