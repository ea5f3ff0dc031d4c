"""What a provider says about a message or a person, in our words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus

TRIAL = 0  # the message id that a test to oneself carries: no message's, so that what is heard of it counts nowhere


class EventKind(StrEnum):
    """What kind of thing was heard; STATUS carries a delivery status, the others a fact."""

    STATUS = "status"
    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"  # opted out through the provider's own list management
    NOTHING = "nothing"  # understood, and without meaning for the message (not-spam, auth-failure, unknown types)


class Suppress(StrEnum):
    """What an event asks of the Unsubscribes list (product.md section 3)."""

    NOTHING = "nothing"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    BAD_EMAIL = "bad_email"
    BAD_NUMBER = "bad_number"
    STOP = "stop"
    UNSUBSCRIBE = "unsubscribe"
    SOFT_BOUNCE = "soft_bounce"  # counts towards three in a row


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One provider event about one message.

    `event_key` is unique per provider event (architecture.md section 4: feedbackId; type + messageId; SNS MessageId; SID + status + code).
    `message_id` and `attempt` are our own, from the SES tag or the callback URL, None where the event carries none.
    `is_machine` tells opens and clicks by proxies and scanners apart; None means judge by time against delivery.
    """

    channel: Channel
    kind: EventKind
    event_key: str
    provider_ref: str
    occurred_at: datetime
    status: DeliveryStatus | None = None
    message_id: int | None = None
    attempt: int | None = None
    recipient: str | None = None
    code: str | None = None
    words: str | None = None
    suppress: Suppress = Suppress.NOTHING
    is_machine: bool | None = None
    link: str | None = None
    user_agent: str | None = None
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundMail:
    """An e-mail that came in at our domain. `writers` are the addresses in its From; `body` is its plain text, quotes and all.

    `doubt` says why we cannot be sure that its writer wrote it, or that it is harmless; None where there is nothing against it.
    `is_whole` is False where only a pointer to it came.
    """

    provider_ref: str
    recipients: tuple[str, ...]
    writers: tuple[str, ...]
    subject: str
    body: str
    is_automatic: bool = False
    doubt: str | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text that a person sent to one of our numbers. `opt_out_type` is Twilio's own verdict, believed over any word list."""

    provider_ref: str
    from_number: str
    to_number: str
    messaging_service: str | None
    body: str
    media: tuple[tuple[str, str], ...] = ()  # (content type, URL)
    opt_out_type: str | None = None
    segments: int = 1
