"""The Messages page, its ids to copy, and its file."""

from typing import Any

from flask import Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.messages.follow_up import Note, note_messages
from app.participants.follow_ups import follow_ups_of
from app.reports.blueprint import bp
from app.reports.messages import queries
from app.reports.messages.asked import MOST_PASTED, Asked, pasted_ids, read_asked
from app.reports.messages.file import messages_file
from app.web.filters import plural
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import render_page_or_partial, say
from app.web.pagination import PAGE_SIZE, asked_cursor

MOST_IDS = 10_000
NONE_TICKED = "Tick the messages first, at the left of each row."


@bp.get("/reports/messages")
@signed_in(Role.VIEWER)
def messages() -> ResponseReturnValue:
    """Every message, the last first; of one send-out, its Message Delivery Report."""
    asked = _asked()
    return render_page_or_partial(
        "reports/messages.html",
        "reports/_messages.html",
        asked=asked,
        listed=queries.messages_page(asked, asked_cursor()),
        unstarted=queries.unstarted(asked),
        sendouts=queries.sendout_choices(asked),
        senders=queries.sender_choices(asked.organisation_id),
        lists=queries.list_choices(asked.organisation_id),
        follow_up_choices=queries.follow_up_choices(asked.organisation_id),
        left_off=max(0, len(pasted_ids(request.args.get("ids", ""))) - MOST_PASTED),
    )


@bp.post("/reports/messages/follow-up")
@signed_in(Role.ORGANISER)
def change_follow_ups() -> ResponseReturnValue:
    """Move the ticked messages to another follow-up status, all at once; back to the same rows."""
    asked, ticked = _asked(), ticked_ids()
    if ticked:
        note = Note(request.form.get("status_id", type=int), user_id=current_user_id())
        count = note_messages(asked.organisation_id, list(follow_ups_of(ticked)) or ticked, note)
        db.session.commit()
        say(f"{plural(count, 'message', 'messages')} changed.")
    else:
        say(NONE_TICKED, kind="warning")
    again: dict[str, Any] = {"after": asked_cursor(), **asked.arguments}
    return redirect(url_for("reports.messages", **again), 303)


@bp.get("/reports/messages/ids")
@signed_in(Role.VIEWER)
def all_message_ids() -> ResponseReturnValue:
    """The ids of these messages, one a line, to paste elsewhere."""
    ids = queries.ids_of(_asked(), MOST_IDS)
    return Response("\n".join(map(str, ids)), mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/reports/messages.csv")
@signed_in(Role.VIEWER)
def messages_csv() -> ResponseReturnValue:
    """These messages as a file, streamed as it is read."""
    return Response(
        stream_with_context(messages_file(_asked())),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="messages.csv"'},
    )


def ticked_ids() -> list[int]:
    """The messages that were ticked on a page of them."""
    return [number for each in request.form.getlist("message_id") for number in pasted_ids(each)][:PAGE_SIZE]


def _asked() -> Asked:
    return read_asked(current_organisation_id(), request.args)
