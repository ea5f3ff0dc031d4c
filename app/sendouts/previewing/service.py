"""A send-out as one real person would get it. Looking counts nowhere: no pixel, no rewritten link, no token of anybody's."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.mail_html import as_document
from app.domain.rendering import EmailTemplate, render_text
from app.domain.sms_segments import measure_text
from app.domain.template_language import TemplateError
from app.extensions import db
from app.lib.catalogue import spoken
from app.lib.errors import NotFound
from app.messages.campaign import UNSUBSCRIBE_MARK, marked_parts
from app.messages.fields import LANGUAGE, fields_of
from app.messages.fixed_words import said
from app.messages.footers import footer_for
from app.messages.questions import sample_links, sms_source, without_links
from app.models import Organisation, Participant, Sendout
from app.sendouts.composing.queries import name_of, sender_of, someone
from app.sendouts.counting import reached_people
from app.sendouts.judgement import judgement_of
from app.sendouts.reviewing.problems import PART_WORDS

OFFERED = 50
_OWN_LINK = "(their own link)"
_BASE = '<base target="_blank">'  # a link in the frame opens beside it


@dataclass(frozen=True, slots=True)
class MailPreview:
    """The e-mail: a whole HTML document, and its plain-text part."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class TextPreview:
    """The text, and how many it counts as."""

    words: str
    parts: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person would get, by the channels in use; `problem` where it cannot be written."""

    participant_id: int
    name: str
    sender: str
    mail: MailPreview | None = None
    text: TextPreview | None = None
    problem: str | None = None


def people_to_preview(sendout: Sendout) -> list[tuple[int, str]]:
    """The first of those who would get it; without any, one participant of the organisation, so that something can be seen."""
    people = [(person.participant_id, person.name) for person in reached_people(judgement_of(sendout), OFFERED)]
    if people:
        return people
    anybody = someone(sendout.organisation_id)
    return [] if anybody is None else [(anybody, name_of(db.session.get_one(Participant, anybody)))]


def preview(sendout: Sendout, participant_id: int) -> Preview:
    """The send-out as this person would get it. Raises NotFound for somebody else's participant."""
    person = db.session.scalars(
        select(Participant).where(Participant.id == participant_id, Participant.organisation_id == sendout.organisation_id)
    ).one_or_none()
    if person is None:
        raise NotFound("There is no such person.")
    fields = fields_of(
        (
            person.first_name,
            person.last_name,
            person.email_address,
            person.phone_number,
            person.member_number,
            person.about,
            person.custom,
            person.language,
        )
    )
    sender = sender_of(sendout, Channel.EMAIL)
    seen = Preview(person.id, name_of(person), (sender.display_name or sender.address) if sender else "")
    try:
        return replace(seen, mail=_mail(sendout, fields), text=_text(sendout, fields))
    except TemplateError as problem:
        return replace(seen, problem=f"{PART_WORDS[problem.part]}, line {problem.line}: {problem.words}.")


def _mail(sendout: Sendout, fields: dict[str, Any]) -> MailPreview | None:
    if Channel.EMAIL not in ChannelPlan(sendout.channel_plan).channels:
        return None
    organisation = db.session.get_one(Organisation, sendout.organisation_id)
    footer = footer_for(organisation, is_marketing=sendout.communication_type == CommunicationType.MARKETING)
    html, text = marked_parts(sendout, footer, is_tracked=False)
    mail = EmailTemplate.parse(sendout.subject, html, text).render(fields)
    language = spoken(fields[LANGUAGE], organisation.language)
    written = said(mail.html, language)
    document = as_document(without_links(written.replace(UNSUBSCRIBE_MARK, "#"), "#"), language=organisation.language)
    plain = without_links(said(mail.text, language).replace(UNSUBSCRIBE_MARK, _OWN_LINK), _OWN_LINK)
    return MailPreview(mail.subject, document.replace("</head>", f"{_BASE}</head>", 1), plain)


def _text(sendout: Sendout, fields: dict[str, Any]) -> TextPreview | None:
    if Channel.SMS not in ChannelPlan(sendout.channel_plan).channels:
        return None
    words = render_text(sms_source(sendout), {**fields, **sample_links(sendout, fields[LANGUAGE])})
    return TextPreview(words, measure_text(words).segments)
