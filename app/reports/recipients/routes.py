"""The people of a send-out as a page, as ids to copy, and as a file."""

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.shown import ShownStatus
from app.models import Sendout
from app.reports.blueprint import bp
from app.reports.details.queries import sendout_of
from app.reports.recipients.drafts import listed_page
from app.reports.recipients.file import report_file
from app.reports.recipients.queries import Asked, message_ids
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

MOST_IDS = 10_000
MOST_CHOICES = 1_000
LONGEST_SEARCH = 100
LONGEST_DOMAIN = 255


@bp.get("/sendouts/<int:sendout_id>/recipients")
@signed_in(Role.VIEWER)
def recipients(sendout_id: int) -> ResponseReturnValue:
    """The people of one slice, of one skip reason, or all."""
    sendout = _mine(sendout_id)
    asked = _asked(sendout)
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
    ids = message_ids(_asked(_mine(sendout_id)), MOST_IDS)
    return Response("\n".join(map(str, ids)), mimetype="text/plain", headers={"Cache-Control": "no-store"})


@bp.get("/sendouts/<int:sendout_id>/recipients.csv")
@signed_in(Role.VIEWER)
def recipients_csv(sendout_id: int) -> ResponseReturnValue:
    """These people as a file, streamed as it is read."""
    sendout = _mine(sendout_id)
    asked = _asked(sendout)
    return Response(
        stream_with_context(report_file(sendout, asked)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="send-out-{sendout_id}-{asked.channel}.csv"'},
    )


def _mine(sendout_id: int) -> Sendout:
    return sendout_of(sendout_id, current_organisation_id())


def _choice(number: int | None) -> int | None:
    """A question's choice by its number; no question has a thousand."""
    return number if number is not None and 0 <= number < MOST_CHOICES else None


def _asked(sendout: Sendout) -> Asked:
    asked = request.args
    return Asked(
        sendout.organisation_id,
        sendout.id,
        next((channel for channel in Channel if channel == asked.get("channel")), Channel.EMAIL),
        next((status for status in ShownStatus if status == asked.get("status")), None),
        next((reason for reason in SkipReason if reason == asked.get("reason")), None),
        " ".join(asked.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH],
        _choice(asked.get("answer", type=int)),
        asked.get("provider", "").replace("\0", "").strip().lower()[:LONGEST_DOMAIN],
    )
