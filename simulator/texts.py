"""Twilio's Message resource, both ways, and the store that it is fetched and listed from."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator import clock
from simulator.media import KIND, Picture
from simulator.segments import segment_count

API_VERSION = "2010-04-01"
PRICE_PER_SEGMENT = 0.0083
CODE_WORDS = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "The 'To' number {to} is not a valid phone number.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21608: "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers.",
    21609: "The 'StatusCallback' URL {callback} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21635: "'To' number cannot be a landline",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30410: "Provider Timeout Error",
    63038: "Account exceeded the daily messages limit",
}


@dataclass
class Text:
    """One SMS. `sender` is the number it left from; `service` the Messaging Service that it was given to, if any."""

    account_sid: str
    to: str
    body: str
    sender: str = ""
    service: str = ""
    callback_url: str = ""
    direction: str = "outbound-api"
    status: str = "queued"
    error_code: int | None = None
    sid: str = field(default_factory=lambda: f"SM{secrets.token_hex(16)}")
    created_at: float = field(default_factory=clock.now)
    updated_at: float = field(default_factory=clock.now)
    sent_at: float | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def segments(self) -> int:
        return segment_count(self.body)

    @property
    def is_assigned(self) -> bool:
        """Whether its Messaging Service, if any, has picked a number for it."""
        return self.status != "accepted"

    @property
    def is_inbound(self) -> bool:
        return self.direction == "inbound"

    @property
    def block_scope(self) -> str:
        """What a STOP blocks: the whole Messaging Service, else the number."""
        return self.service or self.sender

    def price(self, known_after: float) -> str | None:
        """What it was charged, as the negative amount that the API shows so many seconds after it left or came."""
        is_known = self.sent_at is not None and clock.now() >= self.sent_at + known_after
        return f"-{self.segments * PRICE_PER_SEGMENT:.5f}" if is_known else None

    def resource(self, price_after: float = 0.0) -> dict[str, Any]:
        """As the API shows it. A text given to a service shows neither sender nor segments until it has one."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": clock.rfc2822_instant(self.created_at),
            "date_sent": clock.rfc2822_instant(self.sent_at),
            "date_updated": clock.rfc2822_instant(self.updated_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": CODE_WORDS.get(self.error_code or 0),
            "from": self.sender if self.is_assigned else None,
            "messaging_service_sid": self.service or None,
            "num_media": str(len(self.pictures)),
            "num_segments": str(self.segments) if self.is_assigned else "0",
            "price": self.price(price_after),
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": self.to,
            "uri": f"{path}.json",
        }

    def media(self) -> list[dict[str, Any]]:
        """Its pictures, as the API lists them."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}/Media"
        made = clock.rfc2822_instant(self.created_at)
        shared = {"account_sid": self.account_sid, "content_type": KIND, "date_created": made, "date_updated": made, "parent_sid": self.sid}
        return [{**shared, "sid": each.sid, "uri": f"{path}/{each.sid}.json"} for each in self.pictures]


@dataclass(frozen=True)
class TextFilter:
    """Twilio's list filters; the instants bound when a text was sent, or made if it was not sent yet."""

    to: str = ""
    sender: str = ""
    since: float = 0.0
    until: float = float("inf")

    def lets(self, text: Text) -> bool:
        at = text.sent_at or text.created_at
        return self.to in ("", text.to) and self.sender in ("", text.sender) and self.since <= at < self.until


class TextStore:
    """Every text of the account by its SID, and by the other side's number."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Text] = {}
        self._by_person: dict[str, list[Text]] = {}

    def keep(self, text: Text) -> None:
        self._by_sid[text.sid] = text
        self._by_person.setdefault(text.sender if text.is_inbound else text.to, []).append(text)

    def find(self, sid: str) -> Text | None:
        return self._by_sid.get(sid)

    def with_person(self, number: str) -> list[Text]:
        """Both ways, oldest first."""
        return self._by_person.get(number, [])

    def people(self) -> list[str]:
        return list(self._by_person)

    def listed(self, wanted: TextFilter) -> Iterator[Text]:
        """Newest first."""
        pool = self._by_person.get(wanted.to) if wanted.to and not self._is_ours(wanted.to) else None
        texts = list(self._by_sid.values()) if pool is None else pool
        return (text for text in reversed(texts) if wanted.lets(text))

    def clear(self) -> None:
        self._by_sid.clear()
        self._by_person.clear()

    def _is_ours(self, number: str) -> bool:
        return number not in self._by_person
