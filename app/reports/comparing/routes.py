"""The page on which send-outs stand side by side; its address says which, so that it can be passed on."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.lib.row_ids import row_id
from app.reports.blueprint import bp
from app.reports.comparing import queries
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial


@bp.get("/reports/compare")
@signed_in(Role.VIEWER)
def compare() -> ResponseReturnValue:
    """`?sendout=` as often as there are any, the last ones where there is none; `?channel=` one channel alone."""
    organisation_id = current_organisation_id()
    asked = _asked_ids()
    is_usual = not asked
    ids = asked or queries.last_started(organisation_id)
    channel = next((each for each in Channel if each == request.args.get("channel")), None)
    lines = queries.compared(organisation_id, ids, channel)
    return render_page_or_partial(
        "reports/comparing/compare.html",
        "reports/comparing/_lines.html",
        lines=lines,
        ids=ids,
        channel=channel,
        is_usual=is_usual,
        is_full=len(ids) >= queries.MOST,
        choices=queries.choices(organisation_id, ids),
        without=lambda sendout_id: url_for("reports.compare", sendout=[each for each in ids if each != sendout_id], channel=channel),
    )


def _asked_ids() -> list[int]:
    asked = [found for each in request.args.getlist("sendout") if (found := row_id(each)) is not None]
    return list(dict.fromkeys(asked))[: queries.MOST]
