"""Pictures and files of received texts, fetched from Twilio. Twilio keeps them; we keep none."""

import re
import time
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import urllib3

from app.providers.base import CannotAsk

MOST_BYTES = 10_000_000  # a text brings 5 MB at most: https://www.twilio.com/docs/messaging/api/media-resource
_HOST = "https://api.twilio.com"
_PATH = re.compile(r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/(?:MM|SM)[0-9a-f]{32}/Media/ME[0-9a-f]{32}")
# Where Twilio stores them: https://help.twilio.com/articles/223183748
_STORES = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")
_MOST_MOVES = 3
_MOST_SECONDS = 20.0
_PIECE = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class NotTwilios(Exception):
    """The address is none at which Twilio keeps media: nothing was asked, and nobody was told who we are."""


class MediaGone(Exception):
    """It was deleted at Twilio."""


class MediaTooLarge(Exception):
    """It is larger than anything that a text brings."""


@dataclass(frozen=True, slots=True)
class Media:
    """One picture or file, and what Twilio says that it is."""

    content_type: str
    content: bytes


class TwilioMedia:
    """Fetches media by their addresses. Our credentials go to Twilio (or what stands in for it) alone, whatever an address says."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str | None = None, *, seconds: float = 10) -> None:
        self._origin = (api_url or _HOST).rstrip("/")
        self._stand_in = api_url.rstrip("/") if api_url else None
        self._credentials: dict[str, str] = urllib3.make_headers(basic_auth=f"{account_sid}:{auth_token}")
        self._pool = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(connect=5, read=seconds))

    def fetch(self, url: str) -> Media:
        """What is kept at an address of Twilio's. Raises NotTwilios, MediaGone, MediaTooLarge, CannotAsk."""
        address, headers = self._own_address(url), self._credentials
        deadline = time.monotonic() + _MOST_SECONDS
        for _ in range(_MOST_MOVES + 1):
            found = self._asked(address, headers, deadline)
            if isinstance(found, Media):
                return found
            address, headers = self._moved_to(address, found), {}
        raise CannotAsk("Twilio sent us on too often")

    def close(self) -> None:
        """Let go of the idle connections."""
        self._pool.clear()

    def _asked(self, address: str, headers: dict[str, str], deadline: float) -> Media | str:
        """What is there, or where it has moved to. The connection is not used again: not all of an answer need have been read."""
        try:
            with closing(self._pool.request("GET", address, headers=headers, redirect=False, preload_content=False)) as answer:
                return answer.headers.get("Location", "") if answer.status in _MOVED else _read(answer, deadline)
        except urllib3.exceptions.HTTPError as error:
            raise CannotAsk(f"Twilio did not give it out ({type(error).__name__})") from error

    def _own_address(self, url: str) -> str:
        """The address at the origin that we know: of the one given only the path is believed."""
        origin, path = _split(url)
        if origin not in (_HOST, self._origin) or _PATH.fullmatch(path) is None:
            raise NotTwilios("an address that is not one of Twilio's media")
        return self._origin + path

    def _moved_to(self, address: str, location: str) -> str:
        """Where Twilio sends us on to, without our credentials: to where it stores media, and nowhere else."""
        target = urljoin(address, location)
        origin, _ = _split(target)
        host = (urlsplit(origin).hostname or "") if origin.startswith("https://") else ""
        if origin != self._stand_in and not f".{host}".endswith(_STORES):
            raise CannotAsk("Twilio sent us on to somebody else")
        return target


def _split(url: str) -> tuple[str, str]:
    """Scheme and host with its port, and all that follows; nothing of an address that cannot be read or that names a user."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return "", ""
    if parts.username is not None or not parts.hostname:
        return "", ""
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{parts.hostname}{port}", rest


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> Media:
    """The whole of an answer, as far as it is one, no longer than it may be and no slower."""
    if answer.status in _GONE:
        raise MediaGone("it is not kept any more")
    if answer.status != HTTPStatus.OK:
        raise CannotAsk(f"Twilio answered {answer.status}")
    content = bytearray()
    for piece in answer.stream(_PIECE, decode_content=False):
        content += piece
        if len(content) > MOST_BYTES:
            raise MediaTooLarge("it is larger than anything that a text brings")
        if time.monotonic() > deadline:
            raise CannotAsk("it came too slowly")
    return Media(answer.headers.get("Content-Type", ""), bytes(content))
