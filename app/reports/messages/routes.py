"""The Messages page, its ids to copy, and its file."""

from collections.abc import Iterator

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.domain.audience import skip_words
from app.domain.roles import Role
from app.domain.status_words import WORDS
from app.lib.tabular import csv_chunks
from app.reports.blueprint import bp
from app.reports.messages import queries
from app.reports.messages.asked import MOST_PASTED, Asked, pasted_ids, read_asked
from app.reports.messages.queries import MessageRow
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

MOST_IDS = 10_000
COLUMNS = (
    "Message", "Name", "Address", "Channel", "Send-out", "When", "Status", "Reason", "Code", "Response", "Acknowledged", "Responded",
)  # fmt: skip


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
        left_off=max(0, len(pasted_ids(request.args.get("ids", ""))) - MOST_PASTED),
    )


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
    rows = queries.every_message(_asked())
    return Response(
        stream_with_context(csv_chunks(_table(rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="messages.csv"'},
    )


def _table(rows: Iterator[MessageRow]) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for row in rows:
        reason = skip_words(row.skip_reason, row.channel) if row.skip_reason else row.error_words
        moments = (row.acknowledged_at, row.responded_at)
        at, *written = (moment.isoformat(sep=" ", timespec="seconds") if moment else None for moment in (row.at, *moments))
        about = (row.message_id, row.name, row.address, row.channel, row.title, at)
        yield (*about, WORDS[row.shown], reason, row.error_code, row.answer, *written)


def _asked() -> Asked:
    return read_asked(current_organisation_id(), request.args)
