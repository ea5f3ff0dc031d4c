"""What messages bring people to: the pixel, the links, and the page to say no. GET and HEAD change nothing that a person decides."""

from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.events import EventKind
from app.extensions import db, limiter
from app.lib.catalogue import in_language
from app.lib.errors import Invalid
from app.messages.edit_links import EXPLAINED_PATH
from app.messages.receipts import committer
from app.tracking import queries
from app.tracking.queries import Addressee
from app.tracking.service import (
    PIXEL,
    UNCACHED,
    Choice,
    choose,
    keep_visit,
    most_on_offer,
    present_choice,
    reader_of,
    unsubscribe_at_once,
)
from app.unsubscribes.entries import EntrySource
from app.web.guards import public, with_token
from app.web.languages import page_language, reader_speaks

bp = Blueprint("tracking", __name__)

_VISIBLE_PIXEL = (Path(__file__).parents[1] / "static/auto.gif").read_bytes()  # 88 by 36, shown at half that: "auto"
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


def _is_one_click() -> bool:
    """RFC 8058's body, as a form or multipart: a mail program's own unsubscribe button, which no limit may hold up."""
    name, value = _ONE_CLICK
    return request.form.get(name) == value


@bp.get("/o/<token>.gif")
@with_token("open")
def open_pixel(message_id: int) -> Response:
    """The picture; `?auto` asks for the one that can be seen."""
    _count(EventKind.OPEN, message_id)
    return _uncached(Response(_VISIBLE_PIXEL if "auto" in request.args else PIXEL, mimetype="image/gif"))


@bp.get("/c/<token>/<int(max=32767):number>")
@with_token("click")
def click(message_id: int, sendout_id: int, *, number: int) -> ResponseReturnValue:
    link = queries.link_of(sendout_id, number)
    if link is None:
        _reader(message_id)
        abort(404, "This link is not kept any more. Answer the message, or ask whoever sent it.")
    db.session.commit()  # the connection is free while the visit is committed with others, and keeps what it has prepared
    _count(EventKind.CLICK, message_id, link.id)
    return _uncached(Response(status=302, headers={"Location": link.url}))


@bp.get(EXPLAINED_PATH)
@public
def explained() -> ResponseReturnValue:
    """Where the visible picture leads to: what it tells, and what it cannot know."""
    return render_template("tracking/explained.html", language=page_language())


@bp.get("/u/<token>")
@with_token("unsubscribe")
def preferences(message_id: int) -> ResponseReturnValue:
    reader = _reader(message_id)
    page = render_template(
        "tracking/preferences.html",
        organisation_name=reader.organisation_name,
        language=page_language(*reader.languages),
        reader=reader,
        present=present_choice(reader),
        most=most_on_offer(reader),
        has_chosen="chosen" in request.args,
        token=_token(),
    )
    return _uncached(Response(page))


@bp.post("/u/<token>")
@limiter.limit("30 per minute", exempt_when=_is_one_click)
@with_token("unsubscribe")
def unsubscribe(message_id: int) -> ResponseReturnValue:
    reader = _reader(message_id)
    agent = request.user_agent.string
    if _is_one_click():
        unsubscribe_at_once(reader, user_agent=agent)
        db.session.commit()
        said = in_language(page_language(*reader.languages), "You will get no more of these messages.")
        return _uncached(Response(f"{said}\n", mimetype="text/plain"))
    choose(reader, _asked_choice(), source=EntrySource.LINK, user_agent=agent)
    db.session.commit()
    return redirect(url_for("tracking.preferences", token=_token(), chosen=""), 303)


def _reader(message_id: int) -> Addressee:
    """Whom the link was sent to: whatever goes wrong is said in their language."""
    reader = reader_of(message_id)
    reader_speaks(*reader.languages)
    return reader


def _count(kind: EventKind, message_id: int, link_id: int | None = None) -> None:
    """Keep the visit before it is answered; a HEAD is none."""
    if request.method != "HEAD":
        keep_visit(committer(), kind, message_id, link_id=link_id, user_agent=request.user_agent.string)


def _asked_choice() -> Choice:
    try:
        return Choice(request.form.get("choice", ""))
    except ValueError as error:
        raise Invalid("Choose what you want to get.", "choice") from error


def _token() -> str:
    return str((request.view_args or {})["token"])


def _uncached(response: Response) -> Response:
    name, value = UNCACHED
    response.headers[name] = value
    return response
