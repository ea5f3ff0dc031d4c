"""Settings → Follow-up for owners; notes on messages and edit links for organisers."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.follow_up import HAPPENING_WORDS, FollowUpColour, Happening
from app.domain.roles import Role
from app.extensions import db
from app.messages.follow_up import Note, note_messages
from app.models import Message
from app.reports.blueprint import bp
from app.reports.details.queries import sendout_of
from app.reports.follow_up import queries, service
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say


@bp.get("/settings/follow-up")
@signed_in(Role.OWNER)
def follow_up() -> ResponseReturnValue:
    """The switch, the categories, and what moves messages on by itself."""
    return _page(FormReader({}))


@bp.post("/settings/follow-up")
@signed_in(Role.OWNER)
def switch_follow_up() -> ResponseReturnValue:
    """On or off."""
    is_on = "on" in request.form
    service.switch(current_organisation_id(), is_on=is_on)
    return _saved("Follow-up is on: what goes from now on starts in the first status." if is_on else "Follow-up is off.")


@bp.post("/settings/follow-up/statuses")
@signed_in(Role.OWNER)
def add_follow_up_status() -> ResponseReturnValue:
    """A new category, at the end."""
    return _save_status(None)


@bp.post("/settings/follow-up/statuses/<int:status_id>")
@signed_in(Role.OWNER)
def save_follow_up_status(status_id: int) -> ResponseReturnValue:
    """Another name or colour."""
    service.status_of(current_organisation_id(), status_id)
    return _save_status(status_id)


@bp.post("/settings/follow-up/statuses/<int:status_id>/up")
@signed_in(Role.OWNER)
def raise_follow_up_status(status_id: int) -> ResponseReturnValue:
    """One place further up."""
    service.raise_status(current_organisation_id(), status_id)
    return _saved("Saved.")


@bp.post("/settings/follow-up/statuses/<int:status_id>/remove")
@signed_in(Role.OWNER)
def remove_follow_up_status(status_id: int) -> ResponseReturnValue:
    """Take one away that was never used."""
    service.remove_status(current_organisation_id(), status_id)
    return _saved("Removed.")


@bp.get("/settings/follow-up/example")
@signed_in(Role.OWNER)
def follow_up_example() -> ResponseReturnValue:
    """What the action that is being typed would do, in words."""
    return render_template("reports/follow_up/_example.html", example=_example(FormReader(request.args)))


@bp.post("/settings/follow-up/actions")
@signed_in(Role.OWNER)
def add_message_action() -> ResponseReturnValue:
    """Let something happen by itself."""
    organisation_id = current_organisation_id()
    form = FormReader(request.form)
    action = service.read_action(form, organisation_id, queries.organisation_of(organisation_id).country)
    if form.errors:
        return _page(form), 422
    service.add_action(organisation_id, action)
    return _saved("From now on it happens by itself.")


@bp.post("/settings/follow-up/actions/<int:action_id>/remove")
@signed_in(Role.OWNER)
def remove_message_action(action_id: int) -> ResponseReturnValue:
    """No longer."""
    service.remove_action(current_organisation_id(), action_id)
    return _saved("Removed. What it has done stays.")


@bp.post("/messages/<int:message_id>/follow-up")
@signed_in(Role.ORGANISER)
def note_message(message_id: int) -> ResponseReturnValue:
    """Comment on a message or move it on, from the page of its person."""
    note = Note(request.form.get("status", type=int), request.form.get("comment", ""), user_id=current_user_id())
    note_messages(current_organisation_id(), [message_id], note)
    participant_id = db.session.get_one(Message, message_id).participant_id
    db.session.commit()
    say("Saved.")
    return redirect(url_for("participants.show", participant_id=participant_id, _anchor="timeline"), 303)


@bp.post("/sendouts/<int:sendout_id>/edit-link")
@signed_in(Role.ORGANISER)
def open_edit_link(sendout_id: int) -> ResponseReturnValue:
    """Take the edit links of a send-out back, or give them back (`open`)."""
    is_open = "open" in request.form
    service.open_edit_link(sendout_of(sendout_id, current_organisation_id()), is_open=is_open)
    db.session.commit()
    say("The edit links work again." if is_open else "The edit links lead nowhere any more.")
    return redirect(url_for("reports.details", sendout_id=sendout_id), 303)


def _save_status(status_id: int | None) -> ResponseReturnValue:
    form = FormReader(request.form)
    name, colour = service.read_status(form)
    if form.errors:
        return _page(form), 422
    service.save_status(current_organisation_id(), status_id, name, colour)
    return _saved("Saved.")


def _saved(words: str) -> ResponseReturnValue:
    db.session.commit()
    say(words)
    return redirect(url_for("reports.follow_up"), 303)


def _example(form: FormReader) -> str:
    """Of what is chosen so far; the first of each where nothing is."""
    organisation_id = current_organisation_id()
    happening = next((each for each in Happening if each == form.values.get("happening")), Happening.OPENED)
    targets = dict(queries.target_choices(organisation_id))
    names = {str(each.status.id): each.status.name for each in queries.categories(organisation_id)}
    target = form.values.get("target", "")
    typed = form.words("address") or "ann@example.com"
    whose = targets[target] if target in targets and target != "address" else f"to {typed}"
    chosen = names.get(form.values.get("status", ""), list(names.values())[-1] if names else "Closed")
    return queries.example(organisation_id, happening, whose, chosen)


def _page(form: FormReader) -> str:
    organisation_id = current_organisation_id()
    return render_template(
        "reports/follow_up/settings.html",
        organisation=queries.organisation_of(organisation_id),
        categories=queries.categories(organisation_id),
        actions=queries.action_lines(organisation_id),
        targets=queries.target_choices(organisation_id),
        happenings=[(each.value, words) for each, words in HAPPENING_WORDS.items()],
        colours=[(each.value, each.value.capitalize()) for each in FollowUpColour],
        example=_example(form),
        form=form,
    )
