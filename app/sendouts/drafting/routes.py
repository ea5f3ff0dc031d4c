"""Drafts as things: begin one, copy a send-out into one, follow a stopped one with one, throw one away and fetch it back."""

from secrets import token_urlsafe

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.sendouts.blueprint import actor, bp
from app.sendouts.composing import forms
from app.sendouts.composing.service import include_list, new_draft
from app.sendouts.drafting import midway, service
from app.users.audit import record
from app.web.guards import signed_in
from app.web.htmx import say

LONGEST_TOKEN = 80


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


@bp.post("/sendouts/<int:sendout_id>/correction")
@signed_in(Role.AUTHOR)
def correct(sendout_id: int) -> ResponseReturnValue:
    """Begin a message to those who got a send-out that was stopped midway."""
    draft = midway.correct(sendout_id, actor(), _form_token())
    record("correction", "sendout", sendout_id, draft=draft.id)
    db.session.commit()
    say("This goes to those who got it. Write what they should know.")
    return redirect(url_for("sendouts.message", sendout_id=draft.id), 303)


@bp.post("/sendouts/<int:sendout_id>/right-people")
@signed_in(Role.ORGANISER)
def send_to_right_people(sendout_id: int) -> ResponseReturnValue:
    """Copy a send-out that was stopped midway, without those who got it; it is over with the stopped one."""
    draft = midway.send_without_those_who_got_it(sendout_id, actor(), _form_token())
    record("right_people", "sendout", sendout_id, draft=draft.id)
    db.session.commit()
    say("Choose whom it is meant for. Whoever got the first one is left out.")
    return redirect(url_for("sendouts.audience", sendout_id=draft.id), 303)


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


def _form_token() -> str:
    return request.form.get("form_token", "")[:LONGEST_TOKEN] or token_urlsafe(16)
