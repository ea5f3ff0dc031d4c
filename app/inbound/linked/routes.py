"""The page behind the link in a forwarded e-mail. Opening it changes nothing; its form sends a text."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db, limiter
from app.inbound.linked.service import Linked, answer_by_link, linked
from app.inbound.tasks.words import LINK_PURPOSE
from app.inbound.writing.service import LONGEST_TEXT
from app.lib.errors import Conflict, Invalid
from app.web.forms import FormReader
from app.web.guards import with_token
from app.web.languages import page_language

bp = Blueprint("linked_answers", __name__)


@bp.get("/answer/<token>")
@with_token(LINK_PURPOSE)
def read(task_id: int, expires_at: int) -> Response:
    """What they wrote, and a form to answer it."""
    return _page(linked(task_id, expires_at), FormReader({}))


@bp.post("/answer/<token>")
@limiter.limit("20 per hour")
@with_token(LINK_PURPOSE)
def answer(task_id: int, expires_at: int) -> ResponseReturnValue:
    """Send the answer as a text."""
    found = linked(task_id, expires_at)
    form = FormReader(request.form)
    body = form.lines("body", at_most=LONGEST_TEXT, missing="Write something first.")
    if not form.errors:
        try:
            answer_by_link(found, body)
        except (Conflict, Invalid) as problem:
            db.session.rollback()
            form.errors["body"] = str(problem)
    if form.errors:
        page = _page(linked(task_id, expires_at), form)
        page.status_code = 422
        return page
    db.session.commit()
    return redirect(url_for(".read", token=(request.view_args or {})["token"], sent=""), 303)


def _page(found: Linked, form: FormReader) -> Response:
    page = render_template(
        "inbound/linked.html",
        organisation_name=found.received.organisation.name,
        language=page_language(found.received.organisation.language),
        found=found,
        form=form,
        is_sent="sent" in request.args,
        token=(request.view_args or {})["token"],
    )
    response = Response(page)
    response.headers["Cache-Control"] = "no-store, private"
    return response
