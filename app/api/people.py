"""Participants as programs send them: the same checks and the same words as for the form."""

from collections.abc import Mapping
from typing import Any

from app.api.bodies import asked_object, flag_at, text_at, texts_at
from app.api.door import Caller
from app.lib.errors import Conflict, Invalid
from app.models import Participant
from app.participants import service
from app.participants.custom_fields import custom_fields
from app.participants.forms import CUSTOM_PREFIX, read_person, typed_before
from app.participants.typed import TypedPerson
from app.web.forms import FormReader

_PLAIN = ("first_name", "last_name", "email_address", "phone_number", "language", "time_zone", "member_number")
_KNOWN = (*_PLAIN, "about", "custom", "allow_shared_address")


def add_person(who: Caller) -> Participant:
    """Make the person that the request describes. Raises Invalid; Conflict where somebody has one of the addresses already."""
    return _kept(who, None, {})


def change_person(who: Caller, participant_id: int) -> Participant:
    """Change what the request names, and nothing else; null empties. Raises NotFound, and what `add_person` raises."""
    person = service.person_of(who.organisation_id, participant_id, is_locked=True)
    return _kept(who, person, typed_before(person))


def _kept(who: Caller, person: Participant | None, before: Mapping[str, str]) -> Participant:
    body = asked_object(_KNOWN)
    typed = _typed(who, {**before, **_as_form(who, body)})
    sharers = [] if flag_at(body, "allow_shared_address") else service.doubts_about(who.organisation_id, typed, person).sharers
    if sharers:
        raise Conflict(
            f"Participant {sharers[0].id} has this e-mail address or number already. Change that one, or say “allow_shared_address”: true."
        )
    return service.save(who.organisation_id, person, typed, who.user_id)


def _typed(who: Caller, values: Mapping[str, str]) -> TypedPerson:
    form = FormReader(values)
    typed = read_person(form, who.country, custom_fields(who.organisation_id))
    for name, problem in form.errors.items():
        raise Invalid(problem, f"custom.{name.removeprefix(CUSTOM_PREFIX)}" if name.startswith(CUSTOM_PREFIX) else name)
    return typed


def _as_form(who: Caller, body: Mapping[str, Any]) -> dict[str, str]:
    """What the request names, as the form would have it."""
    values = {name: text_at(body, name) for name in _PLAIN if name in body}
    if "about" in body:
        values["about"] = "\n".join(_names(texts_at(body, "about")))
    custom = body.get("custom", {})
    if not isinstance(custom, dict):
        raise Invalid("“custom” has to be an object: a value by the key of its field.", "custom")
    known = {each.key for each in custom_fields(who.organisation_id)} if custom else set()
    return values | {CUSTOM_PREFIX + key: _value(key, value, known) for key, value in custom.items()}


def _names(about: list[str]) -> list[str]:
    """The form takes what these divide for several names."""
    if any(mark in name for name in about for mark in ",;\n"):
        raise Invalid("Each name in “about” stands for itself, without a comma, a semicolon or a new line.", "about")
    return about


def _value(key: str, value: object, known: set[str]) -> str:
    name = f"custom.{key[:60]}"
    if key not in known:
        raise Invalid(f"There is no field “{key[:60]}”. Ask for /fields, or make it under Settings.", name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid("A field has a text, a number, a date as text, or null.", name)
    return text_at({name: str(value)}, name)
