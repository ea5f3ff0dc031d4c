"""The page of answers by e-mail that wait for somebody to look at them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.inbound.mails import service
from app.inbound.writing.service import LONGEST_TEXT
from app.lib.errors import Conflict, Invalid
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

bp = Blueprint("answer_mails", __name__, url_prefix="/replies/e-mails")


@bp.get("")
@signed_in(Role.ORGANISER)
def waiting() -> ResponseReturnValue:
    """What waits, with the reason why it was not sent by itself."""
    return _page(FormReader({}))


@bp.post("/<int:mail_id>/send")
@signed_in(Role.ORGANISER)
def send(mail_id: int) -> ResponseReturnValue:
    """Send its words as a text, as they stand in the form."""
    form = FormReader(request.form)
    body = form.lines("body", at_most=LONGEST_TEXT, missing="Write something first.")
    if not form.errors:
        try:
            name = service.send_on(current_organisation_id(), mail_id, body, user_id=current_user_id())
        except (Conflict, Invalid) as problem:
            db.session.rollback()
            form.errors["body"] = str(problem)
    if form.errors:
        service.require(current_organisation_id(), mail_id)
        return _page(form, mail_id), 422
    db.session.commit()
    say(f"Your text to {name} is on its way.")
    return redirect(url_for(".waiting"), 303)


@bp.post("/<int:mail_id>/discard")
@signed_in(Role.ORGANISER)
def discard(mail_id: int) -> ResponseReturnValue:
    """Let it go to nobody."""
    service.discard(current_organisation_id(), mail_id, user_id=current_user_id())
    db.session.commit()
    say("Discarded.", undo=url_for(".take_back", mail_id=mail_id))
    return redirect(url_for(".waiting"), 303)


@bp.post("/<int:mail_id>/take-back")
@signed_in(Role.ORGANISER)
def take_back(mail_id: int) -> ResponseReturnValue:
    """Let it wait again."""
    service.take_back(current_organisation_id(), mail_id)
    db.session.commit()
    return redirect(url_for(".waiting"), 303)


def _page(form: FormReader, mail_id: int | None = None) -> str:
    return render_template("inbound/mails.html", waiting=service.waiting_mails(current_organisation_id()), form=form, tried_id=mail_id)
