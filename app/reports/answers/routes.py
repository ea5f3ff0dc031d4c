"""The figures of the answers' doughnut."""

from flask import Response, abort
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.messages.counts import counts_of
from app.reports.answers.queries import answers_of
from app.reports.blueprint import bp
from app.reports.charts import answers_doughnut
from app.reports.details.queries import sendout_of
from app.web.guards import current_organisation_id, signed_in


@bp.get("/sendouts/<int:sendout_id>/answers/<channel>.json")
@signed_in(Role.VIEWER)
def answers_ring(sendout_id: int, channel: str) -> ResponseReturnValue:
    """One channel's answers, for doughnut.js to draw; an empty ring while there are none."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    known = next((each for each in Channel if each == channel), None)
    if known is None:
        abort(404)
    counts = counts_of([sendout.id])[sendout.id].get(known)
    report = answers_of(sendout, known, counts) if counts else None
    ring = answers_doughnut(report.said if report else ())
    return Response(ring, mimetype="application/json", headers={"Cache-Control": "no-store"})
