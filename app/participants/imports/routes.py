"""The import's steps: a file, its columns, what will happen, progress, what happened."""

from contextlib import closing

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.lib.tabular import csv_chunks
from app.models import CustomFieldKind, ImportOutcome, ImportState, ParticipantImport
from app.participants.custom_fields import custom_fields
from app.participants.imports import queries, service
from app.participants.imports.columns import CUSTOM, MAX_PARENTS, NEW, PARENT_TARGETS, TARGET_WORDS, Mapping, parent_target
from app.participants.lists import service as lists
from app.participants.lists.queries import list_choices
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import render_page_or_partial, say

bp = Blueprint("imports", __name__)

_TOLD_LINES = 50
_KIND_WORDS = {
    CustomFieldKind.TEXT: "Keep as text",
    CustomFieldKind.NUMBER: "Keep as a number",
    CustomFieldKind.DATE: "Keep as a date",
    CustomFieldKind.CHOICE: "Keep as a choice",
}


@bp.get("/imports")
@signed_in(Role.ORGANISER)
def index() -> ResponseReturnValue:
    """A place to drop a file, and the imports so far."""
    return _upload_page()


@bp.post("/imports")
@signed_in(Role.ORGANISER)
def upload() -> ResponseReturnValue:
    """Keep the file and go on to its columns."""
    file = request.files.get("file")
    list_id = request.form.get("list_id", type=int)
    if list_id is not None:
        lists.list_of(current_organisation_id(), list_id)
    if file is None or not file.filename:
        return _upload_page("Choose a file first."), 422
    with closing(file):
        content = file.read()
    try:
        job = service.upload(service.Source(current_organisation_id(), current_user_id(), file.filename, content, list_id))
    except Invalid as problem:
        return _upload_page(str(problem)), 422
    db.session.commit()
    return redirect(url_for("imports.show", import_id=job.id), 303)


@bp.get("/imports/<int:import_id>")
@signed_in(Role.ORGANISER)
def show(import_id: int) -> ResponseReturnValue:
    """The import where it stands: its columns, its progress, or what it did."""
    job = queries.import_of(current_organisation_id(), import_id)
    if job.state == ImportState.UPLOADED:
        return _columns_page(job)
    return render_page_or_partial("imports/result.html", "imports/_result.html", **_result(job))


@bp.post("/imports/<int:import_id>/header")
@signed_in(Role.ORGANISER)
def choose_header(import_id: int) -> ResponseReturnValue:
    """Say whether the first line holds the names of the columns."""
    job = queries.import_of(current_organisation_id(), import_id)
    service.choose_header(job, has_header=request.form.get("has_header") == "yes")
    db.session.commit()
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/columns")
@signed_in(Role.ORGANISER)
def choose_columns(import_id: int) -> ResponseReturnValue:
    """Say where each column goes, and for which list these people are."""
    job = queries.import_of(current_organisation_id(), import_id)
    targets = [request.form.get(f"column_{number}", "") for number in range(len(service.mapping_of(job).columns))]
    list_id = request.form.get("list_id", type=int)
    try:
        service.choose_mapping(job, targets, list_id=list_id, new_list_name=request.form.get("new_list_name", ""))
    except Invalid as problem:
        return _columns_page(job, problem, targets), 422
    db.session.commit()
    return redirect(url_for("imports.forecast", import_id=import_id), 303)


@bp.get("/imports/<int:import_id>/forecast")
@signed_in(Role.ORGANISER)
def forecast(import_id: int) -> ResponseReturnValue:
    """What will happen, before it happens."""
    job = queries.import_of(current_organisation_id(), import_id)
    if job.state != ImportState.UPLOADED:
        return redirect(url_for("imports.show", import_id=import_id), 303)
    listed = lists.list_of(job.organisation_id, job.list_id) if job.list_id else None
    return render_template(
        "imports/forecast.html", job=job, look=service.forecast(job), listed=listed, new_list_name=service.new_list_name(job)
    )


@bp.post("/imports/<int:import_id>/start")
@signed_in(Role.ORGANISER)
def start(import_id: int) -> ResponseReturnValue:
    """Begin in the background."""
    job = queries.import_of(current_organisation_id(), import_id)
    choice = service.Start(request.form.get("text_consent_proof", "").replace("\0", ""), request.form.get("absent") == "take_off")
    service.start(job, choice)
    db.session.commit()
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.post("/imports/<int:import_id>/cancel")
@signed_in(Role.ORGANISER)
def cancel(import_id: int) -> ResponseReturnValue:
    """Stop before the next lines."""
    job = queries.import_of(current_organisation_id(), import_id)
    service.cancel(job)
    db.session.commit()
    say("Stopped.")
    return redirect(url_for("imports.show" if job.started_at else "imports.index", import_id=import_id if job.started_at else None), 303)


@bp.post("/imports/<int:import_id>/undo")
@signed_in(Role.ORGANISER)
def undo(import_id: int) -> ResponseReturnValue:
    """Take back what the import did."""
    job = queries.import_of(current_organisation_id(), import_id)
    stayed = service.undo(job, current_user_id())
    db.session.commit()
    say(f"Undone. {stayed} people stayed: messages or lists know them by now." if stayed else "Undone: everything is as it was before.")
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.get("/imports/<int:import_id>/failed.csv")
@signed_in(Role.ORGANISER)
def failed_rows(import_id: int) -> ResponseReturnValue:
    """The lines that could not be used, or not whole, with the reason: correct them and import this very file."""
    job = queries.import_of(current_organisation_id(), import_id)
    response = Response(stream_with_context(csv_chunks(service.failed_rows(job))), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"to correct - {job.file_name.rsplit('.', 1)[0]}.csv")
    return response


def _upload_page(error: str = "") -> str:
    organisation_id, list_id = current_organisation_id(), request.values.get("list_id", type=int)
    listed = lists.list_of(organisation_id, list_id) if list_id is not None else None
    return render_template("imports/index.html", imports=queries.latest_imports(organisation_id), listed=listed, error=error)


def _columns_page(job: ParticipantImport, problem: Invalid | None = None, targets: list[str] | None = None) -> str:
    table = service.table_of(job)
    samples = service.samples(table)
    mapping = service.mapping_of(job)
    columns = [
        (name, target, [row[number] for row in samples if row[number]])
        for number, (name, target) in enumerate(zip(mapping.columns, targets or mapping.targets, strict=True))
    ]
    return render_template(
        "imports/columns.html",
        job=job,
        notes=table.notes,
        columns=columns,
        choices=_target_choices(job.organisation_id, mapping),
        lists=list_choices(job.organisation_id),
        new_list_name=request.form.get("new_list_name", service.new_list_name(job)),
        error=problem,
    )


def _target_choices(organisation_id: int, mapping: Mapping) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of places: the participant's, each parent's, fields; one parent more than there are, so that each can be added."""
    standard = [(str(target), word) for target, word in TARGET_WORDS.items()]
    own = [(CUSTOM + field.key, field.name) for field in custom_fields(organisation_id)]
    new = [(NEW + kind, word) for kind, word in _KIND_WORDS.items()]
    shown = min(MAX_PARENTS, max(2, *mapping.parents(), len(mapping.parents()) + 1))
    parents = [
        (f"Parent {number}", [(parent_target(number, target), f"Parent {number}: {TARGET_WORDS[target]}") for target in PARENT_TARGETS])
        for number in range(1, shown + 1)
    ]
    return [("The participant", standard), *parents, ("Other fields", [*own, *new])]


def _result(job: ParticipantImport) -> dict[str, object]:
    return {
        "job": job,
        "done": job.done_count,
        "ends_at": service.expected_end(job),
        "failed": queries.told_lines(job.id, ImportOutcome.FAILED, limit=_TOLD_LINES),
        "rejected_count": queries.rejected_count(job.id),
        "taken_off_count": queries.taken_off_count(job.id),
        "listed": lists.list_of(job.organisation_id, job.list_id) if job.list_id else None,
    }
