"""Asking for approval, giving it, sending a draft back: buttons of the Review page."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.sendouts.approving import service
from app.sendouts.blueprint import actor, bp
from app.users.audit import record
from app.web.guards import signed_in
from app.web.htmx import say


@bp.post("/sendouts/<int:sendout_id>/approval/ask")
@signed_in(Role.AUTHOR)
def ask_for_approval(sendout_id: int) -> ResponseReturnValue:
    """Have somebody else look at it."""
    service.ask_for_approval(sendout_id, actor())
    record("approval_asked", "sendout", sendout_id)
    db.session.commit()
    say("Asked. Whoever may approve it gets an e-mail.")
    return _to_review(sendout_id)


@bp.post("/sendouts/<int:sendout_id>/approval/approve")
@signed_in(Role.ORGANISER)
def approve(sendout_id: int) -> ResponseReturnValue:
    """Yes, as it was read."""
    service.approve(sendout_id, actor(), request.form.get("digest", ""))
    record("approved", "sendout", sendout_id)
    db.session.commit()
    say("Approved. It can be sent as it is.")
    return _to_review(sendout_id)


@bp.post("/sendouts/<int:sendout_id>/approval/send-back")
@signed_in(Role.ORGANISER)
def send_back(sendout_id: int) -> ResponseReturnValue:
    """Not like this, and why."""
    try:
        service.send_back(sendout_id, actor(), request.form.get("digest", ""), request.form.get("note", "").replace("\0", ""))
    except Invalid as mistake:
        db.session.rollback()
        say(str(mistake))
        return _to_review(sendout_id)
    record("sent_back", "sendout", sendout_id)
    db.session.commit()
    say("Sent back. Your note stands on its page.")
    return _to_review(sendout_id)


def _to_review(sendout_id: int) -> ResponseReturnValue:
    return redirect(url_for("sendouts.review", sendout_id=sendout_id), 303)
