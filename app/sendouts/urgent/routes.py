"""Urgent text: one screen on a phone."""

from secrets import token_urlsafe
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.lib.row_ids import row_id
from app.models import Organisation
from app.sendouts.blueprint import actor, bp, details_url
from app.sendouts.composing.forms import Form, numbers
from app.sendouts.composing.pages import size_of
from app.sendouts.composing.queries import list_choices, people_by_id, people_matching
from app.sendouts.composing.service import text_opening
from app.sendouts.counting import counted
from app.sendouts.quiet import asleep_at
from app.sendouts.urgent import service
from app.sendouts.urgent.forms import USEFUL_HOURS, urgent_answers
from app.web.guards import current_organisation_id, signed_in


@bp.get("/urgent")
@signed_in(Role.ORGANISER)
def urgent() -> ResponseReturnValue:
    """Who, text, go; `list_id` ticks a list, as its own page does."""
    organisation = db.session.get_one(Organisation, current_organisation_id())
    typed = request.args.copy()
    typed.setdefault("text", text_opening(organisation))
    typed["form_token"] = token_urlsafe(16)
    return _page(typed)


@bp.post("/urgent")
@signed_in(Role.ORGANISER)
def send_urgent() -> ResponseReturnValue:
    """Send it, or show what it lacks; its buttons also find and choose single people."""
    form = request.form
    if not {"find", "add_person", "drop_person"}.isdisjoint(form):
        return _page(_with_people(form))
    try:
        sendout = service.send_urgent(actor(), urgent_answers(form))
    except (Conflict, Invalid) as problem:
        db.session.rollback()
        return _page(form, problem=str(problem)), 409 if isinstance(problem, Conflict) else 422
    sendout_id = sendout.id
    db.session.commit()
    return redirect(details_url(sendout_id), 303)


@bp.post("/urgent/count")
@signed_in(Role.ORGANISER)
def count_urgent() -> ResponseReturnValue:
    """Whom it reaches and what it comes to, as one types. It changes nothing; a POST, since words have no place in an address."""
    return render_template("sendouts/_urgent_count.html", **_count(request.form))


@bp.get("/urgent/people")
@signed_in(Role.ORGANISER)
def find_urgent() -> ResponseReturnValue:
    """Single people to choose from."""
    asked = request.args.get("q", "")
    return render_template("sendouts/_urgent_found.html", found=people_matching(current_organisation_id(), asked), asked=asked)


def _page(typed: Form, problem: str = "") -> str:
    organisation_id = current_organisation_id()
    asked = typed.get("q", "")
    return render_template(
        "sendouts/urgent.html",
        typed=typed,
        problem=problem,
        lists=list_choices(organisation_id),
        ticked=numbers(typed, "list_id"),
        people=people_by_id(organisation_id, numbers(typed, "participant_id")),
        found=people_matching(organisation_id, asked),
        asked=asked,
        useful_hours=typed.get("useful_hours", USEFUL_HOURS),
        **_count(typed),
    )


def _count(typed: Form) -> dict[str, Any]:
    text = typed.get("text", "").replace("\r\n", "\n")
    judgement = service.urgent_judgement(
        current_organisation_id(), numbers(typed, "list_id"), numbers(typed, "participant_id"), is_personal=service.is_personal(text)
    )
    return {"counts": counted(judgement), "size": size_of(text), "asleep": asleep_at(judgement, now())}


def _with_people(form: Form) -> Form:
    """The form with a person more or less."""
    changed = form.copy()
    people = set(numbers(form, "participant_id"))
    people |= {number for number in [row_id(form.get("add_person", ""))] if number is not None}
    people -= {number for number in [row_id(form.get("drop_person", ""))] if number is not None}
    changed.setlist("participant_id", [str(number) for number in sorted(people)])
    return changed
