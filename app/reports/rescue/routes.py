"""The page to correct a bad address on, and the walk through why somebody got nothing."""

import secrets

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Conflict, Invalid
from app.messages.hindrances import entry_against
from app.models import Organisation
from app.participants.service import person_of
from app.reports.blueprint import bp
from app.reports.rescue.correcting import BadAddress, ask_by_text, bad_address, correct, send_last_again, words_to_ask
from app.reports.rescue.walk import walk
from app.sendouts.blueprint import actor
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say

LONGEST_TOKEN = 80


@bp.get("/participants/<int:participant_id>/correct/<channel>")
@signed_in(Role.ORGANISER)
def correct_address(participant_id: int, channel: str) -> ResponseReturnValue:
    """What may be done about a bad address."""
    return _page(_bad(participant_id, channel), {})


@bp.post("/participants/<int:participant_id>/correct/<channel>")
@signed_in(Role.ORGANISER)
def save_correction(participant_id: int, channel: str) -> ResponseReturnValue:
    """Keep the right address; with the button for it, send the last message there."""
    bad = _bad(participant_id, channel)
    is_sending = request.form.get("then") == "send"
    try:
        address = correct(bad, request.form.get("address", "").replace("\0", ""), current_user_id())
        copy = send_last_again(bad, actor(), _token()) if is_sending else None
    except Invalid as problem:
        db.session.rollback()
        return _page(_bad(participant_id, channel), {problem.field or "address": str(problem)}), 422
    db.session.commit()
    say(f"The address is {address} now." if copy is None else f"The address is {address} now, and the last message is on its way there.")
    if copy is not None:
        return redirect(url_for("reports.details", sendout_id=copy.id), 303)
    return redirect(url_for("participants.show", participant_id=participant_id), 303)


@bp.post("/participants/<int:participant_id>/ask-address")
@signed_in(Role.ORGANISER)
def ask_for_address(participant_id: int) -> ResponseReturnValue:
    """Ask by text for the right e-mail address."""
    bad = _bad(participant_id, Channel.EMAIL)
    try:
        ask_by_text(bad, request.form.get("words", "").replace("\0", "").strip(), actor(), _token())
    except (Conflict, Invalid) as problem:
        db.session.rollback()
        return _page(bad, {"words": str(problem)}), 422
    db.session.commit()
    say("Your text is on its way. The answer will be under Replies.")
    return redirect(url_for("participants.show", participant_id=participant_id), 303)


@bp.get("/participants/<int:participant_id>/got-nothing")
@signed_in(Role.VIEWER)
def got_nothing(participant_id: int) -> ResponseReturnValue:
    """The four checks for the last e-mail to this person, or for the one with `?message=`."""
    person = person_of(current_organisation_id(), participant_id)
    return render_template("reports/rescue/got_nothing.html", person=person, walk=walk(person, request.args.get("message", type=int)))


def _bad(participant_id: int, channel: str) -> BadAddress:
    known = next((each for each in Channel if each == channel), Channel.EMAIL)
    return bad_address(person_of(current_organisation_id(), participant_id), known)


def _token() -> str:
    return request.form.get("form_token", "")[:LONGEST_TOKEN] or secrets.token_urlsafe(16)


def _page(bad: BadAddress, errors: dict[str, str]) -> str:
    number = bad.person.phone_number
    organisation = db.session.get_one(Organisation, bad.person.organisation_id)
    return render_template(
        "reports/rescue/correct.html",
        bad=bad,
        errors=errors,
        typed=request.form.get("address") or bad.guess or "",
        words=request.form.get("words") or words_to_ask(bad, organisation),
        is_number_shut=number is not None and entry_against(organisation.id, Channel.SMS, number) is not None,
        form_token=secrets.token_urlsafe(16),
    )
