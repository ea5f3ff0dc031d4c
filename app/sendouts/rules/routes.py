"""For owners: the page of rules under Settings."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.sendouts.blueprint import bp
from app.sendouts.rules import service
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import say


@bp.get("/settings/sending")
@signed_in(Role.OWNER)
def rules() -> ResponseReturnValue:
    """What is asked of every send-out."""
    return _rules_page(service.rules_of(current_organisation_id()), {})


@bp.post("/settings/sending")
@signed_in(Role.OWNER)
def save_rules() -> ResponseReturnValue:
    """Keep it."""
    form = FormReader(request.form)
    typed = service.read_rules(form, service.rules_of(current_organisation_id()))
    if form.errors:
        return _rules_page(typed, form.errors), 422
    service.save_rules(current_organisation_id(), typed)
    db.session.commit()
    say("Saved. It holds for what is on its way, too.")
    return redirect(url_for("sendouts.rules"), 303)


def _rules_page(rules: service.Rules, errors: dict[str, str]) -> str:
    return render_template("sendouts/rules.html", rules=rules, errors=errors)
