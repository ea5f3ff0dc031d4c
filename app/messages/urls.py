"""The addresses that a message carries: pixel, links, unsubscribe. Each is a stateless token, one purpose each, without expiry."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from app.lib.tokens import SigningKey, sign, signer, signing_key
from app.web.installation import settings


@dataclass(frozen=True)
class MessageUrls:
    """Makes the URLs of messages; `key` is the newest of the signing keys, the older ones stay readable."""

    public_url: str
    key: SigningKey

    def open_pixel(self, message_id: int) -> str:
        """Where the pixel is fetched from."""
        return f"{self.public_url}/o/{self._sign_open(message_id)}.gif"

    def clicks(self, message_id: int, sendout_id: int) -> str:
        """What the redirects to all of the send-out's links begin with; a slash and the link's number follow.

        The number is not signed: whoever changes it gets to another link of the same mail.
        """
        return f"{self.public_url}/c/{self._sign_click(message_id, sendout_id)}"

    def unsubscribe(self, message_id: int) -> str:
        """The page to say no on; a POST to it is RFC 8058's one-click."""
        return f"{self.public_url}/u/{self._sign_unsubscribe(message_id)}"

    def acknowledge(self, message_id: int) -> str:
        """The page on which to confirm that one has read it."""
        return f"{self.public_url}/a/{sign('acknowledge', message_id, key=self.key)}"

    def answer(self, message_id: int) -> str:
        """The page on which to answer its question."""
        return f"{self.public_url}/q/{sign('answer', message_id, key=self.key)}"

    def edit(self, message_id: int) -> str:
        """The page on which to read it, comment on it and change its follow-up without an account."""
        return f"{self.public_url}/edit/{sign('edit', message_id, key=self.key)}"

    @cached_property
    def _sign_open(self) -> Callable[..., str]:
        return signer("open", self.key)

    @cached_property
    def _sign_click(self) -> Callable[..., str]:
        return signer("click", self.key)

    @cached_property
    def _sign_unsubscribe(self) -> Callable[..., str]:
        return signer("unsubscribe", self.key)


def own_urls() -> MessageUrls:
    """The URLs of the installation at hand, signed with its newest key."""
    return MessageUrls(settings().public_url, signing_key(settings().secret_keys[0]))
