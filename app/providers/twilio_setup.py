"""How Twilio is set up to reach us: the account, and where texts to its numbers and services go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import urllib3
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from app.providers.base import CannotAsk

_EXAMPLE_HOST = "demo.twilio.com"  # where a new number's texts go


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """The account in Twilio's words: active, suspended, closed; Trial or Full."""

    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class TextDoor:
    """A number's or a service's way in. `follows_numbers`: a service that leaves it to each of its numbers."""

    sid: str
    url: str | None
    method: str | None
    follows_numbers: bool = False

    def leads_to(self, url: str) -> bool:
        """Whether texts are posted there; what follows a # is never sent."""
        is_there = self.url is not None and self.url.partition("#")[0] == url.partition("#")[0]
        return is_there and (self.method or "POST").upper() == "POST"

    @property
    def is_free(self) -> bool:
        """Whether nobody else's is lost when it is set: empty, or Twilio's example."""
        return not self.url or _EXAMPLE_HOST in self.url


class TwilioSetup:
    """Asks about the set-up, and puts it right. Everything raises CannotAsk."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def account(self) -> TwilioAccount:
        """The account that our credentials belong to."""
        with _asking():
            found = self._client.api.v2010.accounts(self._client.account_sid or "").fetch()
        return TwilioAccount(str(found.status), str(found.type))

    def number(self, phone_number: str) -> TextDoor | None:
        """The way in of one of the account's numbers; None when it is not the account's."""
        with _asking():
            found = self._client.incoming_phone_numbers.list(phone_number=phone_number, limit=1)
        return TextDoor(found[0].sid or "", found[0].sms_url, found[0].sms_method) if found else None

    def service(self, sid: str) -> TextDoor | None:
        """The way in of a Messaging Service; None when there is no such service."""
        with _asking():
            try:
                found = self._client.messaging.v1.services(sid).fetch()
            except TwilioException as error:
                if getattr(error, "status", None) == HTTPStatus.NOT_FOUND:
                    return None
                raise
        follows = bool(found.use_inbound_webhook_on_number)
        return TextDoor(found.sid or "", found.inbound_request_url, found.inbound_method, follows_numbers=follows)

    def point_number(self, sid: str, url: str) -> None:
        """Have texts to a number posted to `url`."""
        with _asking():
            self._client.incoming_phone_numbers(sid).update(sms_url=url, sms_method="POST")

    def point_service(self, sid: str, url: str) -> None:
        """Have texts to a service's numbers posted to `url`."""
        with _asking():
            self._client.messaging.v1.services(sid).update(
                inbound_request_url=url, inbound_method="POST", use_inbound_webhook_on_number=False
            )


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (TwilioException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise CannotAsk(f"Twilio refused ({_code(error)})") from error


def _code(error: Exception) -> object:
    """Twilio's code, or the HTTP status; a list that is refused carries its answer instead."""
    answer = error.args[-1] if error.args else None
    given = (getattr(error, "code", None), getattr(error, "status", None), getattr(answer, "status_code", None))
    return next((each for each in given if each), type(error).__name__)
