"""Message templates, and how each reads with the names of its fields in their places."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.mail_html import as_document
from app.domain.mail_styles import in_column, inline_styles
from app.domain.rendering import EmailTemplate, render_text
from app.domain.template_language import TemplateError
from app.extensions import db
from app.lib.errors import NotFound
from app.models import MessageTemplate
from app.sendouts.composing.queries import field_choices


@dataclass(frozen=True, slots=True)
class Shown:
    """A template as it reads; a part that it has not is empty."""

    id: int
    name: str
    subject: str
    has_mail: bool
    text: str


def all_templates(organisation_id: int) -> list[MessageTemplate]:
    """The organisation's templates by name."""
    asked = select(MessageTemplate).where(MessageTemplate.organisation_id == organisation_id, MessageTemplate.deleted_at.is_(None))
    return list(db.session.scalars(asked.order_by(func.lower(MessageTemplate.name), MessageTemplate.id)))


def template_of(organisation_id: int, template_id: int) -> MessageTemplate:
    """One of them, also one that was thrown away. Raises NotFound."""
    found = db.session.get(MessageTemplate, template_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("There is no such template.")
    return found


def shown_templates(organisation_id: int) -> list[Shown]:
    """All of them as they read, without their e-mails, which are shown in frames of their own."""
    names = _field_names(organisation_id)
    return [
        Shown(each.id, each.name, _text(each.subject, names), bool(each.html), _text(each.sms_body, names))
        for each in all_templates(organisation_id)
    ]


def mail_of(template: MessageTemplate) -> str:
    """A template's e-mail as a document, with the names of its fields in their places."""
    html = in_column(inline_styles(template.html))
    with suppress(TemplateError):  # then it is shown as it was written: Review says what is wrong with it
        html = EmailTemplate.parse("", html, "").render(_field_names(template.organisation_id)).html
    return as_document(html)


def _text(words: str, names: dict[str, str]) -> str:
    try:
        return render_text(words, names)
    except TemplateError:
        return words


def _field_names(organisation_id: int) -> dict[str, str]:
    return {key: f"[{word}]" for key, word in field_choices(organisation_id)}
