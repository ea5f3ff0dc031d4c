"""Set up: seven lines, each with its state and one button. For owners."""

from urllib.parse import quote

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.addresses import InvalidAddress
from app.domain.roles import Role
from app.extensions import db
from app.reports.blueprint import bp
from app.reports.setup import queries, service
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import say

LINES = ("from", "mail", "text")  # those that are fetched by themselves: the answer is somebody else's


@bp.get("/set-up")
@signed_in(Role.OWNER)
def set_up() -> ResponseReturnValue:
    """What is there and what is missing."""
    return _page("")


@bp.get("/set-up/line/<line>")
@signed_in(Role.OWNER)
def set_up_line(line: str) -> ResponseReturnValue:
    """One line, as it stands by now; that of the address asks Amazon."""
    if line not in LINES:
        abort(404)
    context = queries.unasked(current_organisation_id())
    if line == "from":
        context |= {"told": [service.ask_amazon(sender) for sender in context["shown"].mail_senders], "is_asked": True}
    return render_template(f"reports/setup/_{line}.html", **context)


@bp.post("/set-up/mail")
@signed_in(Role.OWNER)
def set_up_mail() -> ResponseReturnValue:
    """An e-mail to oneself."""
    service.send_test_mail(current_organisation_id(), current_user)
    db.session.commit()
    say(f"An e-mail to {current_user.email} is on its way.")
    return redirect(url_for("reports.set_up"), 303)


@bp.post("/set-up/text")
@signed_in(Role.OWNER)
def set_up_text() -> ResponseReturnValue:
    """A text to one's phone."""
    typed = request.form.get("number", "")
    try:
        service.send_test_text(current_organisation_id(), current_user, typed)
    except InvalidAddress as problem:
        db.session.rollback()
        return _page(typed, str(problem)), 422
    db.session.commit()
    say(f"A text to {current_user.phone_number} is on its way.")
    return redirect(url_for("reports.set_up"), 303)


@bp.get("/set-up/domain/<int:sender_id>")
@signed_in(Role.OWNER)
def set_up_domain(sender_id: int) -> ResponseReturnValue:
    """What has to be entered for the domain of an address, to send to whoever runs it."""
    sender = queries.mail_sender(current_organisation_id(), sender_id)
    told = service.ask_amazon(sender)
    letter = render_template("reports/setup/letter.txt", told=told)
    return render_template("reports/setup/domain.html", told=told, letter=letter, mail_to=_mail_to(told.domain, letter))


@bp.post("/set-up/domain/<int:sender_id>")
@signed_in(Role.OWNER)
def begin_domain(sender_id: int) -> ResponseReturnValue:
    """Get the entries from Amazon."""
    service.begin_domain(queries.mail_sender(current_organisation_id(), sender_id))
    return redirect(url_for("reports.set_up_domain", sender_id=sender_id), 303)


def _mail_to(domain: str, letter: str) -> str:
    return f"mailto:?subject={quote(f'DNS entries for {domain}')}&body={quote(letter)}"


def _page(typed: str, error: str = "") -> str:
    return render_template("reports/setup/set_up.html", **queries.unasked(current_organisation_id()) | {"typed": typed, "error": error})
