"""The page of saved answers."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.inbound.saved.service import keep_answer, saved_answer, saved_answers, throw_away
from app.inbound.writing.service import LONGEST_TEXT
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

bp = Blueprint("saved_answers", __name__, url_prefix="/replies/saved")


@bp.get("")
@signed_in(Role.ORGANISER)
def index() -> ResponseReturnValue:
    """All of them, and a form for another."""
    return _page(FormReader({}))


@bp.post("")
@signed_in(Role.ORGANISER)
def keep() -> ResponseReturnValue:
    """Keep another."""
    form = FormReader(request.form)
    name, body = _read(form)
    if form.errors:
        return _page(form), 422
    keep_answer(current_organisation_id(), name, body, user_id=current_user_id())
    db.session.commit()
    say(f"“{name}” is kept.")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:saved_id>")
@signed_in(Role.ORGANISER)
def change(saved_id: int) -> ResponseReturnValue:
    """Change one."""
    found = saved_answer(current_organisation_id(), saved_id)
    form = FormReader(request.form)
    name, body = _read(form)
    if form.errors:
        say("A saved answer needs a name and words. Nothing was changed.", kind="danger")
        return redirect(url_for(".index"), 303)
    found.name, found.body = name, body
    db.session.commit()
    say("Saved.")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:saved_id>/remove")
@signed_in(Role.ORGANISER)
def remove(saved_id: int) -> ResponseReturnValue:
    """Throw one away."""
    name = throw_away(current_organisation_id(), saved_id)
    db.session.commit()
    say(f"“{name}” is gone.")
    return redirect(url_for(".index"), 303)


def _read(form: FormReader) -> tuple[str, str]:
    name = form.words("name", at_most=60, missing="Give it a name that you will find it by.")
    return name, form.lines("body", at_most=LONGEST_TEXT, missing="Write the answer.")


def _page(form: FormReader) -> str:
    return render_template("inbound/saved.html", saved=saved_answers(current_organisation_id()), form=form)
