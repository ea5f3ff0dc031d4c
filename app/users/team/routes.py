"""For owners: who is in the team, and as what."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Conflict, Invalid
from app.users.invitations import VALID_DAYS, link_token
from app.users.team import forms, queries, service
from app.users.team.handover import what_hangs
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import say
from app.web.installation import settings

bp = Blueprint("team", __name__)
_LINK = "link_made"  # the session's key for it
_TAKEN_IN = {
    service.Account.KNOWN: "{name} signs in here already, and finds your organisation in the menu at the top right.",
    service.Account.UNPROVEN: (
        "{name} is in your team. Nobody has shown yet that {email} is theirs: so their old password has ended, "
        "and an e-mail with a link for a new one is on its way to them."
    ),
}


@bp.get("/settings/team")
@signed_in(Role.OWNER)
def members() -> ResponseReturnValue:
    """Everybody, and a form for one more."""
    return _page({}, {})


@bp.post("/settings/team")
@signed_in(Role.OWNER)
def invite() -> ResponseReturnValue:
    """Take somebody in; who has no account yet gets a link, which the owner passes on."""
    form = FormReader(request.form)
    typed = forms.read_invitation(form)
    if form.errors:
        return _page(request.form, form.errors), 422
    try:
        invited = service.invite(current_organisation_id(), typed.name, typed.email, typed.role)
    except Conflict as problem:
        db.session.rollback()
        return _page(request.form, {"email": str(problem)}), 409
    db.session.commit()
    user = invited.user
    if invited.account is service.Account.NEW:
        return _to_link(user.name, link_token(user, current_organisation_id()))
    say(_TAKEN_IN[invited.account].format(name=user.name, email=user.email))
    return redirect(url_for("team.members"), 303)


@bp.post("/settings/team/<int:membership_id>/link")
@signed_in(Role.OWNER)
def new_link(membership_id: int) -> ResponseReturnValue:
    """A new link for who has lost a password or a phone."""
    found = queries.member(current_organisation_id(), membership_id)
    token = service.new_link(current_organisation_id(), membership_id)
    db.session.commit()
    return _to_link(found.name, token)


@bp.get("/settings/team/link")
@signed_in(Role.OWNER)
def link() -> ResponseReturnValue:
    """The link that was just made; shown once, and kept nowhere but in the owner's own session until then."""
    made = session.pop(_LINK, None)
    if made is None:
        return redirect(url_for("team.members"), 303)
    url = settings().public_url + url_for("users.invitation", token=made["token"])
    return render_template("team/link.html", name=made["name"], link=url, days=VALID_DAYS)


@bp.post("/settings/team/<int:membership_id>/role")
@signed_in(Role.OWNER)
def change_role(membership_id: int) -> ResponseReturnValue:
    """Make a member something else."""
    found = queries.member(current_organisation_id(), membership_id)
    form = FormReader(request.form)
    role = form.choice("role", Role)
    if form.errors:
        raise Invalid(f"{found.name} can be an owner, an organiser, an author or a viewer.")
    service.change_role(current_organisation_id(), membership_id, role)
    db.session.commit()
    say(f"{found.name} is {role} now.")
    return redirect(url_for("team.members"), 303)


@bp.get("/settings/team/<int:membership_id>/remove")
@signed_in(Role.OWNER)
def leaving(membership_id: int) -> ResponseReturnValue:
    """What hangs on a member, and who is to have it."""
    return _leaving_page(queries.member(current_organisation_id(), membership_id), FormReader({}))


@bp.post("/settings/team/<int:membership_id>/remove")
@signed_in(Role.OWNER)
def remove(membership_id: int) -> ResponseReturnValue:
    """Take a member out, once there is a new name for everything."""
    found = queries.member(current_organisation_id(), membership_id)
    form = FormReader(request.form)
    heirs = forms.read_heirs(form, what_hangs(current_organisation_id(), found), _others(found))
    if form.errors:
        return _leaving_page(found, form), 422
    removed = service.remove_member(current_organisation_id(), membership_id, heirs)
    db.session.commit()
    say(f"{removed.name} is not in your team any more.")
    return redirect(url_for("team.members"), 303)


def _page(typed: object, errors: dict[str, str]) -> str:
    return render_template("team/members.html", members=queries.team(current_organisation_id()), roles=Role, typed=typed, errors=errors)


def _leaving_page(member: queries.Member, form: FormReader) -> str:
    return render_template(
        "team/leaving.html",
        leaving=member,
        hanging=what_hangs(current_organisation_id(), member),
        keys=queries.keys_made_by(member, current_organisation_id()),
        choices=[(str(each.membership_id), each.name) for each in _others(member)],
        typed=form.values,
        errors=form.errors,
    )


def _others(member: queries.Member) -> list[queries.Member]:
    return [each for each in queries.team(current_organisation_id()) if each.membership_id != member.membership_id]


def _to_link(name: str, token: str) -> ResponseReturnValue:
    session[_LINK] = {"name": name, "token": token}
    return redirect(url_for("team.link"), 303)
