"""One's own account, which organisation one looks at, and the page that an invitation opens."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db, limiter
from app.lib.errors import NotFound
from app.models import User
from app.users import invitations
from app.web.forms import FormReader
from app.web.guards import current_role, current_user_id, signed_in, with_token
from app.web.htmx import say
from app.web.membership import CHOSEN, standings
from app.web.navigation import navigation

bp = Blueprint("users", __name__)


@bp.get("/")
@signed_in(Role.VIEWER)
def start() -> ResponseReturnValue:
    """The first place of the rail."""
    return redirect(navigation()[0].url, 303)


@bp.get("/settings", endpoint="settings")
@signed_in(Role.VIEWER)
def first_page() -> ResponseReturnValue:
    """The first page of Settings that this person may see."""
    return redirect(url_for("organisation.edit" if current_role() is Role.OWNER else "users.account"), 303)


@bp.get("/settings/account")
@signed_in(Role.VIEWER)
def account() -> ResponseReturnValue:
    """One's own name, password and second step."""
    return render_template("users/account.html", errors={})


@bp.post("/settings/account")
@signed_in(Role.VIEWER)
def rename() -> ResponseReturnValue:
    """Change one's own name."""
    form = FormReader(request.form)
    name = form.words("name", at_most=100, missing="Type your name, as the team knows it.")
    if form.errors:
        return render_template("users/account.html", errors=form.errors), 422
    db.session.get_one(User, current_user_id()).name = name
    db.session.commit()
    say("Saved.")
    return redirect(url_for("users.account"), 303)


@bp.post("/organisation")
@signed_in(Role.VIEWER)
def choose_organisation() -> ResponseReturnValue:
    """Look at another of the person's organisations from now on."""
    asked = request.form.get("organisation_id", type=int)
    if asked not in {each.organisation_id for each in standings()}:
        raise NotFound("You do not belong to that organisation.")
    session[CHOSEN] = asked
    return redirect("/", 303)


@bp.get("/invite/<token>")
@with_token(invitations.PURPOSE)
def invitation(user_id: int, expires_at: int, state: int) -> ResponseReturnValue:
    """Where a new person sets a password; opening it changes nothing."""
    user = invitations.invited(user_id, expires_at, state)
    return render_template("users/invitation.html", user=user, problem=None)


@bp.post("/invite/<token>")
@limiter.limit("20 per minute")
@with_token(invitations.PURPOSE)
def accept_invitation(user_id: int, expires_at: int, state: int) -> ResponseReturnValue:
    """Set it; the link is used up with that."""
    user = invitations.invited(user_id, expires_at, state)
    password = request.form.get("password", "")
    problem = invitations.password_problem(password, request.form.get("again", ""))
    if problem:
        return render_template("users/invitation.html", user=user, problem=problem), 422
    invitations.set_password(user, password)
    db.session.commit()
    say("Your password is set. Sign in with it.")
    return redirect(url_for("security.login"), 303)
