"""The two requests that hand e-mail to Amazon SES v2, as boto3 takes them."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.providers.base import EmailCall, OutgoingEmail

_NO_SLOTS = {"_": ""}  # SES takes an empty object for "use the defaults", and an empty default for an error
_TRACKING_OFF = {"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}}


def bulk_request(call: EmailCall) -> dict[str, Any]:
    """`SendBulkEmail`: everything static once, each person's slots, headers and our id beside it."""
    blanks = {slot: "" for message in call.messages for slot in message.slots}
    template = _template(call, blanks)
    return {
        **_common(call),
        "DefaultContent": {"Template": template},
        "BulkEmailEntries": [_entry(message) for message in call.messages],
    }


def single_request(call: EmailCall, message: OutgoingEmail) -> dict[str, Any]:
    """`SendEmail` for one person of the call; without slots the text goes as it is, past SES's template language."""
    headers = {**call.headers, **message.headers}
    content = {"Template": _template(call, message.slots, headers)} if message.slots else {"Simple": _simple(call, headers)}
    request = {**_common(call), "Destination": {"ToAddresses": [message.to]}, "Content": content}
    tags = _tags(message)
    return request | ({"EmailTags": tags} if tags else {})


def _common(call: EmailCall) -> dict[str, Any]:
    request: dict[str, Any] = {"FromEmailAddress": call.sender}
    if call.configuration_set:
        request["ConfigurationSetName"] = call.configuration_set
    if answers_to := [each for each in (call.reply_to, call.answers_to) if each]:
        request["ReplyToAddresses"] = answers_to
    if not call.provider_tracking:
        request["ConfigurationOverrides"] = _TRACKING_OFF
    return request


def _entry(message: OutgoingEmail) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Destination": {"ToAddresses": [message.to]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": _slot_data(message.slots)}},
    }
    if tags := _tags(message):
        entry["ReplacementTags"] = tags
    if message.headers:
        entry["ReplacementHeaders"] = _pairs(message.headers.items())
    return entry


def _template(call: EmailCall, slots: Mapping[str, str], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    parts = {"Subject": call.subject, "Text": call.text, "Html": call.html}
    return {
        "TemplateContent": {name: part for name, part in parts.items() if part},
        "TemplateData": _slot_data(slots),
        **_extras(call, call.headers if headers is None else headers),
    }


def _simple(call: EmailCall, headers: Mapping[str, str]) -> dict[str, Any]:
    parts = {"Text": call.text, "Html": call.html}
    return {
        "Subject": {"Data": call.subject, "Charset": "UTF-8"},
        "Body": {name: {"Data": part, "Charset": "UTF-8"} for name, part in parts.items() if part},
        **_extras(call, headers),
    }


def _extras(call: EmailCall, headers: Mapping[str, str]) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if headers:
        extras["Headers"] = _pairs(headers.items())
    if call.attachments:
        extras["Attachments"] = [
            {"FileName": file.file_name, "ContentType": file.content_type, "ContentDisposition": "ATTACHMENT", "RawContent": file.content}
            for file in call.attachments
        ]
    return extras


def _slot_data(slots: Mapping[str, str]) -> str:
    return orjson.dumps(dict(slots) or _NO_SLOTS).decode()


def _tags(message: OutgoingEmail) -> list[dict[str, str]]:
    if message.message_id is None:
        return []
    return [{"Name": "message_id", "Value": str(message.message_id)}, {"Name": "attempt", "Value": str(message.attempt)}]


def _pairs(items: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in items]
