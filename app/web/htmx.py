"""One view, two answers: a page for a visit, its moving part for a swap; and the word that confirms what was done."""

import json
from typing import Any

from flask import Response, flash, get_flashed_messages, make_response, render_template, request


def is_swap() -> bool:
    """Whether htmx wants a part: not a boosted link or form, and not a page missing from its history, which get whole pages."""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def render_page_or_partial(page: str, partial: str, **context: Any) -> Response:
    """The page for a visit, a boosted link or history; the partial for a swap, with the waiting toasts in its headers."""
    response = make_response(render_template(partial if is_swap() else page, **context))
    response.vary.add("HX-Request")
    if is_swap():
        send_toasts(response)
    return response


def say(sentence: str, *, kind: str = "success", undo: str | None = None) -> None:
    """Confirm in a toast, on the next page or part that this person gets; `undo` is a URL that takes a POST and takes it back."""
    flash(json.dumps({"text": sentence, "undo": undo}), kind)


def waiting_toasts() -> list[dict[str, str | None]]:
    """What `say` and Flask-Security have to tell, told once."""
    told: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
    return [_toast(kind, message) for kind, message in told]


def send_toasts(response: Response) -> None:
    """Put the waiting toasts into a swap's headers, where `app.js` finds them: a part has no place for them."""
    toasts = waiting_toasts()
    if toasts:
        response.headers["HX-Trigger"] = json.dumps({"toasts": {"all": toasts}})


def _toast(kind: str, message: str) -> dict[str, str | None]:
    """Ours are JSON; those of Flask-Security are plain sentences."""
    if message.startswith("{"):
        told: dict[str, str | None] = json.loads(message)
        return {"kind": kind} | told
    return {"kind": {"error": "danger"}.get(kind, kind), "text": str(message), "undo": None}
