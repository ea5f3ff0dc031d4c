"""The pixel and the links before Flask: whole tokens, and links that this process has looked up before. The routes know the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from flask import Flask

from app.domain.events import EventKind
from app.lib.tokens import BadToken, SigningKey, read_token, signing_key
from app.messages.receipts import committer_of
from app.tracking.queries import known_link
from app.tracking.service import PIXEL, UNCACHED, keep_visit
from app.web.doors import Answer, Door, is_plain_get
from config import Config

_MOST_DIGITS = 5  # of a link's number in its send-out


def tracking_doors(app: Flask, config: Config) -> dict[str, Door]:
    """By the first part of their paths."""
    visits = _Visits(app, [signing_key(secret) for secret in config.secret_keys])
    return {"/o/": visits.open_pixel, "/c/": visits.click}


@dataclass(frozen=True, slots=True)
class _Visits:
    """What messages bring people to; each visit is kept before it is answered, as the routes do."""

    app: Flask
    keys: Sequence[SigningKey]

    def open_pixel(self, environ: WSGIEnvironment) -> Answer | None:
        token, _, suffix = environ["PATH_INFO"][3:].rpartition(".")
        ids = self._ids("open", token) if suffix == "gif" and is_plain_get(environ) else None
        if ids is None:
            return None
        self._keep(environ, EventKind.OPEN, ids[0])
        return Answer(HTTPStatus.OK, (("Content-Type", "image/gif"), UNCACHED), PIXEL)

    def click(self, environ: WSGIEnvironment) -> Answer | None:
        token, _, number = environ["PATH_INFO"][3:].partition("/")
        is_number = number.isdecimal() and len(number) <= _MOST_DIGITS
        ids = self._ids("click", token) if is_number and is_plain_get(environ) else None
        link = None if ids is None else known_link(self.app, ids[1], int(number))
        if ids is None or link is None or not _travels_as_it_is(link.url):
            return None
        self._keep(environ, EventKind.CLICK, ids[0], link.id)
        return Answer(HTTPStatus.FOUND, (("Location", link.url), UNCACHED))

    def _ids(self, purpose: str, token: str) -> tuple[int, ...] | None:
        try:
            return read_token(purpose, token, self.keys)
        except BadToken:
            return None

    def _keep(self, environ: WSGIEnvironment, kind: EventKind, message_id: int, link_id: int | None = None) -> None:
        keep_visit(committer_of(self.app), kind, message_id, link_id=link_id, user_agent=environ.get("HTTP_USER_AGENT"))


def _travels_as_it_is(url: str) -> bool:
    """Whether it can stand in a header unchanged; the route's answer encodes what cannot."""
    return url.isascii() and len(url.split()) == 1
