"""The controls of a send-out that has left the composer. Each is a compare-and-set; who comes too late is told."""

from collections.abc import Callable

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.reports.blueprint import bp
from app.sendouts import running
from app.sendouts.reviewing import starting
from app.sendouts.running import Actor
from app.users.audit import record
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.htmx import say


@bp.post("/sendouts/<int:sendout_id>/pause")
@signed_in(Role.ORGANISER)
def pause(sendout_id: int) -> ResponseReturnValue:
    """Stop before the next hand-over."""
    _use(running.pause, "pause", sendout_id)
    db.session.commit()
    say("Paused. What was being handed over at this moment still goes.", undo=url_for("reports.resume", sendout_id=sendout_id))
    return redirect(url_for("reports.details", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/resume")
@signed_in(Role.ORGANISER)
def resume(sendout_id: int) -> ResponseReturnValue:
    """Go on."""
    _use(starting.resume, "resume", sendout_id)
    db.session.commit()
    say("Going on.")
    return redirect(url_for("reports.details", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/cancel")
@signed_in(Role.ORGANISER)
def cancel(sendout_id: int) -> ResponseReturnValue:
    """End it for good."""
    _use(running.cancel, "cancel", sendout_id)
    db.session.commit()
    say("Cancelled. Nothing more of it leaves.")
    return redirect(url_for("reports.details", sendout_id=sendout_id), 303)


def _use(verb: Callable[[int, Actor], None], action: str, sendout_id: int) -> None:
    is_owner = current_role() is Role.OWNER  # who goes on beyond the month's budget by pressing Resume
    verb(sendout_id, Actor(current_organisation_id(), current_user_id(), may_overspend=is_owner))
    record(action, "sendout", sendout_id)
