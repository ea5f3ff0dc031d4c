"""The addresses that a message carries: pixel, links, unsubscribe. Each is a stateless token, one purpose each, without expiry."""

from dataclasses import dataclass

from app.lib.tokens import SigningKey, sign


@dataclass(frozen=True, slots=True)
class MessageUrls:
    """Makes the URLs of messages; `key` is the newest of the signing keys, the older ones stay readable."""

    public_url: str
    key: SigningKey

    def open_pixel(self, message_id: int) -> str:
        """Where the pixel is fetched from."""
        return f"{self.public_url}/o/{sign('open', message_id, key=self.key)}.gif"

    def clicks(self, message_id: int, sendout_id: int) -> str:
        """What the redirects to all of the send-out's links begin with; a slash and the link's number follow.

        The number is not signed: whoever changes it gets to another link of the same mail.
        """
        return f"{self.public_url}/c/{sign('click', message_id, sendout_id, key=self.key)}"

    def unsubscribe(self, message_id: int) -> str:
        """The page to say no on; a POST to it is RFC 8058's one-click."""
        return f"{self.public_url}/u/{sign('unsubscribe', message_id, key=self.key)}"
