"""A mail as SES has taken it: what its call said for all, and what is this recipient's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cached_property
from typing import Any

_SLOT = re.compile(r"\{\{\{?\s*([\w.-]+)\s*\}?\}\}")


@dataclass(frozen=True)
class Template:
    """Three parts with `{{name}}` slots. SES escapes nothing: `{{name}}` and `{{{name}}}` are the same."""

    subject: str
    text: str
    html: str
    name: str = ""
    has_slots: bool = True

    @cached_property
    def slots(self) -> frozenset[str]:
        whole = f"{self.subject}\n{self.text}\n{self.html}"
        return frozenset(_SLOT.findall(whole)) if self.has_slots else frozenset()

    @cached_property
    def unreadable(self) -> bool:
        """Whether something opens like a slot and is none: SES's inline templates know no conditions, loops or partials."""
        return self.has_slots and any("{{" in _SLOT.sub("", part) for part in (self.subject, self.text, self.html))

    def filled(self, part: str, data: Mapping[str, Any]) -> str:
        if not self.has_slots:
            return part
        return _SLOT.sub(lambda slot: _as_text(_value(data, slot.group(1))), part)

    def first_missing(self, data: Mapping[str, Any]) -> str | None:
        return next((slot for slot in sorted(self.slots) if _value(data, slot) is None), None)


def _value(data: Mapping[str, Any], path: str) -> object:
    if path in data:
        return data[path]
    found: object = data
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Call:
    """What one SendEmail or SendBulkEmail says for all of its recipients."""

    operation: str
    source: str
    configuration_set: str
    template: Template
    templated: bool
    tracks_opens: bool
    tracks_clicks: bool
    reply_to: tuple[str, ...] = ()


@dataclass
class Mail:
    """One message to one destination; `story` grows with what becomes of it, as (instant, words)."""

    message_id: str
    call: Call
    to: tuple[str, ...]
    accepted_at: float
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    story: list[tuple[float, str]] = field(default_factory=list)
    delivered_at: float | None = None

    @property
    def recipient(self) -> str:
        """The first destination, without a display name."""
        return bare_address(self.to[0])

    @property
    def subject(self) -> str:
        return self.call.template.filled(self.call.template.subject, self.data)

    @property
    def text(self) -> str:
        return self.call.template.filled(self.call.template.text, self.data)

    @property
    def html(self) -> str:
        return self.call.template.filled(self.call.template.html, self.data)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def bare_address(written: str) -> str:
    """Without a display name. Most come bare: reading those with the full grammar cost half of a bulk call's time."""
    return parseaddr(written)[1] or written if "<" in written else written
