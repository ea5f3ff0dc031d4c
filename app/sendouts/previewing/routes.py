"""A send-out as one of its people would get it."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.lib.errors import NotFound
from app.sendouts.blueprint import bp
from app.sendouts.composing.queries import sendout_of
from app.sendouts.previewing import service
from app.web.guards import current_organisation_id, signed_in
from app.web.headers import as_mail_frame


@bp.get("/sendouts/<int:sendout_id>/preview")
@signed_in(Role.VIEWER)
def preview(sendout_id: int) -> ResponseReturnValue:
    """On a desktop, on a phone, as a text; the person is chosen by name."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    people = service.people_to_preview(sendout)
    asked = request.args.get("person", type=int)
    if asked is None and not people:
        return render_template("sendouts/preview_nobody.html", sendout=sendout)
    number = people[0][0] if asked is None else asked
    seen = service.preview(sendout, number)
    if number not in {each for each, _name in people}:
        people = [(number, seen.name), *people]
    return render_template("sendouts/preview.html", sendout=sendout, people=people, seen=seen, **_neighbours(number, people))


@bp.get("/sendouts/<int:sendout_id>/preview/<int:participant_id>")
@signed_in(Role.VIEWER)
@as_mail_frame
def preview_mail(sendout_id: int, participant_id: int) -> ResponseReturnValue:
    """The e-mail itself, for the sandboxed frame."""
    seen = service.preview(sendout_of(sendout_id, current_organisation_id()), participant_id)
    if seen.mail is None:
        raise NotFound("This send-out has no e-mail.")
    return seen.mail.html


def _neighbours(number: int, people: list[tuple[int, str]]) -> dict[str, int | None]:
    place = next(index for index, (each, _name) in enumerate(people) if each == number)
    return {
        "before": people[place - 1][0] if place else None,
        "after": people[place + 1][0] if place + 1 < len(people) else None,
    }
