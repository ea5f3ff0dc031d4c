"""What the top bar's search finds, on one page."""

from flask import request
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.inbound.conversations import found_page
from app.participants.queries import Wanted, people_page
from app.participants.standing import state_of
from app.reports.blueprint import bp
from app.reports.listing.narrowing import ListFilter
from app.reports.listing.queries import lines_page
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial

LONGEST_SEARCH = 100
SHOWN = 8  # of each kind; the rest is one link away


@bp.get("/search")
@signed_in(Role.VIEWER)
def search() -> ResponseReturnValue:
    """The people, send-outs and replies in which these words are found; nothing asked for finds nothing."""
    asked = " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]
    organisation_id = current_organisation_id()
    if not asked:
        return render_page_or_partial("reports/search.html", "reports/_found.html", asked="")
    people = people_page(Wanted(organisation_id, asked), size=SHOWN)
    lines = lines_page(organisation_id, ListFilter(search=asked), None).rows
    replies = found_page(organisation_id, asked, limit=SHOWN + 1)
    found = {"people": people, "lines": lines, "replies": replies}
    return render_page_or_partial("reports/search.html", "reports/_found.html", asked=asked, shown=SHOWN, state_of=state_of, **found)
