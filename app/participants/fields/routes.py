"""The page of custom fields, under Settings."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.models import CustomFieldKind
from app.participants.fields import service
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

bp = Blueprint("fields", __name__, url_prefix="/settings/fields")


@bp.get("")
@signed_in(Role.OWNER)
def index() -> ResponseReturnValue:
    """All fields, and a form for one more."""
    return _page(FormReader({}))


@bp.post("")
@signed_in(Role.OWNER)
def add() -> ResponseReturnValue:
    """Make one."""
    form = FormReader(request.form)
    kind = form.choice("kind", CustomFieldKind, "Say what it holds.")
    try:
        if not form.errors:
            service.add(current_organisation_id(), form.values.get("name", ""), kind)
    except Invalid as mistake:
        form.errors[mistake.field or "name"] = str(mistake)
    if form.errors:
        return _page(form), 422
    db.session.commit()
    say("Added. Fill it in on each person's page, or by an import.")
    return redirect(url_for("fields.index"), 303)


@bp.post("/<int:field_id>/name")
@signed_in(Role.OWNER)
def rename(field_id: int) -> ResponseReturnValue:
    """Call it something else."""
    try:
        service.rename(service.field_of(current_organisation_id(), field_id), request.form.get("name", ""))
    except Invalid as mistake:
        db.session.rollback()
        say(f"{mistake} Nothing was changed.", kind="danger")
        return redirect(url_for("fields.index"), 303)
    db.session.commit()
    say("Renamed.")
    return redirect(url_for("fields.index"), 303)


@bp.post("/<int:field_id>/removal")
@signed_in(Role.OWNER)
def remove(field_id: int) -> ResponseReturnValue:
    """End it with what people have in it."""
    found = service.field_of(current_organisation_id(), field_id)
    name = found.name
    emptied = service.remove(found, current_user_id())
    db.session.commit()
    say(f"The field “{name}” is gone, and what {emptied:,} {'person' if emptied == 1 else 'people'} had in it.")
    return redirect(url_for("fields.index"), 303)


def _page(form: FormReader) -> str:
    return render_template("fields/index.html", lines=service.field_lines(current_organisation_id()), form=form)
