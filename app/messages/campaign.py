"""A send-out made ready to hand over: its template parsed once, its links and senders looked up once."""

from dataclasses import dataclass
from email.header import Header
from typing import Any

from sqlalchemy import select

from app.domain.channels import CommunicationType
from app.domain.links import add_pixel, add_visible_pixel, rewrite_links
from app.domain.mail_html import as_document, escaped_beside_liquid, text_from_html
from app.domain.mail_styles import in_column, inline_styles
from app.domain.rendering import EmailTemplate, TextTemplate
from app.extensions import db
from app.messages.answer_addresses import AnswerKind, answer_address
from app.messages.edit_links import EDIT_MARK, EXPLAINED_PATH, is_open, with_edit_link
from app.messages.fields import LANGUAGE
from app.messages.fixed_words import HOW_SEEN, Slots, marked, of_reader, slots_of, slotted, text_words
from app.messages.footers import Footer, footer_for
from app.messages.questions import ACKNOWLEDGE_MARK, ANSWER_MARK, email_questions, is_asking, sms_source, text_links
from app.messages.urls import MessageUrls
from app.models import Organisation, Sender, Sendout, SendoutAttachment
from app.providers.base import Attachment
from app.users.organisation.tracked import goes_tracked
from app.web.installation import settings

CLICK_MARK = "sendout-click-mark-{}-"
OPEN_MARK = "sendout-open-mark-"
UNSUBSCRIBE_MARK = "sendout-unsubscribe-mark-"


@dataclass(frozen=True, slots=True)
class EmailCampaign:
    """What one send-out's e-mails share. Tracked by us or by the provider, never by both, or each open would come twice."""

    sendout_id: int
    template: EmailTemplate
    html: str
    text: str
    sender: str
    reply_to: str | None
    answers_to: str | None
    is_marketing: bool
    is_tracked: bool
    is_tracked_by_provider: bool
    is_asking: bool
    has_edit_link: bool
    attachments: tuple[Attachment, ...]
    words: Slots

    def slots(self, message_id: int, fields: dict[str, Any], urls: MessageUrls) -> dict[str, str]:
        """One person's values: the personal expressions, and the message's own addresses."""
        slots = self.template.slots_for(fields)
        slots |= of_reader(self.words, fields.get(LANGUAGE))
        slots["unsubscribe"] = urls.unsubscribe(message_id)
        if self.is_asking:
            slots |= {"acknowledge": urls.acknowledge(message_id), "answer": urls.answer(message_id)}
        if self.has_edit_link:
            slots["edit"] = urls.edit(message_id)
        if self.is_tracked:
            slots["open"] = urls.open_pixel(message_id)
            slots["click"] = urls.clicks(message_id, self.sendout_id)
        return slots


@dataclass(frozen=True, slots=True)
class TextCampaign:
    """What one send-out's texts share."""

    template: TextTemplate
    sender: str
    sender_id: int
    segments_per_second: float
    is_asking: bool
    words: Slots

    def body(self, message_id: int, fields: dict[str, Any], urls: MessageUrls) -> str:
        """One person's text. Raises TemplateError."""
        if not self.is_asking:
            return self.template.render(fields)
        return self.template.render({**fields, **of_reader(self.words, fields.get(LANGUAGE)), **text_links(message_id, urls)})


def email_campaign(sendout: Sendout) -> EmailCampaign:
    """Parse and look up what the e-mails of a send-out share. Raises TemplateError for what Review would have caught."""
    organisation = db.session.get_one(Organisation, sendout.organisation_id)
    sender = db.session.get_one(Sender, sendout.email_sender_id)
    wanted = goes_tracked(sendout)
    tracked = wanted and settings().tracking_source == "own"
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    footer = footer_for(organisation, is_marketing=is_marketing)
    if is_open(sendout):
        footer = with_edit_link(footer, has_follow_up=organisation.has_follow_up)
    html, text = marked_parts(sendout, footer, is_tracked=tracked)
    if tracked:
        html = _with_pixel(html, is_visible=organisation.has_visible_pixel or sendout.has_visible_pixel)
    html = as_document(html, language=organisation.language)
    template = EmailTemplate.parse(sendout.subject, html, text)
    answers_to = answer_address(AnswerKind.SENDOUT, sendout.id)
    return EmailCampaign(
        sendout_id=sendout.id,
        template=template,
        html=_with_slots(template.html),
        text=_with_slots(template.text),
        sender=from_value(sender),
        reply_to=sendout.reply_to or (sender.address if answers_to else None),  # as without any: back to where it comes from
        answers_to=answers_to,
        is_marketing=is_marketing,
        is_tracked=tracked,
        is_tracked_by_provider=wanted and not tracked,
        is_asking=is_asking(sendout),
        has_edit_link=is_open(sendout),
        attachments=_attachments(sendout.id),
        words=slots_of(html + text, organisation.language),
    )


def text_campaign(sendout: Sendout) -> TextCampaign:
    """Parse and look up what the texts of a send-out share. Raises TemplateError for what Review would have caught."""
    sender = db.session.get_one(Sender, sendout.sms_sender_id)
    words = text_words(db.session.get_one(Organisation, sendout.organisation_id).language)
    template = TextTemplate.parse(sms_source(sendout))
    return TextCampaign(template, sender.address, sender.id, sender.segments_per_second, is_asking(sendout), words)


def marked_parts(sendout: Sendout, footer: Footer, *, is_tracked: bool) -> tuple[str, str]:
    """The HTML and plain-text part with their footers, and marks where each message's own addresses go.

    Marks, and not Liquid: what is the same for every expression need not be evaluated for each person.
    """
    asked_html, asked_text = email_questions(sendout)
    text = (sendout.text or text_from_html(sendout.html)) + asked_text + footer.text.format(unsubscribe=UNSUBSCRIBE_MARK)
    html = inline_styles(sendout.html)
    if is_tracked:
        html, _ = rewrite_links(html, lambda position, _url: CLICK_MARK.format(position))
    html = _preview(sendout.preview_text) + in_column(html + asked_html + footer.html.format(unsubscribe=UNSUBSCRIBE_MARK))
    return html, text


def _with_pixel(html: str, *, is_visible: bool) -> str:
    """The HTML with the picture that tells of an opening; a visible one is labelled, and leads to what explains it."""
    if not is_visible:
        return add_pixel(html, OPEN_MARK)
    return add_visible_pixel(html, f"{OPEN_MARK}?auto", settings().public_url + EXPLAINED_PATH, marked(HOW_SEEN))


def _preview(words: str) -> str:
    """The words that inboxes show after the subject, and that the mail itself hides."""
    if not words:
        return ""
    return f'<div style="display:none;max-height:0;overflow:hidden">{escaped_beside_liquid(words)}</div>'


def links_of(html: str) -> list[str]:
    """The links of an e-mail that are tracked when tracking is on, in their order."""
    return rewrite_links(html, lambda position, _url: CLICK_MARK.format(position))[1]


def _with_slots(part: str) -> str:
    part = slotted(part).replace(OPEN_MARK, "{{open}}").replace(UNSUBSCRIBE_MARK, "{{unsubscribe}}").replace(EDIT_MARK, "{{edit}}")
    part = part.replace(ACKNOWLEDGE_MARK, "{{acknowledge}}").replace(ANSWER_MARK, "{{answer}}")
    pieces = part.split("sendout-click-mark-")
    return pieces[0] + "".join(_click_slot(piece) for piece in pieces[1:])


def _click_slot(piece: str) -> str:
    position, _, rest = piece.partition("-")
    return f"{{{{click}}}}/{position}{rest}"


def from_value(sender: Sender) -> str:
    """The From value of an e-mail sender, its display name included."""
    return f"{_quoted(sender.display_name)} <{sender.address}>" if sender.display_name else sender.address


def _quoted(name: str) -> str:
    """A display name as SES wants it: quoted, and RFC 2047 encoded where it is not ASCII."""
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return Header(name, "utf-8").encode(linesep="")  # folded for its length, and SES takes no line breaks


def _attachments(sendout_id: int) -> tuple[Attachment, ...]:
    rows = db.session.execute(
        select(SendoutAttachment.file_name, SendoutAttachment.content_type, SendoutAttachment.content)
        .where(SendoutAttachment.sendout_id == sendout_id)
        .order_by(SendoutAttachment.id)
    )
    return tuple(Attachment(*row) for row in rows)
