"""Drafts as things: begin one, copy a send-out into one, throw one away and fetch it back."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.sendouts.blueprint import actor, bp
from app.sendouts.composing import forms
from app.sendouts.composing.service import include_list, new_draft
from app.sendouts.drafting import service
from app.web.guards import signed_in
from app.web.htmx import say


@bp.post("/sendouts")
@signed_in(Role.AUTHOR)
def create() -> ResponseReturnValue:
    """Begin a draft; `list_id` puts a list into its audience."""
    sendout = new_draft(actor())
    if (list_id := forms.number(request.form, "list_id")) is not None:
        include_list(sendout, list_id)
    db.session.commit()
    return redirect(url_for("sendouts.audience", sendout_id=sendout.id), 303)


@bp.post("/sendouts/<int:sendout_id>/copy")
@signed_in(Role.AUTHOR)
def copy(sendout_id: int) -> ResponseReturnValue:
    """Make a new draft that says the same to the same people."""
    made = service.copy_sendout(sendout_id, actor())
    db.session.commit()
    say("This is a copy, to change and to send.")
    return redirect(url_for("sendouts.audience", sendout_id=made.id), 303)


@bp.post("/sendouts/<int:sendout_id>/delete")
@signed_in(Role.AUTHOR)
def delete(sendout_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    service.delete_draft(sendout_id, actor())
    db.session.commit()
    say("The draft is deleted.", undo=url_for("sendouts.restore", sendout_id=sendout_id))
    return redirect("/sendouts", 303)


@bp.post("/sendouts/<int:sendout_id>/restore")
@signed_in(Role.AUTHOR)
def restore(sendout_id: int) -> ResponseReturnValue:
    """Fetch a deleted draft back."""
    service.restore_draft(sendout_id, actor())
    db.session.commit()
    say("The draft is back.")
    return redirect(url_for("sendouts.audience", sendout_id=sendout_id), 303)
