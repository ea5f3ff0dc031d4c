"""Logs through structlog: a constant sentence and fields, with a request's id; never an address, a body or a token."""

import logging
import re
import secrets
import sys

import structlog
from flask import Flask, Response, g, request
from structlog.typing import Processor

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def configure() -> None:
    """Coloured lines on a terminal, JSON elsewhere; the standard library's own loggers go the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    for_people: list[Processor] = [structlog.dev.ConsoleRenderer()]
    for_machines: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *(for_people if sys.stderr.isatty() else for_machines)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def init_app(app: Flask) -> None:
    """Give each request an id: the one that a proxy gave it, else our own."""
    app.before_request(_begin)
    app.after_request(_name)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    # The rule and not the path: paths carry tokens.
    rule = request.url_rule.rule if request.url_rule else None
    structlog.contextvars.bind_contextvars(request_id=g.request_id, method=request.method, route=rule)


def _name(response: Response) -> Response:
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    return response
