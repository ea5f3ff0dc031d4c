"""A person as typed into a form, read and checked."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import available_timezones

from app.domain.addresses import normalise_email, normalise_number
from app.models import CustomField, CustomFieldKind, Participant
from app.participants.custom_fields import date_order, read_value
from app.participants.names import language_code
from app.participants.typed import TypedPerson
from app.web.forms import FormReader

CUSTOM_PREFIX = "custom_"  # before a custom field's key, as the name of its input


def read_person(form: FormReader, country: str, fields: Sequence[CustomField]) -> TypedPerson:
    """A person; what is wrong stands in the form's errors. Either a name or an address must be there."""
    typed = TypedPerson(
        first_name=form.words("first_name"),
        last_name=form.words("last_name"),
        email_address=_filled(form, "email_address", lambda text: normalise_email(text).address),
        phone_number=_filled(form, "phone_number", lambda text: normalise_number(text, country)),
        language=_language(form),
        time_zone=_time_zone(form),
        member_number=form.words("member_number", at_most=100) or None,
        about=[
            name for part in re.split(r"[,;\n]", form.values.get("about", "").replace("\0", "")) if (name := " ".join(part.split())[:200])
        ],
        custom=_custom(form, country, fields),
    )
    if not form.errors and not (typed.first_name or typed.last_name or typed.email_address or typed.phone_number):
        form.errors["first_name"] = "Type a name, an e-mail address or a mobile number."
    return typed


def typed_before(person: Participant) -> dict[str, str]:
    """A person as the form's fields show them."""
    plain = ("first_name", "last_name", "email_address", "phone_number", "language", "time_zone", "member_number")
    values = {name: getattr(person, name) or "" for name in plain}
    custom = {CUSTOM_PREFIX + key: str(value) for key, value in person.custom.items()}
    return values | custom | {"about": ", ".join(person.about)}


def _filled(form: FormReader, name: str, convert: Callable[[str], str]) -> str | None:
    return form.converted(name, convert) if form.words(name) else None


def _language(form: FormReader) -> str | None:
    text = form.words("language", at_most=40)
    code = language_code(text) if text else None
    if text and code is None:
        form.errors["language"] = "Type a language (German) or its two letters (de)."
    return code


def _time_zone(form: FormReader) -> str | None:
    zone = form.words("time_zone", at_most=60)
    if zone and zone not in available_timezones():
        form.errors["time_zone"] = "Type a zone like Europe/Berlin, or leave it empty."
    return zone or None


def _custom(form: FormReader, country: str, fields: Sequence[CustomField]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        text = form.words(CUSTOM_PREFIX + field.key, at_most=1000)
        try:
            if text:
                values[field.key] = read_value(text, CustomFieldKind(field.kind), date_order(country))
        except ValueError as problem:
            form.errors[CUSTOM_PREFIX + field.key] = f"This {problem}." if text not in str(problem) else f"{problem}."
    return values
