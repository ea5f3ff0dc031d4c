"""The Resend page."""

import secrets
from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channels import ChannelPlan
from app.domain.resends import ResendGroup
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid
from app.messages.spending import budget_standing
from app.models import Sendout
from app.participants.lists.queries import list_sizes
from app.reports.blueprint import bp
from app.reports.details.queries import sendout_of
from app.reports.resend.service import SomebodyElse, checked_original, draft_for, resend_now
from app.sendouts.approving.queries import standing_of
from app.sendouts.composing.queries import people_matching
from app.sendouts.resending import ResendChoice, why_not_offered
from app.sendouts.running import Actor
from app.sendouts.ways import again
from app.users.audit import record
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.htmx import say

EARLY = timedelta(hours=24)
LONGEST_TOKEN = 80


@bp.get("/sendouts/<int:sendout_id>/resend")
@signed_in(Role.ORGANISER)
def resend(sendout_id: int) -> ResponseReturnValue:
    """To those who did not open, or to somebody else."""
    return _page(_original(sendout_id))


@bp.post("/sendouts/<int:sendout_id>/resend")
@signed_in(Role.ORGANISER)
def resend_to_unopened(sendout_id: int) -> ResponseReturnValue:
    """Send it again to those who did not open, once however often the form arrives."""
    return _resent(sendout_id, ResendGroup.NOT_OPENED)


@bp.post("/sendouts/<int:sendout_id>/resend/unanswered")
@signed_in(Role.ORGANISER)
def resend_to_silent(sendout_id: int) -> ResponseReturnValue:
    """Send it again to those who have not answered, once however often the form arrives."""
    return _resent(sendout_id, ResendGroup.NOT_ANSWERED)


@bp.post("/sendouts/<int:sendout_id>/resend/unreached")
@signed_in(Role.ORGANISER)
def resend_to_unreached(sendout_id: int) -> ResponseReturnValue:
    """Send it again to those whom nothing reached, once however often the form arrives."""
    return _resent(sendout_id, ResendGroup.NOT_REACHED)


@bp.post("/sendouts/<int:sendout_id>/resend/someone")
@signed_in(Role.ORGANISER)
def resend_to_someone(sendout_id: int) -> ResponseReturnValue:
    """A draft of the same for one person, a list or a typed address; it is looked at before it goes."""
    original = _original(sendout_id)
    form = request.form
    somebody = SomebodyElse(
        form.get("participant_id", type=int), form.get("list_id", type=int), form.get("address", "").replace("\0", ""), form.get("name", "")
    )
    try:
        copy = draft_for(original, _actor(), somebody)
    except Invalid as problem:
        db.session.rollback()
        return _page(_original(sendout_id), {problem.field or "": str(problem)}), 422
    db.session.commit()
    say("Look at it once more, then send it.")
    return redirect(url_for("sendouts.review", sendout_id=copy.id), 303)


def _resent(sendout_id: int, group: ResendGroup) -> ResponseReturnValue:
    original = _original(sendout_id)
    try:
        copy = resend_now(original, _actor(), _choice(group))
    except Invalid as problem:
        db.session.rollback()
        return _page(_original(sendout_id), {problem.field or "": str(problem)}), 422
    if copy.state != SendoutState.DRAFT:
        record("resend", "sendout", sendout_id, copy=copy.id)
    db.session.commit()
    return redirect(_way_on(original, copy), 303)


def _choice(group: ResendGroup) -> ResendChoice:
    form = request.form
    plan = next((plan for plan in ChannelPlan if plan == form.get("plan")), None)
    form_token = form.get("form_token", "")[:LONGEST_TOKEN] or secrets.token_urlsafe(16)
    return ResendChoice(group, form_token, plan, "no_sign" in form, "cannot_tell" in form)


def _way_on(original: Sendout, copy: Sendout) -> str:
    """Where it goes out, where its words are still to be written, or where it is looked at before it goes."""
    if copy.state != SendoutState.DRAFT:
        return url_for("reports.details", sendout_id=copy.id)
    if ChannelPlan(original.channel_plan).covers(ChannelPlan(copy.channel_plan)):
        say("Look at it once more, then send it.")
        return url_for("sendouts.review", sendout_id=copy.id)
    say("Write what they read, then send it from Review.")
    return url_for("sendouts.message", sendout_id=copy.id)


def _page(original: Sendout, errors: dict[str, str] | None = None) -> str:
    search = request.args.get("q", "").replace("\0", "")
    reasons = {group: why_not_offered(original, group) for group in ResendGroup}
    groups = {group: again(original, group) for group in ResendGroup if not reasons[group]}
    return render_template(
        "reports/resend.html",
        sendout=original,
        reasons=reasons,
        groups=groups,
        primary=next((group for group, found in groups.items() if found.ways), None),
        tokens={group: secrets.token_urlsafe(16) for group in ResendGroup},
        is_early=original.launched_at is not None and original.launched_at > now() - EARLY,
        lists=[(number, f"{name} ({people:,})") for number, name, people in list_sizes(original.organisation_id)],
        search=search,
        found=people_matching(original.organisation_id, search),
        errors=errors or {},
        budget=budget_standing(original.organisation_id),
        needs_approval=standing_of(original) is not None,
    )


def _original(sendout_id: int) -> Sendout:
    return checked_original(sendout_of(sendout_id, current_organisation_id()))


def _actor() -> Actor:
    may_overspend = "over_budget" in request.form and current_role() is Role.OWNER
    return Actor(current_organisation_id(), current_user_id(), may_overspend)
