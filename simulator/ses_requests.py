"""SendEmail and SendBulkEmail bodies, read into mails the way that SES reads them."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from simulator import clock
from simulator.mail import Call, Mail, Template, bare_address
from simulator.ses_checks import (
    MOST_ENTRIES,
    check_address,
    checked_configuration_set,
    checked_data,
    checked_destination,
    checked_headers,
    checked_tags,
)
from simulator.ses_errors import BadInput, SesError
from simulator.ses_events import new_message_id

Body = Mapping[str, Any]
_ONCE_IN_MIME = frozenset(
    {"from", "to", "cc", "bcc", "subject", "mime-version", "content-type", "content-transfer-encoding", "date", "message-id"}
)


@dataclass(frozen=True)
class RefusedEntry:
    """An entry of a bulk call that went no further."""

    words: str


@dataclass(frozen=True)
class _Content:
    template: Template
    headers: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Any] | None = None
    attachments: tuple[str, ...] = ()
    templated: bool = False


def single_mail(body: Body, *, ses_tracks: bool) -> Mail:
    """The mail that a SendEmail asks for; raises BadInput or SesError."""
    content = _content(body.get("Content") or {})
    call = _call(body, "SendEmail", content, ses_tracks=ses_tracks)
    return _mail(call, checked_destination(body.get("Destination")), content, checked_tags(body.get("EmailTags")))


def bulk_mails(body: Body, *, ses_tracks: bool) -> Iterator[Mail | RefusedEntry]:
    """One mail or refusal for each entry of a SendBulkEmail, in order; raises BadInput or SesError for the whole call."""
    entries = body.get("BulkEmailEntries") or ()
    if not 1 <= len(entries) <= MOST_ENTRIES:
        raise BadInput(f"BulkEmailEntries must have between 1 and {MOST_ENTRIES} members.")
    template = (body.get("DefaultContent") or {}).get("Template")
    if not template:
        raise BadInput("DefaultContent.Template is required.")

    content = _from_template(template)
    call = _call(body, "SendBulkEmail", content, ses_tracks=ses_tracks)
    default_tags = body.get("DefaultEmailTags")
    checked_tags(default_tags)
    return (_entry(entry, call, content, default_tags) for entry in entries)


def _entry(entry: Body, call: Call, content: _Content, default_tags: Any) -> Mail | RefusedEntry:
    """An entry's own data replaces the default whole; an empty one falls back to it."""
    try:
        replacement = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
        own = _Content(
            content.template,
            checked_headers(entry.get("ReplacementHeaders"), content.headers),
            checked_data(replacement.get("ReplacementTemplateData")) or content.data,
            content.attachments,
        )
        tags = checked_tags(default_tags, entry.get("ReplacementTags"))
        return _mail(call, checked_destination(entry.get("Destination")), own, tags)
    except BadInput as refusal:
        return RefusedEntry(str(refusal))


def _mail(call: Call, to: tuple[str, ...], content: _Content, tags: Mapping[str, str]) -> Mail:
    at = clock.now()
    return Mail(new_message_id(at), call, to, at, content.data or {}, content.headers, tags, content.attachments)


def _call(body: Body, operation: str, content: _Content, *, ses_tracks: bool) -> Call:
    source = body.get("FromEmailAddress") or ""
    if not source:
        raise BadInput("FromEmailAddress is required.")
    check_address(source)
    tracking = (body.get("ConfigurationOverrides") or {}).get("Tracking") or {}
    return Call(
        operation=operation,
        source=source,
        configuration_set=checked_configuration_set(body.get("ConfigurationSetName")),
        template=content.template,
        templated=content.templated,
        tracks_opens=ses_tracks and tracking.get("OpenTrackingEnabled") != "DISABLED",
        tracks_clicks=ses_tracks and tracking.get("ClickTrackingEnabled") != "DISABLED",
        reply_to=_checked_reply_to(body.get("ReplyToAddresses")),
    )


def _checked_reply_to(addresses: Any) -> tuple[str, ...]:
    for address in addresses or ():
        check_address(address)
    return tuple(bare_address(address) for address in addresses or ())


def _content(content: Body) -> _Content:
    given = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]
    if len(given) != 1:
        raise BadInput("Content must hold exactly one of Simple, Raw and Template.")
    return {"Simple": _from_simple, "Raw": _from_raw, "Template": _from_template}[given[0]](content[given[0]])


def _from_simple(simple: Body) -> _Content:
    body = simple.get("Body") or {}
    subject, text, html = ((part or {}).get("Data") or "" for part in (simple.get("Subject"), body.get("Text"), body.get("Html")))
    if not (text or html):
        raise BadInput("Body must hold Text or Html.")
    plain = Template(subject, text, html, has_slots=False)
    return _Content(plain, checked_headers(simple.get("Headers")), attachments=_attachments(simple))


def _from_template(template: Body) -> _Content:
    content = template.get("TemplateContent")
    if not content:
        name = template.get("TemplateName") or template.get("TemplateArn")
        raise SesError("NotFoundException", f"Template {name} does not exist.", 404) if name else BadInput("Template names no content.")
    parts = Template(content.get("Subject") or "", content.get("Text") or "", content.get("Html") or "")
    if parts.unreadable:
        raise BadInput("Template content is not valid: inline templates take simple substitutions only.")
    return _Content(
        parts, checked_headers(template.get("Headers")), checked_data(template.get("TemplateData")), _attachments(template), templated=True
    )


def _from_raw(raw: Body) -> _Content:
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(base64.b64decode(raw.get("Data") or "", validate=True))
    except binascii.Error:
        raise BadInput("Raw.Data is not valid base64.") from None
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (str(part.get_content()) if isinstance(part, EmailMessage) else "" for part in parts)
    headers = tuple((name, str(value)) for name, value in message.items() if name.lower() not in _ONCE_IN_MIME)
    names = tuple(part.get_filename() or "attachment" for part in message.iter_attachments())
    return _Content(Template(str(message.get("Subject", "")), text, html, has_slots=False), headers, attachments=names)


def _attachments(part: Body) -> tuple[str, ...]:
    return tuple(attachment.get("FileName") or "" for attachment in part.get("Attachments") or ())
