"""Reading, commenting on and moving on a message by its edit link. Whoever only looks (GET, HEAD, a scanner) changes nothing."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db, limiter
from app.lib.errors import Invalid, NotFound
from app.messages.follow_up import Note, note_messages
from app.tracking.editing.queries import EditPage, edit_page
from app.web.guards import with_token
from app.web.languages import page_language, reader_speaks

bp = Blueprint("editing", __name__)


@bp.get("/edit/<token>")
@with_token("edit")
def message(message_id: int) -> ResponseReturnValue:
    """The message, and a form to say something about it."""
    return _page(_opened(message_id))


@bp.post("/edit/<token>")
@limiter.limit("30 per minute")
@with_token("edit")
def note(message_id: int) -> ResponseReturnValue:
    """Keep what was said. Choosing the status that it has already changes nothing."""
    page = _opened(message_id)
    try:
        note_messages(page.organisation_id, [message_id], _note(page))
    except Invalid as mistake:
        db.session.rollback()
        return _page(_opened(message_id), error=str(mistake), typed=request.form), 422
    db.session.commit()
    return redirect(url_for("editing.message", token=_token(), saved=""), 303)


def _opened(message_id: int) -> EditPage:
    """The page, unless it was closed: whatever goes wrong is said in its reader's language."""
    page = edit_page(message_id)
    reader_speaks(*page.languages)
    if not page.is_open:
        raise NotFound("This page has been closed. Answer the message instead.")
    return page


def _note(page: EditPage) -> Note:
    asked = request.form.get("status", type=int)
    present = page.standing.status_id if page.standing else None
    known = {status.id for status in page.statuses}
    status_id = asked if asked in known and asked != present else None
    return Note(status_id, request.form.get("comment", ""), is_by_link=True, by_name=request.form.get("name", ""))


def _page(page: EditPage, **more: object) -> Response:
    html = render_template(
        "tracking/edit.html",
        organisation_name=page.organisation_name,
        language=page_language(*page.languages),
        page=page,
        token=_token(),
        has_saved="saved" in request.args,
        **more,
    )
    return Response(html, headers={"Cache-Control": "no-store, private"})


def _token() -> str:
    return str((request.view_args or {})["token"])
