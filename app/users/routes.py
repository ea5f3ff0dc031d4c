"""One's own account, which organisation one looks at, and the page that an invitation opens."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.addresses import normalise_number
from app.domain.replies import Announced, TaskKind
from app.domain.roles import Role
from app.extensions import db, limiter
from app.lib.errors import NotFound
from app.models import Membership, Organisation, User
from app.users import invitations
from app.users.queries import membership_of
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in, with_token
from app.web.htmx import say
from app.web.membership import CHOSEN, standings
from app.web.navigation import navigation

bp = Blueprint("users", __name__)


@bp.get("/")
@signed_in(Role.TREASURER)
def start() -> ResponseReturnValue:
    """The first place of the rail."""
    return redirect(navigation()[0].url, 303)


@bp.get("/settings", endpoint="settings")
@signed_in(Role.TREASURER)
def first_page() -> ResponseReturnValue:
    """The first page of Settings that this person may see."""
    return redirect(url_for("organisation.edit" if current_role() is Role.OWNER else "users.account"), 303)


@bp.get("/settings/account")
@signed_in(Role.TREASURER)
def account() -> ResponseReturnValue:
    """One's own name and phone, how one hears of new replies, password and second step."""
    return _account_page(FormReader({}))


@bp.post("/settings/account")
@signed_in(Role.TREASURER)
def rename() -> ResponseReturnValue:
    """Change one's own name, and the phone that the team's texts go to."""
    form = FormReader(request.form)
    name = form.words("name", at_most=100, missing="Type your name, as the team knows it.")
    phone_number = _own_number(form)
    if form.errors:
        return _account_page(form), 422
    user = db.session.get_one(User, current_user_id())
    user.name, user.phone_number = name, phone_number
    db.session.commit()
    say("Saved.")
    return redirect(url_for("users.account"), 303)


@bp.post("/settings/account/announcements")
@signed_in(Role.ORGANISER)
def announce() -> ResponseReturnValue:
    """Choose how one hears of new replies in this organisation."""
    form = FormReader(request.form)
    chosen = form.choice("announced_by", Announced)
    if TaskKind.ANNOUNCE_TEXT in chosen.kinds and not db.session.get_one(User, current_user_id()).phone_number:
        form.errors["announced_by"] = "Type your mobile number above first, and save it."
    if form.errors:
        return _account_page(form), 422
    _own_membership().announced_by = chosen
    db.session.commit()
    say("Saved.")
    return redirect(url_for("users.account"), 303)


@bp.post("/organisation")
@signed_in(Role.TREASURER)
def choose_organisation() -> ResponseReturnValue:
    """Look at another of the person's organisations from now on."""
    asked = request.form.get("organisation_id", type=int)
    if asked not in {each.organisation_id for each in standings()}:
        raise NotFound("You do not belong to that organisation.")
    session[CHOSEN] = asked
    return redirect("/", 303)


@bp.get("/invite/<token>")
@with_token(invitations.PURPOSE)
def invitation(*link: int) -> ResponseReturnValue:
    """Where a new person sets a password; opening it changes nothing."""
    user = invitations.invited(*link)
    return render_template("users/invitation.html", user=user, problem=None)


@bp.post("/invite/<token>")
@limiter.limit("20 per minute")
@with_token(invitations.PURPOSE)
def accept_invitation(*link: int) -> ResponseReturnValue:
    """Set it; the link is used up with that."""
    user = invitations.invited(*link)
    password = request.form.get("password", "")
    problem = invitations.password_problem(password, request.form.get("again", ""))
    if problem:
        return render_template("users/invitation.html", user=user, problem=problem), 422
    invitations.accept(user, password)
    db.session.commit()
    say("Your password is set. Sign in with it.")
    return redirect(url_for("security.login"), 303)


def _account_page(form: FormReader) -> str:
    return render_template("users/account.html", form=form, errors=form.errors, announced_by=_own_membership().announced_by)


def _own_membership() -> Membership:
    return membership_of(current_user_id(), current_organisation_id())


def _own_number(form: FormReader) -> str | None:
    """The number that was typed, in full; None for an empty field."""
    country = db.session.get_one(Organisation, current_organisation_id()).country
    return form.converted("phone_number", lambda typed: normalise_number(typed, country) if typed else "") or None
