"""For whoever cannot sign in: ask for a link, and the page that it opens."""

from hashlib import sha256

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.addresses import InvalidAddress, normalise_email
from app.extensions import db, limiter
from app.users import invitations
from app.users.forgotten import service
from app.web.guards import public, with_token
from app.web.htmx import say

bp = Blueprint("forgotten", __name__)


def _typed() -> str:
    return request.form.get("email", "").strip()


def _mailbox() -> str:
    """The mailbox that would be written to, so that nobody fills another's from many places; hashed, as keys are no place for names."""
    return sha256(_typed().lower().encode()).hexdigest()[:32]


@bp.get("/forgotten")
@public
def ask() -> ResponseReturnValue:
    """Which account."""
    return render_template("users/forgotten.html", typed=request.args.get("email", ""), problem=None)


@bp.post("/forgotten")
@limiter.limit("20 per hour")
@limiter.limit("5 per hour", key_func=_mailbox)
@public
def send_link() -> ResponseReturnValue:
    """Have the link sent; the answer is the same whether there is such an account or not."""
    try:
        email = normalise_email(_typed()).address
    except InvalidAddress as mistake:
        return render_template("users/forgotten.html", typed=_typed(), problem=str(mistake)), 422
    service.ask_for_link(email)
    say(f"If {email} signs in here, an e-mail with a link is on its way. It is good for an hour.")
    return redirect(url_for("security.login"), 303)


@bp.get("/forgotten/<token>")
@with_token(service.PURPOSE)
def choose(user_id: int, expires_at: int, state: int) -> ResponseReturnValue:
    """Where one sets a new password; opening it changes nothing."""
    return render_template("users/new_password.html", user=service.forgetful(user_id, expires_at, state), problem=None)


@bp.post("/forgotten/<token>")
@limiter.limit("20 per minute")
@with_token(service.PURPOSE)
def renew(user_id: int, expires_at: int, state: int) -> ResponseReturnValue:
    """Set it; the link is used up with that."""
    user = service.forgetful(user_id, expires_at, state)
    password = request.form.get("password", "")
    problem = invitations.password_problem(password, request.form.get("again", ""))
    if problem:
        return render_template("users/new_password.html", user=user, problem=problem), 422
    service.renew(user, password)
    db.session.commit()
    say("Your password is set. Sign in with it.")
    return redirect(url_for("security.login"), 303)
