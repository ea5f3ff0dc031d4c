"""A company that carries messages: what we hand it, and the four words in which it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from app.domain.events import DeliveryEvent, InboundMail, InboundText
from app.lib.clock import now


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it; `ref` is its own name for it. `segments` where it says so."""

    ref: str
    segments: int | None = None


@dataclass(frozen=True, slots=True)
class Throttled:
    """It was answered, or never connected, and certainly not taken: everybody waits, nobody fails.

    `hold` names a reason for which waiting by itself does not help (quota, paused, credentials): the send-out is held and says it.
    `is_too_fast`: it was the call as a whole that was too much; not that one person was, nor that nobody answered.
    """

    retry_after_seconds: float
    words: str
    hold: str | None = None
    is_too_fast: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused this message for good. `blame` says what is at fault."""

    code: str
    words: str
    blame: str = "message"  # message | address | opted_out


@dataclass(frozen=True, slots=True)
class Unknown:
    """A time-out, a reset or a 5xx after connecting: it may or may not have gone out."""

    why: str


Outcome = Accepted | Throttled | Refused | Unknown


def is_refusal(http_status: int) -> bool:
    """Whether an error answer proves that nothing was taken; the others (5xx, 408, a redirect) leave it open."""
    return HTTPStatus.BAD_REQUEST <= http_status < HTTPStatus.INTERNAL_SERVER_ERROR and http_status != HTTPStatus.REQUEST_TIMEOUT


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One person's e-mail within a call: the values of its slots, in the order in which the template names them.

    `slots` maps slot name → value, already escaped for the part that it stands in (SES escapes nothing).
    `message_id` None: nothing of ours follows what becomes of it.
    """

    message_id: int | None
    attempt: int
    to: str
    slots: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with every e-mail of a call."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class EmailCall:
    """One call's worth of e-mail: at most 50 people, everything static once.

    `subject`, `text` and `html` hold `{{slot}}` substitutions only; `sender` is a complete From value. An answer goes to
    `reply_to` and to `answers_to`, an address of ours. `goes_on` is asked between calls for one person each: whoever's has not begun
    when it says no is not tried.
    """

    sender: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    messages: Sequence[OutgoingEmail]
    configuration_set: str
    attachments: Sequence[Attachment] = ()
    provider_tracking: bool = False
    answers_to: str | None = None
    goes_on: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One person's text. `sender` is a number, an alphanumeric id, or a Messaging Service SID (MG…).

    `message_id` and `status_callback` None: nothing of ours follows what becomes of it.
    """

    message_id: int | None
    attempt: int
    to: str
    sender: str
    body: str
    status_callback: str | None


@dataclass(frozen=True, slots=True)
class Callback:
    """A request that claims to come from a provider: the exact public URL, its headers (lower-cased names) and raw body.

    `received_at` stands in for the time of an event that carries none, so a stored one is read again with its own.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime = field(default_factory=now)


class BadSignature(Exception):
    """The provider did not send this, or not for us: answer 403, keep nothing."""


class CannotVerify(Exception):
    """Whether the provider sent this cannot be told right now (certificate unreachable): answer 503, so that it tries again."""


class CannotAsk(Exception):
    """The provider could not be asked, or would not say: nothing is known, ask again later. Its text is for an operator."""


class Unreadable(Exception):
    """The body is not in a shape that we know; the stored receipt can be read again later."""


class EmailCarrier(Protocol):
    """Carries e-mail, many people a call."""

    def hand_over(self, call: EmailCall) -> list[Outcome]:
        """Hand one call over; one outcome a person, in order. Never raises for an answer of the provider's."""
        ...


class TextCarrier(Protocol):
    """Carries texts, one person a call."""

    def hand_over(self, text: OutgoingText) -> Outcome:
        """Hand one text over. Never raises for an answer of the provider's."""
        ...


class CallbackReader(Protocol):
    """Tells true callbacks from forged ones, and puts them into our words."""

    def verify(self, callback: Callback) -> None:
        """Raise BadSignature or CannotVerify unless the provider really sent this, to us."""
        ...

    def receipt_key(self, callback: Callback) -> str:
        """The same for every repetition of one callback, and for no other; only for verified ones."""
        ...

    def read(self, callback: Callback) -> Sequence[DeliveryEvent | InboundMail | InboundText]:
        """Translate into our words; raises Unreadable."""
        ...
