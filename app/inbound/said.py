"""What our messages said to one person: their templates, filled in as they were for them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from app.domain.rendering import render_text
from app.domain.template_language import TemplateError
from app.extensions import db
from app.messages.fields import PERSON_FIELDS, fields_of

Said = tuple[str, int | None]  # a template, and the participant whom it went to

_PEOPLE = text(f"SELECT p.id, {PERSON_FIELDS} FROM participants p WHERE p.id = ANY(:ids)")  # noqa: S608  a constant of ours


def words_said(messages: Iterable[Said]) -> dict[Said, str]:
    """The words that each of these templates had for its person, by today's fields; as written where it cannot be filled in."""
    wanted = set(messages)
    ids = sorted({participant_id for _, participant_id in wanted if participant_id is not None})
    people = {row[0]: fields_of(row[1:]) for row in db.session.execute(_PEOPLE, {"ids": ids})} if ids else {}
    return {(template, each): _filled(template, people.get(each or 0, {})) for template, each in wanted}


def _filled(template: str, fields: dict[str, Any]) -> str:
    if "{" not in template:
        return template
    try:
        return render_text(template, fields)
    except TemplateError:
        return template
