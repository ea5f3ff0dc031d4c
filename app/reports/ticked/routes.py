"""From ticked messages to a resend: what would go to whom, and then once."""

import secrets
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.messages.spending import budget_standing
from app.reports.blueprint import bp
from app.reports.messages.asked import pasted_ids, read_asked
from app.reports.messages.routes import NONE_TICKED, ticked_ids
from app.reports.ticked import service
from app.sendouts.approving.queries import standing_of
from app.sendouts.running import Actor
from app.users.audit import record
from app.web.filters import plural
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.htmx import say
from app.web.pagination import PAGE_SIZE, asked_cursor

LONGEST_TOKEN = 40


@bp.post("/reports/messages/ticked")
@signed_in(Role.ORGANISER)
def tick() -> ResponseReturnValue:
    """On to what resending the ticked messages would do; nothing has changed yet."""
    ids = ticked_ids()
    if not ids:
        say(NONE_TICKED, kind="warning")
        again: dict[str, Any] = {"after": asked_cursor(), **read_asked(current_organisation_id(), request.args).arguments}
        return redirect(url_for("reports.messages", **again), 303)
    return redirect(url_for("reports.resend_ticked", ids=",".join(map(str, ids))), 303)


@bp.get("/reports/messages/resend")
@signed_in(Role.ORGANISER)
def resend_ticked() -> ResponseReturnValue:
    """To whom what would go once more, and who is left out."""
    ids = _asked_ids(request.args.get("ids", ""))
    organisation_id = current_organisation_id()
    chosen = service.ticked(organisation_id, ids)
    return render_template(
        "reports/resend_ticked.html",
        ticked=chosen,
        ids=ids,
        form_token=secrets.token_urlsafe(16),
        budget=budget_standing(organisation_id),
        needs_approval=any(standing_of(part.sendout) is not None for part in chosen.parts),
    )


@bp.post("/reports/messages/resend")
@signed_in(Role.ORGANISER)
def send_ticked() -> ResponseReturnValue:
    """Start it, once however often the form arrives."""
    may_overspend = "over_budget" in request.form and current_role() is Role.OWNER
    actor = Actor(current_organisation_id(), current_user_id(), may_overspend)
    chosen = service.ticked(actor.organisation_id, _asked_ids(request.form.get("ids", "")))
    copies = service.resend_ticked(chosen, actor, request.form.get("form_token", "")[:LONGEST_TOKEN])
    started = [copy for copy in copies if copy.state != SendoutState.DRAFT]
    for copy in started:
        record("resend", "sendout", copy.resend_of, copy=copy.id)
    db.session.commit()
    if not started:
        say("Look at it once more, then send it." if len(copies) == 1 else "Each waits as a draft: look at it once more, then send it.")
        return redirect(url_for("sendouts.review", sendout_id=copies[0].id), 303)
    if len(copies) == 1:
        return redirect(url_for("reports.details", sendout_id=copies[0].id), 303)
    say(f"{plural(len(started), 'send-out', 'send-outs')} on the way. Each can be undone on its page for 20 seconds.")
    return redirect(url_for("reports.sendouts"), 303)


def _asked_ids(pasted: str) -> list[int]:
    return list(pasted_ids(pasted))[:PAGE_SIZE]
