"""A send-out as one of its people would get it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db, limiter
from app.lib.errors import NotFound
from app.lib.row_ids import row_id
from app.models import User
from app.sendouts.blueprint import bp
from app.sendouts.composing.queries import sendout_of
from app.sendouts.previewing import service, trying
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.headers import as_mail_frame
from app.web.htmx import say


@bp.get("/sendouts/<int:sendout_id>/preview")
@signed_in(Role.VIEWER)
def preview(sendout_id: int) -> ResponseReturnValue:
    """On a desktop, on a phone, as a text; the person is chosen by name."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    people = service.people_to_preview(sendout)
    asked = row_id(request.args.get("person", ""))
    if asked is None and not people:
        return render_template("sendouts/preview_nobody.html", sendout=sendout)
    number = people[0][0] if asked is None else asked
    seen = service.preview(sendout, number)
    if number not in {each for each, _name in people}:
        people = [(number, seen.name), *people]
    tester = db.session.get_one(User, current_user_id()) if current_role().includes(Role.AUTHOR) else None
    shown = {"sendout": sendout, "people": people, "seen": seen, "tester": tester}
    return render_template("sendouts/preview.html", **shown, **_neighbours(number, people))


@bp.get("/sendouts/<int:sendout_id>/preview/<int:participant_id>")
@signed_in(Role.VIEWER)
@as_mail_frame
def preview_mail(sendout_id: int, participant_id: int) -> ResponseReturnValue:
    """The e-mail itself, for the sandboxed frame."""
    seen = service.preview(sendout_of(sendout_id, current_organisation_id()), participant_id)
    if seen.mail is None:
        raise NotFound("This send-out has no e-mail.")
    return seen.mail.html


def _tester() -> str:
    """Whose tests are counted: a person's, wherever they sign in."""
    return f"trial-{current_user_id()}"


@bp.post("/sendouts/<int:sendout_id>/preview/<int:participant_id>/trial")
@signed_in(Role.AUTHOR)
@limiter.limit("20 per hour", key_func=_tester)
def trial(sendout_id: int, participant_id: int) -> ResponseReturnValue:
    """Send it to whoever is signed in, as this person would get it."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    where = trying.ask_for_trial(sendout, participant_id, trying.Tester(current_user_id(), request.form.get("number", "")))
    db.session.commit()
    say(f"A test is on its way to {where}. It counts nowhere.")
    return redirect(url_for("sendouts.preview", sendout_id=sendout_id, person=participant_id), code=303)


def _neighbours(number: int, people: list[tuple[int, str]]) -> dict[str, int | None]:
    place = next(index for index, (each, _name) in enumerate(people) if each == number)
    return {
        "before": people[place - 1][0] if place else None,
        "after": people[place + 1][0] if place + 1 < len(people) else None,
    }
