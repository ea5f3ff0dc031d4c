"""The list of send-outs as a page."""

from flask import request
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.sendout_state import WORDS, ShownState
from app.reports.blueprint import bp
from app.reports.listing.queries import ListFilter, StateFilter, lines_page
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

LONGEST_SEARCH = 100
STATE_WORDS = [(state, WORDS[ShownState(state)].rstrip("…")) for state in StateFilter]


@bp.get("/sendouts")
@signed_in(Role.VIEWER)
def sendouts() -> ResponseReturnValue:
    """All send-outs, or those that are asked for."""
    narrowed = _asked()
    listed = lines_page(current_organisation_id(), narrowed, asked_cursor())
    return render_page_or_partial(
        "reports/sendouts.html", "reports/_sendout_rows.html", listed=listed, narrowed=narrowed, states=STATE_WORDS
    )


def _asked() -> ListFilter:
    state, channel = request.args.get("state"), request.args.get("channel")
    return ListFilter(
        search=" ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH],
        state=next((each for each in StateFilter if each == state), None),
        channel=next((each for each in Channel if each == channel), None),
    )
