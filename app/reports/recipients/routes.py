"""The people of a send-out as a page, as ids to copy, and as a file."""

from collections.abc import Iterator

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.shown import ShownStatus
from app.domain.status_words import WORDS
from app.lib.tabular import csv_chunks
from app.reports.blueprint import bp
from app.reports.details.queries import sendout_of
from app.reports.recipients.drafts import listed_page, listed_rows
from app.reports.recipients.queries import Asked, Recipient, message_ids
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

MOST_IDS = 10_000
LONGEST_SEARCH = 100
COLUMNS = (
    "Message", "Name", "Address", "Channel", "Status", "Reason", "Code", "Response", "Sent", "Delivered", "Opened", "Opened by a machine",
    "Clicked", "Acknowledged", "Responded", "Wrote back", "Opted out",
)  # fmt: skip


@bp.get("/sendouts/<int:sendout_id>/recipients")
@signed_in(Role.VIEWER)
def recipients(sendout_id: int) -> ResponseReturnValue:
    """The people of one slice, of one skip reason, or all."""
    asked = _asked(sendout_id)
    sendout = sendout_of(sendout_id, asked.organisation_id)
    return render_page_or_partial(
        "reports/recipients.html",
        "reports/_recipients.html",
        sendout=sendout,
        asked=asked,
        listed=listed_page(sendout, asked, asked_cursor()),
    )


@bp.get("/sendouts/<int:sendout_id>/recipients/ids")
@signed_in(Role.VIEWER)
def recipient_ids(sendout_id: int) -> ResponseReturnValue:
    """The ids of these messages, one a line, to paste elsewhere."""
    ids = message_ids(_asked(sendout_id), MOST_IDS)
    return Response("\n".join(map(str, ids)), mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/sendouts/<int:sendout_id>/recipients.csv")
@signed_in(Role.VIEWER)
def recipients_csv(sendout_id: int) -> ResponseReturnValue:
    """These people as a file, streamed as it is read."""
    asked = _asked(sendout_id)
    rows = listed_rows(sendout_of(sendout_id, asked.organisation_id), asked)
    return Response(
        stream_with_context(csv_chunks(_table(asked.channel, rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="send-out-{sendout_id}-{asked.channel}.csv"'},
    )


def _table(channel: Channel, rows: Iterator[Recipient]) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for row in rows:
        reason = skip_words(row.skip_reason, channel) if row.skip_reason else row.error_words
        moments = (
            row.accepted_at, row.delivered_at, row.opened_at, row.machine_opened_at, row.clicked_at, row.acknowledged_at, row.responded_at,
            row.wrote_back_at, row.opted_out_at,
        )  # fmt: skip
        written = (moment.isoformat(sep=" ", timespec="seconds") if moment else None for moment in moments)
        yield (row.message_id, row.name, row.address, channel, WORDS[row.shown], reason, row.error_code, row.answer, *written)


def _asked(sendout_id: int) -> Asked:
    """What was asked for; raises NotFound for a send-out of somebody else's."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    asked = request.args
    return Asked(
        sendout.organisation_id,
        sendout.id,
        next((channel for channel in Channel if channel == asked.get("channel")), Channel.EMAIL),
        next((status for status in ShownStatus if status == asked.get("status")), None),
        next((reason for reason in SkipReason if reason == asked.get("reason")), None),
        " ".join(asked.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH],
        asked.get("answer", type=int),
    )
