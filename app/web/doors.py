"""Doors for what comes in by the thousand, before Flask: a pixel, a link, an event of a provider's.

A door knows the plain case alone, and answers it at a fraction of what a request costs in Flask. Whatever else comes (a HEAD,
a broken token, a bad signature, a link not seen before) it leaves to the route of the same path, which knows every case.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from config import Config

_HARMLESS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Content-Security-Policy", "default-src 'none'"))
_HTTPS_ALONE = ("Strict-Transport-Security", "max-age=31556926")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says."""

    status: HTTPStatus
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


Door = Callable[[WSGIEnvironment], Answer | None]


class Doors:
    """The application behind its doors, each by the first part of its paths: "/o/"."""

    def __init__(self, behind: WSGIApplication, doors: Mapping[str, Door], config: Config) -> None:
        self._behind = behind
        self._doors = doors
        self._headers = (*_HARMLESS, *([_HTTPS_ALONE] if config.public_url.startswith("https://") else []))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or have it answered."""
        path = environ["PATH_INFO"]
        door = self._doors.get(path[: path.find("/", 1) + 1])
        answer = None if door is None else _asked(door, environ)
        if answer is None:
            return self._behind(environ, start_response)
        length = ("Content-Length", str(len(answer.body)))
        start_response(f"{answer.status.value} {answer.status.phrase}", [*answer.headers, *self._headers, length])
        return [answer.body]


def is_plain_get(environ: WSGIEnvironment) -> bool:
    """Whether nothing but the path is asked for."""
    return environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")


def _asked(door: Door, environ: WSGIEnvironment) -> Answer | None:
    try:
        return door(environ)
    except Exception:
        log.exception("a door broke; the route is asked")
        return None
