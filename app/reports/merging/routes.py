"""Pages to find people who are there twice, to compare two, and to make one of them."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.participants.queries import lists_of
from app.participants.service import person_of
from app.reports.blueprint import bp
from app.reports.merging import service
from app.reports.merging.duplicates import people_like, possible_duplicates
from app.reports.merging.values import compared
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say


@bp.get("/participants/duplicates")
@signed_in(Role.ORGANISER)
def duplicates() -> ResponseReturnValue:
    """People who may be there twice."""
    return render_template("reports/merging/duplicates.html", groups=possible_duplicates(current_organisation_id()))


@bp.get("/participants/<int:participant_id>/merge")
@signed_in(Role.ORGANISER)
def choose_merge(participant_id: int) -> ResponseReturnValue:
    """Who else is this person? Those who look like it, or whom a search finds; with `?other=`, both side by side."""
    person = person_of(current_organisation_id(), participant_id)
    other_id = request.args.get("other", type=int)
    if other_id is not None and other_id != person.id:
        other = person_of(current_organisation_id(), other_id)
        fields = compared(person, other, {})
        both_lists = sorted({each.name for each in (*lists_of(person), *lists_of(other))})
        return render_template("reports/merging/compare.html", person=person, other=other, fields=fields, both_lists=both_lists)
    search = request.args.get("q", "").replace("\0", "").strip()[:200]
    return render_template(
        "reports/merging/choose.html", person=person, search=search, people=people_like(person, search), merges=service.merges_of(person)
    )


@bp.post("/participants/<int:participant_id>/merge")
@signed_in(Role.ORGANISER)
def merge(participant_id: int) -> ResponseReturnValue:
    """Make one of two, with the values that were chosen."""
    person = person_of(current_organisation_id(), participant_id)
    other = person_of(current_organisation_id(), request.form.get("other", 0, type=int))
    log_id = service.merge(person, other, request.form, current_user_id())
    db.session.commit()
    say("They are one person now.", undo=url_for("reports.undo_merge", log_id=log_id))
    return redirect(url_for("participants.show", participant_id=participant_id), 303)


@bp.post("/participants/merges/<int:log_id>/undo")
@signed_in(Role.ORGANISER)
def undo_merge(log_id: int) -> ResponseReturnValue:
    """Take two apart again."""
    person = service.undo_merge(current_organisation_id(), log_id, current_user_id())
    db.session.commit()
    say("They are two people again.")
    return redirect(url_for("participants.show", participant_id=person.id), 303)
