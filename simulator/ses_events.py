"""SES's event documents, in the full shape that event publishing gives them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from simulator import clock
from simulator.behaviour import Moment
from simulator.mail import Mail, bare_address

ACCOUNT = "111122223333"
REGION = "eu-west-1"
_MTA = f"a4-12.smtp-out.{REGION}.amazonses.com"
_OBJECT_KEYS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
_WITHOUT_HEADERS = frozenset({"Rendering Failure", "DeliveryDelay"})
_DELAY_ALLOWED_SECONDS = 14 * 3600


def event_message(mail: Mail, moment: Moment, at: float) -> str:
    """What SNS carries in its Message: the event as JSON with the newline that SES ends it with."""
    key = _OBJECT_KEYS.get(moment.event, moment.event.lower())
    build = _BUILDERS.get(moment.event, _as_told)
    document = {"eventType": moment.event, key: build(mail, moment.detail or {}, at), "mail": _mail(mail, moment.event)}
    return json.dumps(document, ensure_ascii=False) + "\n"


def new_message_id(at: float) -> str:
    """Amazon's form for eu-west-1: `0102`, the milliseconds, a UUID."""
    return f"0102{int(at * 1000):012x}-{uuid.uuid4()}-000000"


def _mail(mail: Mail, event: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "timestamp": clock.iso_instant(mail.accepted_at),
        "source": mail.call.source,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{_domain(mail)}",
        "sendingAccountId": ACCOUNT,
        "messageId": mail.message_id,
        "destination": list(mail.to),
        "headersTruncated": False,
    }
    if event not in _WITHOUT_HEADERS:
        described |= _headers(mail, with_subject=not (event == "Send" and mail.call.templated))
    described["tags"] = _tags(mail, event)
    return described


def _headers(mail: Mail, *, with_subject: bool) -> dict[str, Any]:
    """A templated mail has no subject yet when its Send event is made."""
    subject = [("Subject", mail.subject)] if with_subject else []
    pairs = [("From", mail.call.source), ("To", ", ".join(mail.to)), *subject, ("MIME-Version", "1.0"), *mail.headers]
    pairs.append(("Content-Type", 'multipart/alternative;  boundary="----=_Part_4471_1188.1772615702"'))
    common: dict[str, Any] = {"from": [mail.call.source], "to": list(mail.to), "messageId": mail.message_id}
    if with_subject:
        common["subject"] = mail.subject
    return {"headers": [{"name": name, "value": value} for name, value in pairs], "commonHeaders": common}


def _tags(mail: Mail, event: str) -> dict[str, list[str]]:
    tags = {
        "ses:operation": [mail.call.operation],
        "ses:configuration-set": [mail.call.configuration_set],
        "ses:source-ip": ["198.51.100.24"],
        "ses:from-domain": [_domain(mail)],
        "ses:caller-identity": ["bulk-sender"],
        **{name: [value] for name, value in mail.tags.items()},
    }
    return tags | ({"ses:outgoing-ip": ["192.0.2.61"]} if event == "Delivery" else {})


def _domain(mail: Mail) -> str:
    return bare_address(mail.call.source).partition("@")[2]


def _as_told(_mail: Mail, detail: Mapping[str, Any], _at: float) -> dict[str, Any]:
    return dict(detail)


def _delivery(mail: Mail, _detail: Mapping[str, Any], at: float) -> dict[str, Any]:
    return {
        "timestamp": clock.iso_instant(at),
        "processingTimeMillis": int((at - mail.accepted_at) * 1000),
        "recipients": list(mail.to),
        "smtpResponse": f"250 2.0.0 OK: queued as {mail.message_id[4:16]}",
        "remoteMtaIp": "203.0.113.25",
        "reportingMTA": _MTA,
    }


def _bounce(mail: Mail, detail: Mapping[str, Any], at: float) -> dict[str, Any]:
    report = detail.get("recipient", {})
    bounce = {
        "feedbackId": new_message_id(at),
        "bounceType": detail["bounceType"],
        "bounceSubType": detail["bounceSubType"],
        "bouncedRecipients": [{"emailAddress": address, **report} for address in mail.to],
        "timestamp": clock.iso_instant(at),
    }
    unsent = detail["bounceSubType"] in ("OnAccountSuppressionList", "EmailValidationSuppressed", "UnsubscribedRecipient")
    return bounce | ({"reportingMTA": "dns; amazonses.com" if unsent else f"dns; {_MTA}"} if report else {})


def _complaint(mail: Mail, detail: Mapping[str, Any], at: float) -> dict[str, Any]:
    complaint = {
        "feedbackId": new_message_id(at),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address} for address in mail.to],
        "timestamp": clock.iso_instant(at),
        **detail,
    }
    return complaint | ({"arrivalDate": clock.iso_instant(at)} if "complaintFeedbackType" in detail else {})


def _delay(mail: Mail, detail: Mapping[str, Any], at: float) -> dict[str, Any]:
    report = {"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host"}
    return {
        "timestamp": clock.iso_instant(at),
        "delayType": detail["delayType"],
        "expirationTime": clock.iso_instant(mail.accepted_at + _DELAY_ALLOWED_SECONDS),
        "delayedRecipients": [{"emailAddress": address, **report} for address in mail.to],
        "reportingMTA": "192.0.2.61",
    }


def _engagement(_mail: Mail, detail: Mapping[str, Any], at: float) -> dict[str, Any]:
    return {"ipAddress": "203.0.113.77", "timestamp": clock.iso_instant(at), **detail}


_BUILDERS = {
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "DeliveryDelay": _delay,
    "Open": _engagement,
    "Click": _engagement,
}
