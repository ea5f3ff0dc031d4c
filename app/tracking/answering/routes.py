"""Confirming and answering. Whoever only looks (GET, HEAD, a scanner that follows every link) confirms and answers nothing."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db, limiter
from app.lib.clock import now
from app.lib.errors import Invalid, NotFound
from app.messages import answers
from app.models import AnswerSource
from app.tracking.answering.queries import Asked, asked_of
from app.web.guards import with_token
from app.web.languages import page_language, reader_speaks

bp = Blueprint("answering", __name__)


@bp.get("/a/<token>")
@with_token("acknowledge")
def acknowledgement(message_id: int) -> ResponseReturnValue:
    """One button, or the thanks for having pressed it."""
    return _page("tracking/acknowledge.html", _asked(message_id))


@bp.post("/a/<token>")
@limiter.limit("30 per minute")
@with_token("acknowledge")
def acknowledge(message_id: int) -> ResponseReturnValue:
    """They have read it. Only the page's own button says `read`: any other POST was meant for something else."""
    asked = _asked(message_id)
    if "read" not in request.form:
        raise Invalid("Press the button on the page to confirm that you have read it.", "read")
    answers.acknowledge(asked.message_id)
    db.session.commit()
    return redirect(url_for("answering.acknowledgement", token=_token()), 303)


@bp.get("/q/<token>")
@with_token("answer")
def question(message_id: int) -> ResponseReturnValue:
    """The question; `?c=2` is the choice whose button was tapped in the e-mail, and only offered first."""
    asked = _question(message_id)
    tapped = request.args.get("c", type=int)
    return _page("tracking/question.html", asked, tapped=tapped if tapped and 1 <= tapped <= len(asked.choices) else None)


@bp.post("/q/<token>")
@limiter.limit("30 per minute")
@with_token("answer")
def answer(message_id: int) -> ResponseReturnValue:
    """Keep the choice; it can be changed on the same page."""
    asked = _question(message_id)
    choice = request.form.get("choice", 0, type=int)
    answers.answer(answers.Given(asked.message_id, choice, now(), AnswerSource.PAGE))
    db.session.commit()
    return redirect(url_for("answering.question", token=_token()), 303)


def _asked(message_id: int) -> Asked:
    """What the message asks: whatever goes wrong is said in its reader's language."""
    asked = asked_of(message_id)
    reader_speaks(*asked.languages)
    return asked


def _question(message_id: int) -> Asked:
    asked = _asked(message_id)
    if not asked.choices:
        raise NotFound("This message does not ask anything.")
    return asked


def _page(template: str, asked: Asked, **more: object) -> Response:
    page = render_template(
        template, organisation_name=asked.organisation_name, language=page_language(*asked.languages), asked=asked, token=_token(), **more
    )
    return Response(page, headers={"Cache-Control": "no-store, private"})


def _token() -> str:
    return str((request.view_args or {})["token"])
