"""Saved filters: what there are, whom they find, making and changing them."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.conditions import Condition
from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.models import SavedFilter
from app.participants.filters import queries, service
from app.participants.filters.pages import filter_page, rows_now
from app.participants.filters.rows import conditions_of
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

bp = Blueprint("filters", __name__, url_prefix="/participants/filters")


@bp.get("")
@signed_in(Role.VIEWER)
def index() -> ResponseReturnValue:
    """All filters with their conditions in words."""
    return render_template("filters/index.html", filters=queries.all_filters(current_organisation_id()))


@bp.get("/new")
@signed_in(Role.VIEWER)
def new() -> ResponseReturnValue:
    """Choose conditions, and see whom they find; they are in the address."""
    return filter_page(None)


@bp.post("")
@signed_in(Role.AUTHOR)
def create() -> ResponseReturnValue:
    """Keep them under a name."""
    return _save(None)


@bp.get("/<int:filter_id>")
@signed_in(Role.VIEWER)
def show(filter_id: int) -> ResponseReturnValue:
    """A filter's conditions, and whom they find now."""
    return filter_page(service.filter_of(current_organisation_id(), filter_id))


@bp.post("/<int:filter_id>")
@signed_in(Role.AUTHOR)
def change(filter_id: int) -> ResponseReturnValue:
    """Save it as it was changed."""
    return _save(service.filter_of(current_organisation_id(), filter_id))


@bp.get("/<int:filter_id>/count")
@signed_in(Role.VIEWER)
def count(filter_id: int) -> ResponseReturnValue:
    """How many people it finds now, for a page that has many filters."""
    saved = service.filter_of(current_organisation_id(), filter_id)
    found = queries.fitting_count(saved.organisation_id, queries.usable(saved.organisation_id, [saved])[0])
    return render_template("filters/_count.html", number=found, filter_id=filter_id)


@bp.post("/<int:filter_id>/removal")
@signed_in(Role.ORGANISER)
def remove(filter_id: int) -> ResponseReturnValue:
    """End it."""
    saved = service.filter_of(current_organisation_id(), filter_id)
    name = saved.name
    service.remove(saved, current_user_id())
    db.session.commit()
    say(f"The filter “{name}” is gone. Nothing has changed for the people it found.")
    return redirect(url_for("filters.index"), 303)


def _save(saved: SavedFilter | None) -> ResponseReturnValue:
    """Keep what was chosen; a row that was begun and not finished is asked about first."""
    rows, _known = rows_now(saved)
    errors = {f"row-{place}": row.problem for place, row in enumerate(rows) if row.problem}
    try:
        if not errors:
            kept = _keep(saved, conditions_of(rows))
    except Invalid as mistake:
        db.session.rollback()
        errors[mistake.field or "name"] = str(mistake)
    if errors:
        return filter_page(saved, errors), 422
    db.session.commit()
    say("Saved.")
    return redirect(url_for("filters.show", filter_id=kept.id), 303)


def _keep(saved: SavedFilter | None, conditions: Sequence[Condition]) -> SavedFilter:
    name = request.form.get("name", "")
    if saved is None:
        return service.create(current_organisation_id(), current_user_id(), name, conditions)
    service.change(saved, name, conditions)
    return saved
