"""Carriers that write down what they were handed and answer as told. The real adapters have tests of their own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.domain.sending_domain import Identity
from app.providers.base import Accepted, CannotAsk, EmailCall, Outcome, OutgoingEmail, OutgoingText
from app.providers.ses import AccountQuota
from app.providers.twilio import ListedText, PricedText, TextRecord


def accepts(outgoing: OutgoingEmail | OutgoingText) -> Outcome:
    return Accepted(f"ref-{outgoing.message_id}-{outgoing.attempt}")


def _refuse(why: str) -> Any:
    raise CannotAsk(why)


@dataclass
class FakeMail:
    """Records each call; `answer` says what becomes of one person's e-mail."""

    answer: Callable[[OutgoingEmail], Outcome] = accepts
    calls: list[EmailCall] = field(default_factory=list)

    def hand_over(self, call: EmailCall) -> list[Outcome]:
        self.calls.append(call)
        return [self.answer(message) for message in call.messages]

    @property
    def sent_to(self) -> list[str]:
        return [message.to for call in self.calls for message in call.messages]


@dataclass
class FakeTexts:
    """Records each text; called by many threads at once."""

    answer: Callable[[OutgoingText], Outcome] = accepts
    texts: list[OutgoingText] = field(default_factory=list)
    records: dict[str, TextRecord] = field(default_factory=dict)
    received: dict[str, Sequence[ListedText]] = field(default_factory=dict)
    pools: dict[str, list[str]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    priced: list[list[PricedText]] = field(default_factory=list)  # page by page
    priced_asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hand_over(self, text: OutgoingText) -> Outcome:
        with self._lock:
            self.texts.append(text)
        return self.answer(text)

    @property
    def sent_to(self) -> list[str]:
        return sorted(text.to for text in self.texts)

    def fetch(self, ref: str) -> TextRecord:
        self.fetched.append(ref)
        return self.records.get(ref) or _refuse("Twilio does not know it")

    def inbound_since(self, number: str, since: datetime, messaging_service: str | None = None) -> Sequence[ListedText]:
        listed = self.received[number] if number in self.received else _refuse("Twilio is away")
        return [replace(each, text=replace(each.text, messaging_service=messaging_service)) for each in listed if each.received_at >= since]

    def prices_between(self, since: datetime, until: datetime) -> Iterator[list[PricedText]]:
        self.priced_asked.append((since, until))
        yield from self.priced or _refuse("Twilio is away")

    def numbers_of(self, messaging_service: str) -> list[str]:
        return self.pools.get(messaging_service) or _refuse("Twilio is away")


@dataclass
class FakeIdentities:
    """What SES knows of addresses and domains, by name; `known` None: it gives no answer."""

    known: dict[str, Identity] | None = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    most_asked: int | None = None

    def identity(self, name: str) -> Identity | None:
        self.asked.append(name)
        is_too_fast = self.most_asked is not None and len(self.asked) > self.most_asked
        return _refuse("SES is away") if self.known is None or is_too_fast else self.known.get(name)

    def begin_domain(self, domain: str) -> None:
        if self.known is None:
            _refuse("SES is away")
        self.begun.append(domain)


@dataclass
class FakeProviders:
    """In the place of `app.providers.registry.Providers`; `listed` is what Twilio's list holds by number, None: it cannot be asked."""

    mail: FakeMail = field(default_factory=FakeMail)
    single_mail: FakeMail = field(default_factory=FakeMail)
    texts: FakeTexts = field(default_factory=FakeTexts)
    rate: float | None = None
    listed: dict[str, Sequence[TextRecord]] | None = field(default_factory=dict)
    quota_asked: int = 0
    looks: list[str] = field(default_factory=list)
    ses_setup: FakeIdentities = field(default_factory=FakeIdentities)
    media: Any = None  # what stands in for Twilio's media, where a test has some

    def account_quota(self) -> AccountQuota:
        self.quota_asked += 1
        if self.rate == 0:
            raise CannotAsk("SES is away")
        return AccountQuota(self.rate, None, 0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")

    def texts_to(self, number: str, since: datetime) -> Sequence[TextRecord]:
        self.looks.append(number)
        if self.listed is None:
            raise CannotAsk("Twilio is away")
        return [each for each in self.listed.get(number, []) if each.created_at is None or each.created_at >= since]
