"""Lists: what there are, who is on them, taking them away as a file."""

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.lib.tabular import csv_chunks
from app.models import ParticipantList
from app.participants.custom_fields import custom_fields
from app.participants.lists import queries, service
from app.participants.queries import Wanted, people_count, people_page
from app.participants.standing import state_of
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import render_page_or_partial, say
from app.web.pagination import asked_cursor

bp = Blueprint("lists", __name__)

_CANDIDATES = 20


@bp.get("/lists")
@signed_in(Role.VIEWER)
def index() -> ResponseReturnValue:
    """All lists, and a form for one more."""
    return _index_page()


@bp.post("/lists")
@signed_in(Role.AUTHOR)
def create() -> ResponseReturnValue:
    """Make an empty list."""
    try:
        made = service.create(current_organisation_id(), request.form.get("name", ""))
    except Invalid as problem:
        return _index_page(request.form.get("name", ""), str(problem)), 422
    db.session.commit()
    return redirect(url_for("lists.show", list_id=made.id), 303)


@bp.get("/lists/<int:list_id>")
@signed_in(Role.VIEWER)
def show(list_id: int) -> ResponseReturnValue:
    """Who is on a list; `?q=` searches among them."""
    return _list_page(service.list_of(current_organisation_id(), list_id))


@bp.post("/lists/<int:list_id>/name")
@signed_in(Role.AUTHOR)
def rename(list_id: int) -> ResponseReturnValue:
    """Call it something else."""
    listed = service.list_of(current_organisation_id(), list_id)
    try:
        service.rename(listed, request.form.get("name", ""))
    except Invalid as problem:
        return _list_page(listed, request.form.get("name", ""), str(problem)), 422
    db.session.commit()
    say("Renamed.")
    return redirect(url_for("lists.show", list_id=list_id), 303)


@bp.post("/lists/<int:list_id>/removal")
@signed_in(Role.ORGANISER)
def remove(list_id: int) -> ResponseReturnValue:
    """End a list; its people stay."""
    listed = service.list_of(current_organisation_id(), list_id)
    name = listed.name
    service.remove(listed, current_user_id())
    db.session.commit()
    say(f"The list “{name}” is gone. Its people are still under Participants.")
    return redirect(url_for("lists.index"), 303)


@bp.get("/lists/<int:list_id>/candidates")
@signed_in(Role.AUTHOR)
def candidates(list_id: int) -> ResponseReturnValue:
    """People who are not on the list, found by `?q=`, to be put on it."""
    listed = service.list_of(current_organisation_id(), list_id)
    search = _search()
    wanted = Wanted(listed.organisation_id, search, not_on_list_id=list_id)
    people = people_page(wanted, size=_CANDIDATES) if search else None
    return render_page_or_partial("lists/candidates.html", "lists/_candidates.html", listed=listed, search=search, people=people)


@bp.post("/lists/<int:list_id>/people")
@signed_in(Role.AUTHOR)
def put_on(list_id: int) -> ResponseReturnValue:
    """Put the people of `participant_id` on the list."""
    listed = service.list_of(current_organisation_id(), list_id)
    added = service.put_on(listed, request.values.getlist("participant_id", type=int))
    db.session.commit()
    say(f"Put on “{listed.name}”." if added else f"Already on “{listed.name}”.")
    return redirect(_back(list_id), 303)


@bp.post("/lists/<int:list_id>/people/<int:participant_id>/removal")
@signed_in(Role.AUTHOR)
def take_off(list_id: int, participant_id: int) -> ResponseReturnValue:
    """Take one person off the list."""
    listed = service.list_of(current_organisation_id(), list_id)
    service.take_off(listed, participant_id)
    db.session.commit()
    say(f"Taken off “{listed.name}”.", undo=url_for("lists.put_on", list_id=list_id, participant_id=participant_id))
    return redirect(_back(list_id), 303)


@bp.get("/lists/<int:list_id>/export.csv")
@signed_in(Role.ORGANISER)
def export(list_id: int) -> ResponseReturnValue:
    """The list as CSV, under names of columns that an import knows again."""
    listed = service.list_of(current_organisation_id(), list_id)
    rows = queries.exported_rows(listed.organisation_id, list_id, custom_fields(listed.organisation_id))
    response = Response(stream_with_context(csv_chunks(rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{listed.name}.csv")
    return response


def _search() -> str:
    return request.args.get("q", "").replace("\0", "").strip()[:200]


def _back(list_id: int) -> str:
    """To the person's page where the form says so, else to the list."""
    person = request.form.get("back_to_person", type=int)
    return url_for("participants.show", participant_id=person) if person else url_for("lists.show", list_id=list_id)


def _index_page(name: str = "", error: str = "") -> str:
    return render_template("lists/index.html", lists=queries.all_lists(current_organisation_id()), name=name, error=error)


def _list_page(listed: ParticipantList, name: str = "", error: str = "") -> Response:
    wanted = Wanted(listed.organisation_id, _search(), listed.id)
    return render_page_or_partial(
        "lists/show.html",
        "participants/_people.html",
        listed=listed,
        people=people_page(wanted, asked_cursor()),
        count=people_count(wanted),
        wanted=wanted,
        state_of=state_of,
        total=queries.people_count(listed.id),
        waiting=queries.waiting_sendouts(listed.id),
        name=name,
        error=error,
    )
