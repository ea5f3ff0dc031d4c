"""Home."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.messages.doubt import leave_doubt, send_doubtful_again
from app.reports.blueprint import bp
from app.reports.details.queries import sendout_of
from app.reports.home.queries import first_steps_of, needs_of, recent_of, running_of
from app.reports.setup.queries import unasked
from app.users.audit import record
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say
from app.web.membership import current_role


@bp.get("/home")
@signed_in(Role.VIEWER)
def home() -> ResponseReturnValue:
    """What needs you, what is going out, and what went."""
    organisation_id = current_organisation_id()
    running, steps = running_of(organisation_id), first_steps_of(organisation_id)
    set_up = {} if steps.has_sendout or current_role() is not Role.OWNER else unasked(organisation_id)
    return render_template(
        "reports/home.html",
        **set_up,
        steps=steps,
        needs=needs_of(organisation_id, current_user_id()),
        running=running,
        recent=recent_of(organisation_id, running),
    )


@bp.get("/home/under-way")
@signed_in(Role.VIEWER)
def under_way() -> ResponseReturnValue:
    """The part of Home that moves."""
    organisation_id = current_organisation_id()
    running = running_of(organisation_id)
    return render_template("reports/_under_way.html", running=running, recent=recent_of(organisation_id, running))


@bp.post("/sendouts/<int:sendout_id>/doubt/send-again")
@signed_in(Role.ORGANISER)
def send_doubt_again(sendout_id: int) -> ResponseReturnValue:
    """Send what is in doubt once more; it may arrive twice."""
    sent = send_doubtful_again(sendout_of(sendout_id, current_organisation_id()))
    record("send_again", "sendout", sendout_id, people=sent)
    db.session.commit()
    say(f"Sending again to {sent:,} {'person' if sent == 1 else 'people'}.")
    return redirect(url_for("reports.details", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/doubt/leave")
@signed_in(Role.ORGANISER)
def leave_doubtful(sendout_id: int) -> ResponseReturnValue:
    """Ask no more about what is in doubt by now."""
    leave_doubt(sendout_of(sendout_id, current_organisation_id()))
    record("leave_doubt", "sendout", sendout_id)
    db.session.commit()
    say("Left as it is. These people stay In doubt in the report.")
    return redirect(url_for("reports.home"), 303)
