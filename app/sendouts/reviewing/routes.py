"""The last look, and what follows it: send, undo, schedule, take back."""

from collections.abc import Sequence
from functools import cache

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel, ChannelPlan
from app.domain.local_time import LateChoice, known_zones
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Invalid, NotFound
from app.models import Sendout
from app.sendouts import running
from app.sendouts.blueprint import actor, bp, details_url
from app.sendouts.composing import pages
from app.sendouts.composing.forms import typed_number
from app.sendouts.composing.queries import chosen_people, sendout_of
from app.sendouts.composing.service import save_sharing
from app.sendouts.counting import Slice, people_behind
from app.sendouts.judgement import judged_once
from app.sendouts.local_hours import Hour, hours_of, people_in
from app.sendouts.reviewing import scheduling, service
from app.users.audit import record
from app.web.filters import zone
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import say
from app.web.pagination import PAGE_SIZE, asked_cursor


@bp.get("/sendouts/<int:sendout_id>/compose/review")
@signed_in(Role.AUTHOR)
def review(sendout_id: int) -> ResponseReturnValue:
    """Who gets what, what is wrong, and the button."""
    return _review_page(_sendout(sendout_id))


@bp.post("/sendouts/<int:sendout_id>/compose/review")
@signed_in(Role.AUTHOR)
def save_review(sendout_id: int) -> ResponseReturnValue:
    """Whether people who share an address get one message or one each."""
    save_sharing(sendout_id, actor(), one_per_address=request.form.get("one_per_address") == "yes")
    db.session.commit()
    return redirect(url_for("sendouts.review", sendout_id=sendout_id), 303)


@bp.get("/sendouts/<int:sendout_id>/compose/people")
@signed_in(Role.AUTHOR)
def people_counted(sendout_id: int) -> ResponseReturnValue:
    """The people behind one of the numbers: `channel`, and `reason` for those who get nothing."""
    sendout = _sendout(sendout_id)
    asked = _asked_slice(sendout)
    people = people_behind(sendout, asked, PAGE_SIZE + 1)
    following = people[PAGE_SIZE - 1].participant_id if len(people) > PAGE_SIZE else None
    words = skip_words(asked.reason, asked.channel) if asked.reason else "Messages that go out"
    return render_template(
        "sendouts/compose_people.html", sendout=sendout, asked=asked, reason_words=words, people=people[:PAGE_SIZE], following=following
    )


@bp.post("/sendouts/<int:sendout_id>/launch")
@signed_in(Role.ORGANISER)
def launch(sendout_id: int) -> ResponseReturnValue:
    """Send it; the next page counts the seconds in which it can be undone."""
    try:
        is_new = service.send(sendout_id, actor(), typed=typed_number(request.form, "typed_count"))
    except Invalid as mistake:
        db.session.rollback()
        return _review_page(_sendout(sendout_id), send_error=str(mistake)), 422
    if is_new:
        record("sent", "sendout", sendout_id)
    else:
        say("It is on its way already.")
    db.session.commit()
    return redirect(details_url(sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/undo")
@signed_in(Role.ORGANISER)
def undo(sendout_id: int) -> ResponseReturnValue:
    """Take Send back: a draft again, and nothing has left."""
    running.undo_launch(sendout_id, actor())
    record("sending undone", "sendout", sendout_id)
    is_urgent = _sendout(sendout_id).is_urgent
    db.session.commit()
    say("Nothing was sent. This is a draft again.")
    return redirect(url_for("sendouts.message" if is_urgent else "sendouts.review", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/schedule")
@signed_in(Role.ORGANISER)
def schedule(sendout_id: int) -> ResponseReturnValue:
    """Let it start by itself; where it is past that hour for some by their own clock, it is asked first what they get."""
    late = next((each for each in LateChoice if each == request.form.get("late")), None)
    is_todays = request.form.get("who") == "today"
    wish = scheduling.Wish(request.form.get("at", ""), request.form.get("zone", ""), late, is_todays)
    try:
        scheduling.schedule(sendout_id, actor(), wish, typed=typed_number(request.form, "typed_count"))
    except scheduling.SomeAreLate as question:
        db.session.rollback()
        return _review_page(_sendout(sendout_id), late=question.hours), 422
    except Invalid as mistake:
        db.session.rollback()
        return _review_page(_sendout(sendout_id), schedule_error=str(mistake)), 422
    record("scheduled", "sendout", sendout_id)
    db.session.commit()
    say("It is scheduled.")
    return redirect(url_for("sendouts.review", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/unschedule")
@signed_in(Role.ORGANISER)
def unschedule(sendout_id: int) -> ResponseReturnValue:
    """Back to a draft, to be changed."""
    scheduling.unschedule(_sendout(sendout_id))
    record("unscheduled", "sendout", sendout_id)
    db.session.commit()
    say("It will not start by itself any more. Change what you like.")
    return redirect(url_for("sendouts.review", sendout_id=sendout_id), 303)


def _review_page(sendout: Sendout, late: Sequence[Hour] = (), **errors: str) -> Response:
    if sendout.state not in {SendoutState.DRAFT, SendoutState.SCHEDULED}:
        return make_response(redirect(details_url(sendout.id), 303))
    with judged_once(sendout):
        found = service.review(sendout)
        page = render_template(
            "sendouts/review.html",
            **pages.frame(sendout, "review", found.outlook),
            review=found,
            people=chosen_people(sendout),
            own_zone=zone().key,
            user_id=current_user_id(),
            zones=_zone_choices(),
            hours=hours_of(found.zones, sendout.scheduled_local) if sendout.scheduled_local else (),
            late=late,
            late_people=people_in(sendout, late) if late else (),
            typed=request.form,
            errors=errors,
        )
    return make_response(page)


@cache
def _zone_choices() -> tuple[tuple[str, str], ...]:
    named = (name for name in known_zones() if "/" in name and not name.startswith("Etc/"))
    return tuple((name, name.replace("_", " ")) for name in sorted(named))


def _asked_slice(sendout: Sendout) -> Slice:
    try:
        channel = Channel(request.args.get("channel") or ChannelPlan(sendout.channel_plan).channels[0])
        reason = SkipReason(request.args["reason"]) if "reason" in request.args else None
    except ValueError as error:
        raise NotFound("There is no such number.") from error
    return Slice(channel, reason, asked_cursor() or 0)


def _sendout(sendout_id: int) -> Sendout:
    return sendout_of(sendout_id, current_organisation_id())
