"""The page on which one person is written to."""

from secrets import token_urlsafe

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.inbound.forms import read_written
from app.inbound.writing.service import write
from app.inbound.writing.ways import Ways, last_written_by, preset_way, ways_to
from app.lib.errors import Conflict, Invalid
from app.models import Participant
from app.participants.service import person_of
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

bp = Blueprint("writing", __name__)


@bp.get("/participants/<int:participant_id>/write")
@signed_in(Role.ORGANISER)
def compose(participant_id: int) -> ResponseReturnValue:
    """A text or an e-mail to one person, or why they cannot be written to; `?by=` is the channel."""
    person = person_of(current_organisation_id(), participant_id)
    return _page(person, ways_to(person), FormReader({}))


@bp.post("/participants/<int:participant_id>/write")
@signed_in(Role.ORGANISER)
def send(participant_id: int) -> ResponseReturnValue:
    """Send it."""
    person = person_of(current_organisation_id(), participant_id)
    form = FormReader(request.form)
    written = read_written(form)
    if not form.errors:
        try:
            write(ways_to(person)[written.channel], written, current_user_id())
        except (Conflict, Invalid) as problem:
            db.session.rollback()
            form.errors["is_marketing" if written.is_marketing else "body"] = str(problem)
    if form.errors:
        return _page(person, ways_to(person), form), 422
    db.session.commit()
    say(f"Your {'e-mail' if written.channel is Channel.EMAIL else 'text'} to {_name(person)} is on its way.")
    return redirect(url_for("participants.show", participant_id=participant_id, _anchor="timeline"), 303)


def _page(person: Participant, ways: Ways, form: FormReader) -> str:
    asked = form.values.get("by") or request.args.get("by", "")
    known = next((channel for channel in ways if channel == asked), None)
    return render_template(
        "inbound/write.html",
        person=person,
        name=_name(person),
        ways=ways,
        chosen=known or preset_way(ways, last_written_by(person)),
        form=form,
        form_token=token_urlsafe(12),
    )


def _name(person: Participant) -> str:
    return f"{person.first_name} {person.last_name}".strip() or person.email_address or person.phone_number or "somebody without a name"
