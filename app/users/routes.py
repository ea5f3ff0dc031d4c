"""Settings: one's own account, the team, the organisation and what its messages leave from."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.lib.errors import NotFound
from app.web.guards import signed_in
from app.web.membership import CHOSEN, standings

bp = Blueprint("users", __name__)


@bp.get("/settings")
@signed_in(Role.VIEWER)
def settings() -> ResponseReturnValue:
    """The first page of Settings that this person may see."""
    return redirect(url_for("users.account"), 303)


@bp.get("/settings/account")
@signed_in(Role.VIEWER)
def account() -> ResponseReturnValue:
    """One's own name, password and second step."""
    return render_template("users/account.html")


@bp.post("/organisation")
@signed_in(Role.VIEWER)
def choose_organisation() -> ResponseReturnValue:
    """Look at another of the person's organisations from now on."""
    asked = request.form.get("organisation_id", type=int)
    if asked not in {each.organisation_id for each in standings()}:
        raise NotFound("You do not belong to that organisation.")
    session[CHOSEN] = asked
    return redirect("/", 303)
