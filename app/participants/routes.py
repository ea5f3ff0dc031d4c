"""People: finding them, a person's page, typing them in."""

from functools import cache

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.models import Participant
from app.participants import forms, queries, service
from app.participants.custom_fields import custom_fields
from app.participants.follow_ups import statuses_of
from app.participants.lists.queries import list_choices
from app.participants.standing import state_of
from app.participants.timeline import timeline_of
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import render_page_or_partial, say
from app.web.membership import current_standing
from app.web.pagination import asked_cursor

bp = Blueprint("participants", __name__)

_MOMENTS, _MOST_MOMENTS = 50, 1000


@bp.app_template_global()
def person_url(participant_id: int) -> str:
    """A person's page, for templates: the router would take longer over the fifty of a list than the query does."""
    return f"{_people_url()}{participant_id}"


@cache
def _people_url() -> str:
    return url_for("participants.show", participant_id=0).removesuffix("0")


@bp.get("/participants")
@signed_in(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Everybody by name; `?q=` searches names, addresses and member numbers, `?list_id=` looks at one list."""
    organisation_id = current_organisation_id()
    search, list_id = request.args.get("q", "").replace("\0", "").strip()[:200], request.args.get("list_id", type=int)
    choices = list_choices(organisation_id)
    wanted = queries.Wanted(organisation_id, search, list_id if list_id in dict(choices) else None)
    return render_page_or_partial(
        "participants/index.html",
        "participants/_people.html",
        wanted=wanted,
        people=queries.people_page(wanted, asked_cursor()),
        count=queries.people_count(wanted),
        lists=choices,
        state_of=state_of,
    )


@bp.get("/participants/<int:participant_id>")
@signed_in(Role.VIEWER)
def show(participant_id: int) -> ResponseReturnValue:
    """A person: details, state of both addresses, lists, consent, and everything that went to and fro."""
    one_now = queries.merged_into(current_organisation_id(), participant_id)
    if one_now is not None:
        return redirect(url_for("participants.show", participant_id=one_now))
    person = service.person_of(current_organisation_id(), participant_id)
    asked = min(max(request.args.get("moments", _MOMENTS, type=int), _MOMENTS), _MOST_MOMENTS)
    on_lists = queries.lists_of(person)
    return render_page_or_partial(
        "participants/person.html",
        "participants/_timeline.html",
        person=person,
        standings=queries.standings_of(person.organisation_id, [person]),
        state_of=state_of,
        timeline=timeline_of(person, asked),
        sendout_url=_sendout_url,
        note_url=_note_url,
        follow_up_statuses=statuses_of(person.organisation_id),
        more_moments=asked * 2,
        on_lists=on_lists,
        other_lists=[choice for choice in list_choices(person.organisation_id) if choice[0] not in {each.id for each in on_lists}],
        consents=queries.consents_of(person),
        fields=custom_fields(person.organisation_id),
    )


@bp.get("/participants/new")
@signed_in(Role.AUTHOR)
def new() -> ResponseReturnValue:
    """An empty form for a person."""
    return _form_page(None, FormReader({}))


@bp.post("/participants")
@signed_in(Role.AUTHOR)
def create() -> ResponseReturnValue:
    """Make a person as typed."""
    return _save(None)


@bp.get("/participants/<int:participant_id>/edit")
@signed_in(Role.AUTHOR)
def edit(participant_id: int) -> ResponseReturnValue:
    """The form, filled with what is known."""
    person = service.person_of(current_organisation_id(), participant_id)
    return _form_page(person, FormReader(forms.typed_before(person)))


@bp.post("/participants/<int:participant_id>")
@signed_in(Role.AUTHOR)
def change(participant_id: int) -> ResponseReturnValue:
    """Make a person as typed."""
    return _save(service.person_of(current_organisation_id(), participant_id))


@bp.post("/participants/<int:participant_id>/consents")
@signed_in(Role.AUTHOR)
def record_consent(participant_id: int) -> ResponseReturnValue:
    """Note where a person agreed to texts."""
    person = service.person_of(current_organisation_id(), participant_id)
    service.record_consent(person, FormReader(request.form).words("proof", at_most=1000), current_user_id())
    db.session.commit()
    say("Consent noted.")
    return redirect(url_for("participants.show", participant_id=person.id), 303)


@bp.post("/participants/<int:participant_id>/consents/withdrawal")
@signed_in(Role.AUTHOR)
def withdraw_consent(participant_id: int) -> ResponseReturnValue:
    """Note that a person no longer agrees to texts."""
    person = service.person_of(current_organisation_id(), participant_id)
    service.withdraw_consent(person)
    db.session.commit()
    say("Withdrawn: no more marketing texts.")
    return redirect(url_for("participants.show", participant_id=person.id), 303)


def _sendout_url(sendout_id: int) -> str:
    """A send-out's page: of a room above this one, known here by its name alone."""
    return url_for("reports.details", sendout_id=sendout_id)


def _note_url(message_id: int) -> str:
    """Where a note on a message goes: to a room above this one, too."""
    return url_for("reports.note_message", message_id=message_id)


def _save(person: Participant | None) -> ResponseReturnValue:
    """Keep what was typed; asks once where an address looks like a slip or is somebody's already."""
    organisation_id = current_organisation_id()
    form = FormReader({**request.form, **_chosen_address()})
    typed = forms.read_person(form, current_standing().country, custom_fields(organisation_id))
    doubts = None if form.errors or form.flag("as_typed") else service.doubts_about(organisation_id, typed, person)
    if form.errors or doubts:
        return _form_page(person, form, doubts), 422
    try:
        saved = service.save(organisation_id, person, typed, current_user_id())
    except Invalid as problem:
        form.errors[problem.field or "first_name"] = str(problem)
        return _form_page(person, form), 422
    db.session.commit()
    say("Saved.")
    return redirect(url_for("participants.show", participant_id=saved.id), 303)


def _chosen_address() -> dict[str, str]:
    """The address that was offered in place of a slip, if its button was pressed."""
    return {"email_address": request.form["use_address"]} if "use_address" in request.form else {}


def _form_page(person: Participant | None, form: FormReader, doubts: service.Doubts | None = None) -> str:
    fields = custom_fields(current_organisation_id())
    return render_template("participants/edit.html", person=person, typed=form.values, errors=form.errors, fields=fields, doubts=doubts)
