"""What Twilio posts to us: reports on texts, and texts that people sent."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind, InboundText, Suppress
from app.providers.base import BadSignature, Callback, Unreadable
from app.providers.error_outcomes import TextOutcome, error_outcome, has_left
from app.providers.twilio import TextRecord

_Form = dict[str, list[str]]

_MOST_FIELDS = 500
_DEFAULT_PORTS = {"https": 443, "http": 80}

_STATUSES = {
    **dict.fromkeys(("scheduled", "accepted", "queued", "sending", "sent"), DeliveryStatus.SENT),
    **dict.fromkeys(("delivered", "read"), DeliveryStatus.DELIVERED),
    "canceled": DeliveryStatus.NOT_SENT,
}
_FAILURES = frozenset({"failed", "undelivered"})


class TwilioReader:
    """Tells what Twilio posted from what others did, and puts it into our words.

    Several tokens are accepted, so that one can be exchanged for another. `shared_key` is for accounts that have
    Twilio's shared-key signatures (HMAC-SHA256); without it a request cannot choose that algorithm.
    """

    def __init__(self, auth_tokens: Sequence[str], shared_key: str | None = None) -> None:
        self._auth_tokens = [token for token in auth_tokens if token]
        self._shared_key = shared_key

    def verify(self, callback: Callback) -> None:
        """Raise BadSignature unless Twilio signed this for the public URL that it was sent to."""
        given = callback.headers.get("x-twilio-signature", "").encode(errors="replace")
        signed = _signed_parameters(callback)
        keys, algorithm = self._keys(callback)
        computed = [_signature(key, url + signed, algorithm) for key in keys for url in _spellings(callback.url)]
        if not any(hmac.compare_digest(each, given) for each in computed):
            raise BadSignature("a signature that does not fit")

    def receipt_key(self, callback: Callback) -> str:
        """A hash of the parameters in any order; of the body where it is no form."""
        content = json.dumps(sorted(_form(callback).items())).encode() if _is_form(callback) else callback.body
        return hashlib.sha256(content).hexdigest()

    def read(self, callback: Callback) -> list[DeliveryEvent | InboundText]:
        """The report or the text in a verified callback; raises Unreadable for what is neither."""
        try:
            form = _form(callback)
        except BadSignature as error:
            raise Unreadable(str(error)) from error
        if not _first(form, "MessageSid"):
            raise Unreadable("no message is named")
        if "MessageStatus" in form and _first(form, "SmsStatus") != "received":
            return [_report(form, callback)]
        if "From" in form and "To" in form:
            return [_inbound(form)]
        raise Unreadable("neither a report nor a text")

    def _keys(self, callback: Callback) -> tuple[Sequence[str], str]:
        settings = callback.headers.get("x-twilio-webhooks-signature-settings", "")
        if self._shared_key and "algorithm=HMAC_SHA256" in settings:
            return [self._shared_key], "sha256"
        return self._auth_tokens, "sha1"


def reported(record: TextRecord, asked_at: datetime) -> DeliveryEvent:
    """What a text's record says, as the event that its callback would have been: under the same key, so that both count once."""
    error = "" if record.error_code is None else str(record.error_code)
    status, suppress, words = _meaning(record.status, record.error_code)
    return DeliveryEvent(
        channel=Channel.SMS,
        kind=EventKind.STATUS if record.status else EventKind.NOTHING,
        event_key=f"{record.ref}:{record.status}:{error}",
        provider_ref=record.ref,
        occurred_at=record.updated_at or asked_at,
        status=status,
        recipient=record.to or None,
        code=error or None,
        words=words,
        suppress=suppress,
        detail={"status": record.status, "sender": record.sender},
    )


def twiml(reply: str | None = None) -> str:
    """What answers an inbound text, as text/xml: silence, or a text back."""
    message = "" if reply is None else f"<Message>{escape(reply)}</Message>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'


def _report(form: _Form, callback: Callback) -> DeliveryEvent:
    word, error = _first(form, "MessageStatus"), _first(form, "ErrorCode")
    code = int(error) if re.fullmatch(r"[0-9]{1,9}", error) else None
    status, suppress, words = _meaning(word, code)
    own = parse_qs(urlsplit(callback.url).query)
    return DeliveryEvent(
        channel=Channel.SMS,
        kind=EventKind.STATUS if status else EventKind.NOTHING,
        event_key=f"{_first(form, 'MessageSid')}:{word}:{error}",
        provider_ref=_first(form, "MessageSid"),
        occurred_at=callback.received_at,  # Twilio gives no time, or the carrier's to the minute in a zone of its own
        status=status,
        message_id=_own_id(own, "m"),
        attempt=_own_id(own, "a"),
        recipient=_first(form, "To") or None,
        code=error or None,
        words=words,
        suppress=suppress,
        detail={"status": word, "sender": _first(form, "From") or None},
    )


def _meaning(word: str, code: int | None) -> tuple[DeliveryStatus | None, Suppress, str | None]:
    """Our status for Twilio's, what it asks of the Unsubscribes list, and why; no status for words that we do not know."""
    if word not in _FAILURES:
        return _STATUSES.get(word), Suppress.NOTHING, "Cancelled at Twilio." if word == "canceled" else None
    meaning = error_outcome(code)
    if meaning.outcome is TextOutcome.OPTED_OUT:
        return DeliveryStatus.SKIPPED, Suppress.STOP, meaning.words
    if meaning.outcome is TextOutcome.BAD_NUMBER:
        return DeliveryStatus.BAD_NUMBER, Suppress.BAD_NUMBER, meaning.words
    status = DeliveryStatus.FAILED if meaning.outcome is not TextOutcome.PERMANENT or has_left(code) else DeliveryStatus.NOT_SENT
    return status, Suppress.NOTHING, meaning.words


def _inbound(form: _Form) -> InboundText:
    return InboundText(
        provider_ref=_first(form, "MessageSid"),
        from_number=_first(form, "From"),
        to_number=_first(form, "To"),
        messaging_service=_first(form, "MessagingServiceSid") or None,
        body=_first(form, "Body"),
        media=tuple(_media(form)),
        opt_out_type=_first(form, "OptOutType") or None,
        segments=_number(form, "NumSegments") or 1,
    )


def _media(form: _Form) -> Iterator[tuple[str, str]]:
    for number in range(min(_number(form, "NumMedia"), _MOST_FIELDS)):
        url = _first(form, f"MediaUrl{number}")
        if url:
            yield _first(form, f"MediaContentType{number}"), url


def _signed_parameters(callback: Callback) -> str:
    """What is signed after the URL: a form's parameters; of any other body only its hash, which is part of the URL."""
    if _is_form(callback):
        return "".join(f"{name}{value}" for name, values in sorted(_form(callback).items()) for value in sorted(set(values)))
    body_hash = parse_qs(urlsplit(callback.url).query).get("bodySHA256", [""])[0]
    if not callback.body and not body_hash:
        return ""
    if not hmac.compare_digest(hashlib.sha256(callback.body).hexdigest().encode(), body_hash.encode(errors="replace")):
        raise BadSignature("a body that does not fit its hash")
    return ""


def _is_form(callback: Callback) -> bool:
    return callback.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")


def _form(callback: Callback) -> _Form:
    """The parameters, white space and empty values kept: they are signed."""
    try:
        return parse_qs(callback.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadSignature("a body that is no form") from error


def _spellings(url: str) -> tuple[str, str]:
    """With and without its port: Twilio signs one or the other."""
    parts = urlsplit(url)
    port = f":{parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)}"
    other = parts.netloc.removesuffix(port) if parts.port else parts.netloc + port
    return url, url.replace(f"://{parts.netloc}", f"://{other}", 1)


def _signature(key: str, text: str, algorithm: str) -> bytes:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(errors="replace"), algorithm))


def _first(form: _Form, name: str) -> str:
    return form.get(name, [""])[0]


def _number(form: _Form, name: str) -> int:
    text = _first(form, name)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def _own_id(query: _Form, name: str) -> int | None:
    text = _first(query, name)
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
