"""What Amazon SES reports about a mail, in our words.

Two look-alike shapes arrive on one topic: event publishing (`eventType`) and identity notifications (`notificationType`,
without our tags). SES adds types and fields without notice, so what is unknown means NOTHING and is never an error.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.engagement import is_machine_open
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.providers.base import Unreadable
from app.providers.ses_bounces import bounce_verdict, complaint_verdict


@dataclass(frozen=True, slots=True)
class _Heard:
    """One event as it arrived, with what every kind of it needs."""

    name: str
    part: Mapping[str, Any]
    mail: Mapping[str, Any]
    sns_message_id: str
    received_at: datetime

    @property
    def ref(self) -> str:
        return str(self.mail["messageId"])

    @property
    def once_a_mail(self) -> str:
        return f"{self.name}:{self.ref}"

    def event(self, kind: EventKind, event_key: str, **values: Any) -> DeliveryEvent:
        return DeliveryEvent(
            channel=Channel.EMAIL,
            kind=kind,
            event_key=event_key,
            provider_ref=self.ref,
            occurred_at=instant(self.part.get("timestamp")) or instant(self.mail.get("timestamp")) or self.received_at,
            message_id=self._own_id("message_id"),
            attempt=self._own_id("attempt"),
            **values,
        )

    def status(self, status: DeliveryStatus, event_key: str, **values: Any) -> DeliveryEvent:
        return self.event(EventKind.STATUS, event_key, status=status, **values)

    def _own_id(self, tag: str) -> int | None:
        values = (self.mail.get("tags") or {}).get(tag) or [""]
        return int(values[0]) if re.fullmatch(r"[0-9]{1,18}", str(values[0])) else None


def read_ses_event(event: Mapping[str, Any], sns_message_id: str, received_at: datetime) -> list[DeliveryEvent]:
    """One SES event as ours, one a recipient; `received_at` stands in where no readable time is given. Raises Unreadable."""
    name = str(event.get("eventType") or event.get("notificationType") or "")
    part_key, read = _READERS.get(name, ("", _nothing))
    if not part_key and not isinstance(event.get("mail"), Mapping):
        return []  # such as AmazonSnsSubscriptionSucceeded, which is about no mail
    try:
        return read(_Heard(name, event.get(part_key) or {}, event["mail"], sns_message_id, received_at))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable(f"not the SES event that it says it is: {name} ({type(error).__name__})") from error


def _send(heard: _Heard) -> list[DeliveryEvent]:
    return [heard.status(DeliveryStatus.SENT, heard.once_a_mail, recipient=_only_recipient(heard.mail))]


def _delivery(heard: _Heard) -> list[DeliveryEvent]:
    words = heard.part.get("smtpResponse")
    addresses = [_bare(recipient) for recipient in heard.part["recipients"]]
    keys = _keys(heard.once_a_mail, addresses)
    return [
        heard.status(DeliveryStatus.DELIVERED, key, recipient=address, words=words) for key, address in zip(keys, addresses, strict=True)
    ]


def _bounce(heard: _Heard) -> list[DeliveryEvent]:
    bounce_type, sub_type = heard.part["bounceType"], heard.part["bounceSubType"]
    recipients = heard.part["bouncedRecipients"]
    keys = _keys(heard.part["feedbackId"], [_bare(recipient["emailAddress"]) for recipient in recipients])
    events = []
    for key, recipient in zip(keys, recipients, strict=True):
        verdict = bounce_verdict(bounce_type, sub_type, recipient)
        diagnosis = None if verdict.is_repeat else recipient.get("diagnosticCode")
        values = {
            "recipient": _whom(heard, recipient),
            "code": sub_type,
            "words": diagnosis or verdict.words,
            "suppress": verdict.suppress,
            "detail": {"bounce_type": bounce_type, "smtp_status": recipient.get("status"), "is_repeat": verdict.is_repeat},
        }
        events.append(heard.status(verdict.status, key, **values))
    return events


def _complaint(heard: _Heard) -> list[DeliveryEvent]:
    verdict = complaint_verdict(heard.part.get("complaintSubType"), heard.part.get("complaintFeedbackType"))
    addresses = [_bare(recipient["emailAddress"]) for recipient in heard.part["complainedRecipients"]]
    keys = _keys(heard.part["feedbackId"], addresses)
    if verdict is None:
        code = heard.part["complaintFeedbackType"]
        return [heard.event(EventKind.NOTHING, key, recipient=address, code=code) for key, address in zip(keys, addresses, strict=True)]
    values = {
        "code": heard.part.get("complaintSubType") or heard.part.get("complaintFeedbackType"),
        "words": verdict.words,
        "suppress": verdict.suppress,
        "detail": {"is_repeat": verdict.is_repeat},
    }
    return [heard.status(verdict.status, key, recipient=address, **values) for key, address in zip(keys, addresses, strict=True)]


def _delay(heard: _Heard) -> list[DeliveryEvent]:
    recipients = heard.part["delayedRecipients"]
    keys = _keys(heard.sns_message_id, [_bare(recipient["emailAddress"]) for recipient in recipients])
    return [
        heard.status(
            DeliveryStatus.DELAYED,
            key,
            recipient=_whom(heard, recipient),
            code=heard.part.get("delayType"),
            words=recipient.get("diagnosticCode"),
        )
        for key, recipient in zip(keys, recipients, strict=True)
    ]


def _reject(heard: _Heard) -> list[DeliveryEvent]:
    words = f"Amazon SES refused the content: {heard.part.get('reason', 'no reason given')}"
    return [heard.status(DeliveryStatus.NOT_SENT, heard.once_a_mail, recipient=_only_recipient(heard.mail), code="Reject", words=words)]


def _rendering_failure(heard: _Heard) -> list[DeliveryEvent]:
    words = f"It could not be personalised: {heard.part.get('errorMessage', 'no reason given')}"
    values = {"recipient": _only_recipient(heard.mail), "code": "RenderingFailure", "words": words}
    return [heard.status(DeliveryStatus.NOT_SENT, heard.once_a_mail, **values)]


def _open(heard: _Heard) -> list[DeliveryEvent]:
    return [heard.event(EventKind.OPEN, heard.sns_message_id, **_visitor(heard))]


def _click(heard: _Heard) -> list[DeliveryEvent]:
    return [heard.event(EventKind.CLICK, heard.sns_message_id, link=heard.part["link"], **_visitor(heard))]


def _subscription(heard: _Heard) -> list[DeliveryEvent]:
    wanted = heard.part["newTopicPreferences"]
    topics = wanted.get("topicSubscriptionStatus") or []
    if not wanted.get("unsubscribeAll") and all(topic.get("subscriptionStatus") != "OptOut" for topic in topics):
        return _nothing(heard)
    values = {"recipient": _only_recipient(heard.mail), "code": heard.part.get("source"), "suppress": Suppress.UNSUBSCRIBE}
    return [heard.event(EventKind.UNSUBSCRIBE, heard.sns_message_id, **values)]


def _nothing(heard: _Heard) -> list[DeliveryEvent]:
    return [heard.event(EventKind.NOTHING, heard.sns_message_id, recipient=_only_recipient(heard.mail), code=heard.name)]


_READERS: dict[str, tuple[str, Callable[[_Heard], list[DeliveryEvent]]]] = {
    "Send": ("send", _send),
    "Delivery": ("delivery", _delivery),
    "Bounce": ("bounce", _bounce),
    "Complaint": ("complaint", _complaint),
    "DeliveryDelay": ("deliveryDelay", _delay),
    "Reject": ("reject", _reject),
    "Rendering Failure": ("failure", _rendering_failure),
    "Open": ("open", _open),
    "Click": ("click", _click),
    "Subscription": ("subscription", _subscription),
}


def _visitor(heard: _Heard) -> dict[str, Any]:
    """Who opened or clicked. Only the user agent speaks here; how soon after delivery it was is judged where that is known."""
    agent = heard.part.get("userAgent")
    return {
        "recipient": _only_recipient(heard.mail),
        "user_agent": agent,
        "is_machine": True if is_machine_open(agent, None) else None,
        "detail": {"ip_address": heard.part.get("ipAddress"), "link_tags": heard.part.get("linkTags") or {}},
    }


def _keys(base: str, addresses: Sequence[str]) -> list[str]:
    """Our mails have one recipient, and then the provider's own key; with several each needs one."""
    return [base] if len(addresses) == 1 else [f"{base}/{address}" for address in addresses]


def _whom(heard: _Heard, recipient: Mapping[str, Any]) -> str:
    """To whom we wrote: where a mailbox forwards, the report names the address that it forwards to."""
    return _only_recipient(heard.mail) or _bare(recipient["emailAddress"])


def _only_recipient(mail: Mapping[str, Any]) -> str | None:
    addresses = mail.get("destination") or []
    return _bare(addresses[0]) if len(addresses) == 1 else None


_BARE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")


def _bare(address: str) -> str:
    """The address alone, its domain in lower case: SES passes on "Dana <dana@Example.net>" as it was written."""
    bare = address if _BARE.fullmatch(address) else parseaddr(address)[1] or address  # parsing is an eighth of applying an event
    local, at, domain = bare.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def instant(text: Any) -> datetime | None:
    """ISO 8601, also with a space before its offset as in AWS's own documentation; None for what cannot be read."""
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text if text.endswith("Z") else re.sub(r"\s+(?=[+-]\d)", "", text.strip()))
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
