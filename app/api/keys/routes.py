"""Settings → For developers: keys, what each may do, and where the description of the API is."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.api.keys import service
from app.domain.api_scopes import ApiScope
from app.domain.roles import Role
from app.extensions import db
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say
from app.web.installation import settings

bp = Blueprint("api_keys", __name__)
_MADE = "api_key_made"  # the session's name for it

SCOPES = {
    ApiScope.READ: ("Read", "Everything that a viewer sees: send-outs, messages, participants, lists, Unsubscribes."),
    ApiScope.PEOPLE: ("Keep people", "Add and change participants, and put them on lists."),
    ApiScope.UNSUBSCRIBES: ("Add to Unsubscribes", "Put addresses on the Unsubscribes list. Nobody comes off it by a key."),
    ApiScope.SEND: ("Write to one person", "Send single e-mails and texts, under the same rules as in a conversation."),
}


@bp.get("/settings/developers")
@signed_in(Role.OWNER)
def index() -> ResponseReturnValue:
    """The keys, and a form for one more."""
    return _page(FormReader({}))


@bp.post("/settings/developers")
@signed_in(Role.OWNER)
def make() -> ResponseReturnValue:
    """Make a key; it is shown on the next page, and never again."""
    form = FormReader(request.form)
    name = form.words("name", at_most=100, missing="Give the key a name: which program is it for?")
    scopes = [scope for scope in ApiScope if scope in request.form.getlist("scopes")]
    if not scopes:
        form.errors["scopes"] = "Tick what the program may do."
    if form.errors:
        return _page(form), 422
    session[_MADE] = {"name": name, "key": service.make_key(current_organisation_id(), current_user_id(), name, scopes)}
    db.session.commit()
    return redirect(url_for("api_keys.made"), 303)


@bp.get("/settings/developers/key")
@signed_in(Role.OWNER)
def made() -> ResponseReturnValue:
    """The key that was just made; kept nowhere but in the owner's own session until then."""
    found = session.pop(_MADE, None)
    if found is None:
        return redirect(url_for("api_keys.index"), 303)
    return render_template("api/key.html", name=found["name"], key=found["key"], url=_base_url())


@bp.post("/settings/developers/<int:key_id>/revoke")
@signed_in(Role.OWNER)
def revoke(key_id: int) -> ResponseReturnValue:
    """Let a key open nothing any more."""
    name = service.revoke(current_organisation_id(), key_id)
    db.session.commit()
    say(f"The key “{name}” opens nothing any more.")
    return redirect(url_for("api_keys.index"), 303)


def _page(form: FormReader) -> str:
    return render_template(
        "api/keys.html",
        keys=service.standing_keys(current_organisation_id()),
        scopes=SCOPES,
        form=form,
        ticked=request.form.getlist("scopes"),
        url=_base_url(),
    )


def _base_url() -> str:
    return f"{settings().public_url}/api/v1"
