"""For owners: the organisation's settings, and what its messages leave from."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.users.organisation import forms, queries, service
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import say

bp = Blueprint("organisation", __name__)


@bp.get("/settings/organisation")
@signed_in(Role.OWNER)
def edit() -> ResponseReturnValue:
    """Name, address, country, zone, language, tracking."""
    return _organisation_page(queries.organisation(current_organisation_id()), {})


@bp.post("/settings/organisation")
@signed_in(Role.OWNER)
def update() -> ResponseReturnValue:
    """Save them."""
    form = FormReader(request.form)
    typed = forms.read_organisation(form)
    if form.errors:
        return _organisation_page(typed, form.errors), 422
    service.update_organisation(current_organisation_id(), typed)
    db.session.commit()
    say("Saved.")
    return redirect(url_for("organisation.edit"), 303)


@bp.post("/settings/tracking/off")
@signed_in(Role.OWNER)
def switch_tracking_off() -> ResponseReturnValue:
    """Track nobody any more, whatever a sender says."""
    changed = service.switch_tracking_off(current_organisation_id())
    db.session.commit()
    say(f"Tracking is off. Changed with it: {', '.join(changed)}." if changed else "Tracking is off.")
    return redirect(url_for("organisation.edit"), 303)


@bp.get("/settings/senders")
@signed_in(Role.OWNER)
def senders() -> ResponseReturnValue:
    """What messages leave from."""
    return _senders_page({}, {})


@bp.post("/settings/senders")
@signed_in(Role.OWNER)
def add_sender() -> ResponseReturnValue:
    """Add an address, a number, a name or a Messaging Service."""
    form = FormReader(request.form)
    typed = forms.read_new_sender(form, queries.organisation(current_organisation_id()).country)
    if form.errors:
        return _senders_page(request.form, form.errors), 422
    service.add_sender(current_organisation_id(), typed)
    db.session.commit()
    say(f"Messages can leave from {typed.address} now.")
    return redirect(url_for("organisation.senders"), 303)


@bp.get("/settings/senders/<int:sender_id>")
@signed_in(Role.OWNER)
def sender(sender_id: int) -> ResponseReturnValue:
    """One sender's service."""
    return _sender_page(sender_id, {})


@bp.post("/settings/senders/<int:sender_id>")
@signed_in(Role.OWNER)
def update_sender(sender_id: int) -> ResponseReturnValue:
    """Save them."""
    form = FormReader(request.form)
    typed = forms.read_sender(form)
    if form.errors:
        return _sender_page(sender_id, form.errors), 422
    service.update_sender(current_organisation_id(), sender_id, typed)
    db.session.commit()
    say("Saved.")
    return redirect(url_for("organisation.senders"), 303)


@bp.post("/settings/senders/<int:sender_id>/archive")
@signed_in(Role.OWNER)
def archive_sender(sender_id: int) -> ResponseReturnValue:
    """Take a sender out of use."""
    changed = service.set_archived(current_organisation_id(), sender_id, is_archived=True)
    db.session.commit()
    say(f"{changed.address} is not offered any more.", undo=url_for("organisation.restore_sender", sender_id=sender_id))
    return redirect(url_for("organisation.senders"), 303)


@bp.post("/settings/senders/<int:sender_id>/restore")
@signed_in(Role.OWNER)
def restore_sender(sender_id: int) -> ResponseReturnValue:
    """Take it back into use."""
    changed = service.set_archived(current_organisation_id(), sender_id, is_archived=False)
    db.session.commit()
    say(f"{changed.address} is in use again.")
    return redirect(url_for("organisation.senders"), 303)


def _organisation_page(values: object, errors: dict[str, str]) -> str:
    return render_template(
        "organisation/edit.html",
        values=values,
        errors=errors,
        countries=forms.countries(),
        zones=[(zone, zone.replace("_", " ")) for zone in forms.time_zones()],
        languages=forms.languages(),
    )


def _senders_page(typed: object, errors: dict[str, str]) -> str:
    return render_template("organisation/senders.html", senders=queries.senders(current_organisation_id()), typed=typed, errors=errors)


def _sender_page(sender_id: int, errors: dict[str, str]) -> str:
    found = queries.sender(current_organisation_id(), sender_id)
    return render_template("organisation/sender.html", sender=found, errors=errors)
