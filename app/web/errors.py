"""What goes wrong, as a page in plain words; the web owns the HTTP numbers."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.lib.catalogue import SOURCE_LANGUAGE
from app.lib.errors import AppError, Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.web.htmx import is_swap, say, send_toasts
from app.web.languages import problem_language
from app.web.sessions import SESSIONLESS

log = structlog.get_logger(__name__)

HTTP_STATUS = {NotFound: 404, Conflict: 409, NotAllowed: 403, Invalid: 422, Unavailable: 503}


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page says: what happened, and what to do about it."""

    status: int
    title: str
    sentence: str
    can_retry: bool = False
    field: str | None = None  # the one to blame, where a form's or a program's input is at fault


_PROBLEMS = {
    each.status: each
    for each in (
        Problem(400, "We could not read that", "The page sent something that makes no sense here. Go back, reload it, and try again."),
        Problem(401, "Please sign in", "Sign in to see this page."),
        Problem(403, "This is not open to you", "Ask an owner of your organisation if you need it."),
        Problem(404, "There is nothing here", "The address may be mistyped, or what it showed has been removed."),
        Problem(405, "This cannot be opened like that", "Go back to the page before, and use its buttons."),
        Problem(409, "Somebody was faster", "It has changed in the meantime. Reload the page to see how it stands now."),
        Problem(413, "That is too large", "Files may have up to 64 MB. Split it into smaller ones, and send them one by one."),
        Problem(422, "That does not fit", "Check what you typed, and try again."),
        Problem(429, "Too many tries", "For safety this is closed for some minutes. Wait, and then try again.", can_retry=True),
        Problem(500, "Something broke on our side", "Nothing that was saved is lost. Try again in a moment.", can_retry=True),
        Problem(503, "Back in a moment", "The service cannot reach its records. Messages under way are safe.", can_retry=True),
    )
}
_OTHER_METHODS = "This address takes other methods."  # to a program, which has no buttons
_CSRF = Problem(400, "This page has been open for too long", "For safety we did not do that. Go back, reload the page, and do it again.")


def init_app(app: Flask) -> None:
    """Answer every failure with a page; with a toast where htmx asked for a part; with JSON under /api."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(CSRFError, lambda _error: _answer(_CSRF))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _app_error(error: Exception) -> ResponseReturnValue:
    status = next((number for kind, number in HTTP_STATUS.items() if isinstance(error, kind)), 422)
    known = _PROBLEMS[status]
    field = error.field if isinstance(error, Invalid) else None
    return _answer(Problem(status, known.title, str(error) or known.sentence, known.can_retry, field))


def _http_error(error: Exception) -> ResponseReturnValue:
    if not isinstance(error, HTTPException) or error.code is None or error.code < 400 or error.response is not None:  # noqa: PLR2004
        return error if isinstance(error, HTTPException) else _unexpected(error)
    known = _PROBLEMS.get(error.code, _PROBLEMS[500 if error.code >= 500 else 400])  # noqa: PLR2004
    is_ours = error.code == 404 and error.description != type(error).description  # noqa: PLR2004
    sentence = error.description if is_ours and error.description else known.sentence
    return _answer(Problem(error.code, known.title, sentence, known.can_retry))


def _database_away(error: Exception) -> ResponseReturnValue:
    log.warning("database away", problem=type(error).__name__)
    login_manager: LoginManager = current_app.login_manager  # type: ignore[attr-defined]
    g._login_user = login_manager.anonymous_user()  # noqa: SLF001  else the page would ask the database who is reading it
    response = _answer(_PROBLEMS[503])
    response.headers["Retry-After"] = "10"
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request failed", exc_info=error)
    return _answer(_PROBLEMS[500])


def _answer(problem: Problem) -> Response:
    """The problem in the form that was asked for."""
    if request.path.startswith("/api/"):
        sentence = _OTHER_METHODS if problem.status == HTTPStatus.METHOD_NOT_ALLOWED else problem.sentence
        return json_problem(problem.status, sentence, problem.field)
    if is_swap() and not request.path.startswith(SESSIONLESS):
        response = make_response("")
        say(problem.sentence, kind="danger")
        send_toasts(response)
    else:
        response = make_response(_page(problem))
    response.status_code = problem.status
    return response


def json_problem(status: int, sentence: str, field: str | None = None) -> Response:
    """A problem for a program, under HTTP's own title; `field` names what is to blame, and is null where nothing alone is."""
    response = jsonify(error={"status": status, "title": HTTPStatus(status).phrase, "detail": sentence, "field": field})
    response.status_code = status
    return response


def _page(problem: Problem) -> str:
    """To whoever came by a link in a message in their language, and without ways that lead them nowhere."""
    language = problem_language()
    return render_template(
        "errors/problem.html",
        problem=problem,
        request_id=g.get("request_id"),
        language=language or SOURCE_LANGUAGE,
        is_by_link=language is not None,
    )
