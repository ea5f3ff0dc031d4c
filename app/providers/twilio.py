"""Texts through Twilio: handing them over, and asking what became of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus

import urllib3
from twilio.base.exceptions import TwilioException
from twilio.base.page import Page
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from app.domain.events import InboundText
from app.providers.base import Accepted, CannotAsk, Outcome, OutgoingText, Refused, Throttled, Unknown, is_refusal
from app.providers.error_outcomes import ERROR_OUTCOMES, NEXT_DAY, ErrorOutcome, Scope, TextOutcome, error_outcome
from app.providers.twilio_http import PooledHttpClient

_MESSAGING_SERVICE = re.compile("MG[0-9a-f]{32}")  # a sender may as well be called "MG Motors"
_NEVER_CONNECTED = (ConnectTimeoutError, NewConnectionError)
_UNREACHABLE_SECONDS = 10.0
_BACK_OFF_SECONDS = {Scope.ACCOUNT: 5.0, Scope.SENDER: 60.0, Scope.PROVIDER: 60.0}
_HOLD_SECONDS = 300.0

_PUT_RIGHT = "Whoever runs this service has to put that right at Twilio or in the settings, then resume."
TRY_AGAIN = "#rc=3&rp=5xx,ct,rt"  # at the end of a URL of ours: Twilio does not try again by default; the part after # is never sent
_TOMORROW = "Resume tomorrow, or ask Twilio for more."

_MOST_TEXTS = 200
_MOST_RECEIVED = 1_000
_LARGEST_PAGE = 1_000
_MEDIA_HOST = "https://api.twilio.com"


def twilio_client(account_sid: str, auth_token: str, http_client: PooledHttpClient) -> Client:
    """The SDK's client over our own pool."""
    return Client(account_sid, auth_token, http_client=http_client)  # type: ignore[no-untyped-call]


def status_callback_url(public_url: str, message_id: int, attempt: int) -> str:
    """Where Twilio reports on this text."""
    return f"{public_url.rstrip('/')}/callbacks/twilio/status?m={message_id}&a={attempt}{TRY_AGAIN}"


@dataclass(frozen=True, slots=True)
class TextRecord:
    """What Twilio keeps of one text; `status` in its own words, `sender` None until a Messaging Service has chosen one."""

    ref: str
    to: str
    sender: str | None
    body: str
    status: str
    error_code: int | None
    segments: int | None
    created_at: datetime | None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedText:
    """A text that a person sent us, as Twilio's list has it."""

    text: InboundText
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PricedText:
    """What a text, sent or received, was charged for; without an amount while Twilio does not say."""

    ref: str
    amount: Decimal | None
    currency: str
    sent_at: datetime | None


class TwilioTexts:
    """Carries texts, one request each."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def hand_over(self, text: OutgoingText) -> Outcome:
        """Hand one text over. Twilio has no idempotency key, so whatever breaks after connecting is Unknown."""
        options = {"messaging_service_sid" if _MESSAGING_SERVICE.fullmatch(text.sender) else "from_": text.sender}
        if text.status_callback is not None:
            options["status_callback"] = text.status_callback
        try:
            made = self._client.messages.create(to=text.to, body=text.body, **options)
        except TwilioException as error:
            return _answered_error(error)
        except _NEVER_CONNECTED as error:
            return Throttled(_UNREACHABLE_SECONDS, f"Twilio could not be reached ({type(error).__name__}).")
        except (urllib3.exceptions.HTTPError, ValueError) as error:  # ValueError: an answer that is no JSON
            return Unknown(f"No clear answer from Twilio ({type(error).__name__}).")
        return Accepted(made.sid, _count(made.num_segments)) if made.sid else Unknown("Twilio accepted it without naming it.")

    def texts_to(self, number: str, since: datetime) -> list[TextRecord]:
        """Texts to a number made at or after an instant, newest first, 200 at most. Raises CannotAsk.

        Not filtered by Twilio's own DateSent: a text that still waits in a queue has none.
        """
        found = []
        with _asking():
            for text in self._client.messages.stream(to=number, limit=_MOST_TEXTS, page_size=50):
                if text.date_created is not None and text.date_created < since:
                    break
                found.append(_record(text))
        return found

    def fetch(self, ref: str) -> TextRecord:
        """What Twilio keeps of one text. Raises CannotAsk."""
        with _asking():
            return _record(self._client.messages(ref).fetch())

    def inbound_since(self, number: str, since: datetime, messaging_service: str | None = None) -> list[ListedText]:
        """Texts that people sent to a number of ours since an instant, oldest first; the newest 1,000. Raises CannotAsk."""
        found = []
        with _asking():
            for text in self._client.messages.stream(to=number, date_sent_after=since, limit=_MOST_RECEIVED, page_size=200):
                received_at = text.date_sent or text.date_created
                if str(text.direction) == "inbound" and received_at is not None and received_at >= since:
                    found.append(ListedText(self._received(text, messaging_service), received_at))
        return sorted(found, key=lambda listed: listed.received_at)

    def prices_between(self, since: datetime, until: datetime) -> Iterator[list[PricedText]]:
        """Everything that went or came between two instants with its price, in Twilio's pages, newest first. Raises CannotAsk."""
        with _asking():
            page: Page | None = self._client.messages.page(date_sent_after=since, date_sent_before=until, page_size=_LARGEST_PAGE)
        while page is not None:
            yield [_priced(text) for text in page]
            with _asking():
                page = page.next_page()

    def numbers_of(self, messaging_service: str) -> list[str]:
        """The numbers in a Messaging Service's pool: people text back to one of them. Raises CannotAsk."""
        with _asking():
            pool = self._client.messaging.v1.services(messaging_service).phone_numbers.list(limit=_MOST_RECEIVED)
        return [each.phone_number for each in pool if each.phone_number]

    def _received(self, text: MessageInstance, messaging_service: str | None) -> InboundText:
        """Without `opt_out_type`, which only the callback carries: the words decide."""
        return InboundText(
            provider_ref=text.sid or "",
            from_number=text.from_ or "",
            to_number=text.to or "",
            messaging_service=text.messaging_service_sid or messaging_service,
            body=text.body or "",
            media=tuple(self._media(text)) if _count(text.num_media) else (),
            segments=_count(text.num_segments) or 1,
        )

    def _media(self, text: MessageInstance) -> Iterator[tuple[str, str]]:
        for each in self._client.messages(text.sid or "").media.list(limit=10):
            yield each.content_type or "", f"{_MEDIA_HOST}{(each.uri or '').removesuffix('.json')}"


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (TwilioException, urllib3.exceptions.HTTPError, ValueError) as error:
        status = getattr(error, "status", "no answer")
        raise CannotAsk(f"Twilio did not say ({type(error).__name__}, {status})") from error


def _answered_error(error: TwilioException) -> Outcome:
    """An error answer to a create: of one of two classes with nothing but these attributes in common.

    Where the body was not Twilio's, `code` repeats the HTTP status.
    """
    http_status, code = getattr(error, "status", None), getattr(error, "code", None)
    if not isinstance(http_status, int) or not is_refusal(http_status):
        return Unknown(f"Twilio answered {http_status}.")
    meaning = error_outcome(code if isinstance(code, int) else None)
    if http_status == HTTPStatus.TOO_MANY_REQUESTS and code not in NEXT_DAY:
        return Throttled(_BACK_OFF_SECONDS[Scope.ACCOUNT], meaning.words)
    if http_status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) and code not in ERROR_OUTCOMES:
        meaning = ERROR_OUTCOMES[20003]
    return _refusal(code, meaning)


def _refusal(code: object, meaning: ErrorOutcome) -> Outcome:
    if meaning.scope is Scope.CAMPAIGN:
        return Throttled(_HOLD_SECONDS, meaning.words, f"{meaning.words} {_PUT_RIGHT}")
    if meaning.outcome is TextOutcome.MAY_DUPLICATE:
        return Unknown(meaning.words)
    if meaning.outcome is TextOutcome.RETRYABLE and code in NEXT_DAY:
        return Throttled(_HOLD_SECONDS, meaning.words, f"{meaning.words} {_TOMORROW}")
    if meaning.outcome is TextOutcome.RETRYABLE and meaning.scope in _BACK_OFF_SECONDS:
        return Throttled(_BACK_OFF_SECONDS[meaning.scope], meaning.words)
    return Refused(str(code), meaning.words, _BLAME.get(meaning.outcome, "message"))


_BLAME = {TextOutcome.OPTED_OUT: "opted_out", TextOutcome.BAD_NUMBER: "address"}


def _record(text: MessageInstance) -> TextRecord:
    return TextRecord(
        ref=text.sid or "",
        to=text.to or "",
        sender=text.from_,
        body=text.body or "",
        status=str(text.status),
        error_code=text.error_code,
        segments=_count(text.num_segments),
        created_at=text.date_created,
        updated_at=text.date_updated,
    )


def _priced(text: MessageInstance) -> PricedText:
    """Charges are negative amounts."""
    try:
        amount = None if text.price is None else abs(Decimal(text.price))
    except InvalidOperation:
        amount = None
    return PricedText(text.sid or "", amount, (text.price_unit or "USD").upper(), text.date_sent)


def _count(segments: str | None) -> int | None:
    """Twilio writes "0" for "not known yet"."""
    return int(segments) if segments and segments.isdecimal() and int(segments) else None
