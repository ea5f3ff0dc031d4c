"""For owners: who did what, and when."""

from flask import request
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.reports.activity import queries
from app.reports.activity.words import PART_WORDS, Part
from app.reports.blueprint import bp
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor


@bp.get("/settings/activity")
@signed_in(Role.OWNER)
def activity() -> ResponseReturnValue:
    """What was done here: `?by=` by whom, `?part=` in which part of the product."""
    organisation_id = current_organisation_id()
    doers = queries.doers(organisation_id)
    by = request.args.get("by", "")
    asked = queries.Asked(
        organisation_id,
        user_id=next((number for number, _ in doers if str(number) == by), None),
        part=next((part for part in Part if part == request.args.get("part")), None),
    )
    return render_page_or_partial(
        "reports/activity/activity.html",
        "reports/activity/_deeds.html",
        asked=asked,
        listed=queries.deeds_page(asked, asked_cursor()),
        doers=doers,
        parts=list(PART_WORDS.items()),
    )
