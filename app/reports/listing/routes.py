"""The list of send-outs as a page, and the calendar of what is scheduled."""

import re
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.sendout_state import WORDS, ShownState
from app.reports.blueprint import bp
from app.reports.listing.calendar import month_of
from app.reports.listing.narrowing import SINCE_WORDS, ListFilter, Since, StateFilter
from app.reports.listing.queries import lines_page, makers
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

LONGEST_SEARCH = 100
STATE_WORDS = [(state, WORDS[ShownState(state)].rstrip("…")) for state in StateFilter]
_A_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_A_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")


@bp.get("/sendouts")
@signed_in(Role.VIEWER)
def sendouts() -> ResponseReturnValue:
    """All send-outs, or those that are asked for."""
    narrowed = _asked()
    listed = lines_page(current_organisation_id(), narrowed, asked_cursor())
    return render_page_or_partial(
        "reports/sendouts.html",
        "reports/_sendout_rows.html",
        listed=listed,
        narrowed=narrowed,
        states=STATE_WORDS,
        times=SINCE_WORDS,
        makers=makers(current_organisation_id()),
    )


@bp.get("/sendouts/calendar")
@signed_in(Role.VIEWER)
def calendar() -> ResponseReturnValue:
    """What is scheduled: this month, or the one that is asked for."""
    asked = request.args.get("month", "")
    month = month_of(current_organisation_id(), date.fromisoformat(f"{asked}-01") if _A_MONTH.fullmatch(asked) else None)
    return render_page_or_partial("reports/calendar.html", "reports/_calendar.html", month=month)


def _asked() -> ListFilter:
    state, channel, since = (request.args.get(name) for name in ("state", "channel", "since"))
    made_by = request.args.get("by", "")
    return ListFilter(
        search=" ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH],
        state=next((each for each in StateFilter if each == state), None),
        channel=next((each for each in Channel if each == channel), None),
        made_by=int(made_by) if _A_NUMBER.fullmatch(made_by) else None,
        since=next((each for each in Since if each == since), None),
    )
