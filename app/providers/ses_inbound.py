"""What Amazon SES receives for us, as its SNS action publishes it: the whole e-mail beside its receipt, up to 150 KB.

An S3 action's notification has no content, and says only where the e-mail lies: then it is known that it came, and from whom.
Source: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

import base64
import binascii
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses
from typing import Any

from app.domain.events import InboundMail
from app.domain.mail_answers import doubt_about, is_automatic
from app.domain.mail_html import text_from_html
from app.providers.base import Unreadable

RECEIVED = "Received"
_VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_LONGEST_BODY = 100_000  # characters


def read_ses_mail(notification: Mapping[str, Any]) -> InboundMail:
    """The e-mail in a notification of type Received; raises Unreadable."""
    try:
        return _read(notification["mail"], notification["receipt"], notification.get("content"))
    except (KeyError, TypeError, AttributeError, ValueError, LookupError, binascii.Error) as error:
        raise Unreadable(f"not the received e-mail that it says it is ({type(error).__name__})") from error


def _read(mail: Mapping[str, Any], receipt: Mapping[str, Any], content: str | None) -> InboundMail:
    headers = {str(each["name"]).lower(): str(each["value"]) for each in mail.get("headers") or ()}
    parsed = _parsed(content, receipt) if content else None
    if parsed is not None:
        headers |= {name.lower(): str(value) for name, value in parsed.items()}
    return_path = str(mail.get("source") or "")
    writers = _writers(parsed, headers)
    verdicts = {name: str((receipt.get(f"{name}Verdict") or {}).get("status", "")) for name in _VERDICTS}
    return InboundMail(
        provider_ref=str(mail["messageId"]),
        recipients=tuple(str(each) for each in receipt["recipients"]),
        writers=writers,
        subject=headers.get("subject", ""),
        body=_body(parsed)[:_LONGEST_BODY] if parsed is not None else "",
        is_automatic=is_automatic(headers, return_path),
        doubt=doubt_about(verdicts, writers, return_path),
        is_whole=parsed is not None,
    )


def _writers(parsed: EmailMessage | None, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Every address in every From: a second one is how a forger hides behind the first."""
    named = getaddresses([headers.get("from", "")]) if parsed is None else [("", each.addr_spec) for each in _from(parsed)]
    return tuple(address.lower() for _, address in named if "@" in address)


def _from(parsed: EmailMessage) -> list[Address]:
    return [address for header in parsed.get_all("from", []) for address in header.addresses]


def _parsed(content: str, receipt: Mapping[str, Any]) -> EmailMessage:
    is_base64 = str((receipt.get("action") or {}).get("encoding", "")).upper() == "BASE64"
    raw = base64.b64decode("".join(content.split()), validate=True) if is_base64 else content.encode("utf-8", "surrogateescape")
    return message_from_bytes(raw, policy=policy.default)


def _body(parsed: EmailMessage) -> str:
    """Its plain text; that of its HTML where it has nothing else."""
    part = parsed.get_body(("plain", "html"))
    if part is None:
        return ""
    text = _decoded(part)
    return text_from_html(text) if part.get_content_type() == "text/html" else text


def _decoded(part: MIMEPart) -> str:
    """A charset that nobody knows leaves the letters that all have."""
    try:
        return str(part.get_content())
    except LookupError:
        payload = part.get_payload(decode=True)
        return payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""
