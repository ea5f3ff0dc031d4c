"""The pages behind "Their data": take everything away, or erase it. Owners only."""

from flask import Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Conflict, Invalid
from app.models import Participant
from app.participants.service import person_of
from app.reports.blueprint import bp
from app.reports.privacy.erasing import CONFIRMATION, Erasure, erase
from app.reports.privacy.held import held_about
from app.reports.privacy.takeaway import zipped
from app.reports.privacy.whose import traces_of
from app.users.audit import record
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say
from app.web.membership import current_standing

_TAKEN = "person_exported"  # the session's key for whose copy was asked for and logged


@bp.get("/participants/<int:participant_id>/data")
@signed_in(Role.OWNER)
def their_data(participant_id: int) -> ResponseReturnValue:
    """What is held about a person, to take away or to erase."""
    return _page(person_of(current_organisation_id(), participant_id))


@bp.post("/participants/<int:participant_id>/data/file")
@signed_in(Role.OWNER)
def take_data(participant_id: int) -> ResponseReturnValue:
    """Note who took a copy, and lead to the file."""
    person = person_of(current_organisation_id(), participant_id)
    record("person exported", "participant", person.id)
    db.session.commit()
    session[_TAKEN] = person.id
    return redirect(url_for("reports.data_file", participant_id=participant_id), 303)


@bp.get("/participants/<int:participant_id>/data/file")
@signed_in(Role.OWNER)
def data_file(participant_id: int) -> ResponseReturnValue:
    """Everything about a person as a file, for whoever has asked for it just now; others are led to the page that asks."""
    person = person_of(current_organisation_id(), participant_id)
    if session.pop(_TAKEN, None) != person.id:
        return redirect(url_for("reports.their_data", participant_id=participant_id), 303)
    content = zipped(held_about(person, traces_of(person)), current_standing().organisation_name, _name(person))
    headers = {"Content-Disposition": f'attachment; filename="person-{participant_id}.zip"', "Cache-Control": "no-store"}
    return Response(content, mimetype="application/zip", headers=headers)


@bp.post("/participants/<int:participant_id>/data/erasure")
@signed_in(Role.OWNER)
def erase_person(participant_id: int) -> ResponseReturnValue:
    """Erase a person; there is no way back."""
    person = person_of(current_organisation_id(), participant_id)
    try:
        erase(person, Erasure(current_user_id(), request.form.get("typed", "")))
    except (Invalid, Conflict) as problem:
        db.session.rollback()
        return _page(person_of(current_organisation_id(), participant_id), str(problem)), 422
    db.session.commit()
    say("Erased. The counts of your send-outs stay as they were.")
    return redirect(url_for("participants.index"), 303)


def _page(person: Participant, error: str = "") -> str:
    traces = traces_of(person)
    return render_template(
        "reports/privacy/data.html",
        person=person,
        name=_name(person),
        tables=held_about(person, traces),
        shared=sorted(address for _, address in traces.shared),
        word=CONFIRMATION,
        error=error,
    )


def _name(person: Participant) -> str:
    return f"{person.first_name} {person.last_name}".strip() or person.email_address or person.phone_number or "Somebody without a name"
