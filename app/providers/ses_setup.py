"""How Amazon SES is set up: in whose name it may send, the configuration set, and the feed of its events to our topic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.sending_domain import Identity
from app.providers.base import CannotAsk
from app.providers.ses_outcomes import SES_ERRORS

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.literals import EventTypeType

# Open and Click cost nothing while we track by ourselves, and are there once TRACKING_SOURCE says ses.
ALL_EVENTS: tuple[EventTypeType, ...] = (
    "SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "OPEN", "CLICK", "RENDERING_FAILURE", "DELIVERY_DELAY", "SUBSCRIPTION",
)  # fmt: skip
FEED_NAME = "sendout"


@dataclass(frozen=True, slots=True)
class EventFeed:
    """An event destination that leads to an SNS topic."""

    name: str
    topic_arn: str
    is_enabled: bool
    event_types: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """Which of the ten event types it does not carry."""
        return [event for event in ALL_EVENTS if event not in self.event_types]


class SesSetup:
    """Asks about the set-up, and puts it right. Everything raises CannotAsk."""

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def identity(self, name: str) -> Identity | None:
        """What SES says of an address or a domain; None when it does not know it."""
        with _asking():
            try:
                found = self._client.get_email_identity(EmailIdentity=name)
            except self._client.exceptions.NotFoundException:
                return None
        dkim = found.get("DkimAttributes", {})
        is_verified = bool(found.get("VerifiedForSendingStatus", False))
        return Identity(is_verified, tuple(dkim.get("Tokens", ())), dkim.get("SigningHostedZone", ""))

    def begin_domain(self, domain: str) -> None:
        """Have SES look out for a domain's DNS entries from now on; content if it does already."""
        with _asking():
            try:
                self._client.create_email_identity(EmailIdentity=domain)
            except self._client.exceptions.AlreadyExistsException:
                return

    def is_sending(self, configuration_set: str) -> bool | None:
        """Whether mail of this configuration set may leave; None when there is no such set."""
        with _asking():
            try:
                found = self._client.get_configuration_set(ConfigurationSetName=configuration_set)
            except self._client.exceptions.NotFoundException:
                return None
        return bool(found.get("SendingOptions", {}).get("SendingEnabled", True))

    def feeds(self, configuration_set: str) -> list[EventFeed]:
        """The set's feeds to SNS; other kinds of destination are left out."""
        with _asking():
            answer = self._client.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
        return [
            EventFeed(each["Name"], each["SnsDestination"]["TopicArn"], each.get("Enabled", False), frozenset(each["MatchingEventTypes"]))
            for each in answer.get("EventDestinations", [])
            if "SnsDestination" in each
        ]

    def create_set(self, configuration_set: str) -> None:
        """Create an empty configuration set."""
        with _asking():
            self._client.create_configuration_set(ConfigurationSetName=configuration_set)

    def feed_everything(self, configuration_set: str, topic_arn: str, existing: EventFeed | None) -> None:
        """Have all ten event types sent to a topic, by the feed that is there or by a new one. SES tries the topic out first."""
        with _asking():
            if existing is None:
                self._client.create_configuration_set_event_destination(
                    ConfigurationSetName=configuration_set,
                    EventDestinationName=FEED_NAME,
                    EventDestination={"Enabled": True, "MatchingEventTypes": ALL_EVENTS, "SnsDestination": {"TopicArn": topic_arn}},
                )
                return
            self._client.update_configuration_set_event_destination(
                ConfigurationSetName=configuration_set,
                EventDestinationName=existing.name,
                EventDestination={"Enabled": True, "MatchingEventTypes": ALL_EVENTS, "SnsDestination": {"TopicArn": topic_arn}},
            )


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except SES_ERRORS as error:
        raise CannotAsk(f"Amazon SES refused: {error}") from error
