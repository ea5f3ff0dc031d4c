"""The composer's three steps; each saves as one types, and by its own button where there are no scripts."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.models import Sendout, User
from app.sendouts.blueprint import actor, bp
from app.sendouts.composing import asking, attachments, following, forms, pages, queries, service
from app.sendouts.composing.attachments import UploadedFile
from app.sendouts.filtered import filter_choices
from app.sendouts.rules.service import rules_of
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import is_swap


@bp.get("/sendouts/<int:sendout_id>/compose/audience")
@signed_in(Role.AUTHOR)
def audience(sendout_id: int) -> ResponseReturnValue:
    """For whom, of which kind, by which channels."""
    sendout = _sendout(sendout_id)
    asked = request.args.get("q", "")
    return pages.step_page(
        sendout,
        "audience",
        lists=queries.list_choices(sendout.organisation_id, sendout.id),
        filters=filter_choices(sendout),
        people=queries.chosen_people(sendout),
        found=queries.people_matching(sendout.organisation_id, asked),
        asked=asked,
        original=_original(sendout),
    )


@bp.post("/sendouts/<int:sendout_id>/compose/audience")
@signed_in(Role.AUTHOR)
def save_audience(sendout_id: int) -> ResponseReturnValue:
    """Save the step; its buttons also find, add, leave out and drop single people."""
    form = request.form
    service.save_audience(sendout_id, actor(), forms.audience_answers(form))
    for button, is_excluded in (("include_person", False), ("exclude_person", True)):
        if (person := forms.number(form, button)) is not None:
            service.choose_person(sendout_id, actor(), person, is_excluded=is_excluded)
    if (person := forms.number(form, "drop_person")) is not None:
        service.drop_person(sendout_id, actor(), person)
    db.session.commit()
    return _on(sendout_id, "audience", "message", form.get("q") or None)


@bp.get("/sendouts/<int:sendout_id>/people")
@signed_in(Role.AUTHOR)
def find_people(sendout_id: int) -> ResponseReturnValue:
    """Those whose name, address or number holds what is typed, to be chosen from."""
    sendout = _sendout(sendout_id)
    asked = request.args.get("q", "")
    return render_template("sendouts/_found.html", found=queries.people_matching(sendout.organisation_id, asked), asked=asked)


@bp.get("/sendouts/<int:sendout_id>/compose/message")
@signed_in(Role.AUTHOR)
def message(sendout_id: int) -> ResponseReturnValue:
    """What they read."""
    return _message_page(_sendout(sendout_id))


@bp.post("/sendouts/<int:sendout_id>/compose/message")
@signed_in(Role.AUTHOR)
def save_message(sendout_id: int) -> ResponseReturnValue:
    """Save the words; what is wrong with them is said, and stops nothing but sending."""
    service.save_message(sendout_id, actor(), forms.message_answers(request.form))
    if "replace" in request.form:
        service.replace_look_alikes(sendout_id, actor())
    db.session.commit()
    return _on(sendout_id, "message", "options")


@bp.post("/sendouts/<int:sendout_id>/attachments")
@signed_in(Role.AUTHOR)
def attach(sendout_id: int) -> ResponseReturnValue:
    """Add a file to the e-mail."""
    upload = request.files.get("file")
    try:
        content = upload.stream.read(attachments.MAX_FILE + 1) if upload else b""
        attachments.attach(sendout_id, actor(), UploadedFile(upload.filename or "" if upload else "", content))
    except Invalid as mistake:
        db.session.rollback()
        return _message_page(_sendout(sendout_id), file_error=str(mistake)), 422
    db.session.commit()
    return redirect(url_for("sendouts.message", sendout_id=sendout_id, _anchor="files"), 303)


@bp.post("/sendouts/<int:sendout_id>/attachments/<int:attachment_id>/remove")
@signed_in(Role.AUTHOR)
def detach(sendout_id: int, attachment_id: int) -> ResponseReturnValue:
    """Take a file off."""
    attachments.detach(sendout_id, actor(), attachment_id)
    db.session.commit()
    return redirect(url_for("sendouts.message", sendout_id=sendout_id, _anchor="files"), 303)


@bp.get("/sendouts/<int:sendout_id>/compose/options")
@signed_in(Role.AUTHOR)
def options(sendout_id: int) -> ResponseReturnValue:
    """What it leaves from, where answers go, tracking."""
    return _options_page(_sendout(sendout_id))


@bp.post("/sendouts/<int:sendout_id>/compose/options")
@signed_in(Role.AUTHOR)
def save_options(sendout_id: int) -> ResponseReturnValue:
    """Save them."""
    try:
        service.save_options(sendout_id, actor(), forms.options_answers(request.form))
        asking.save_asking(sendout_id, actor(), asking.asking_in(request.form))
        following.save_following(sendout_id, actor(), following.following_in(request.form))
    except Invalid as mistake:
        db.session.rollback()
        if is_swap():  # an address half typed: the whole one follows
            return _on(sendout_id, "options", "review")
        return _options_page(_sendout(sendout_id), mistake), 422
    db.session.commit()
    return _on(sendout_id, "options", "review")


@bp.get("/sendouts/<int:sendout_id>/compose/saved")
@signed_in(Role.AUTHOR)
def saved(sendout_id: int) -> ResponseReturnValue:
    """What saving changed on the page that one is on."""
    return pages.saved_parts(_sendout(sendout_id), request.args.get("step", "audience"))


def _on(sendout_id: int, step: str, following: str, asked: str | None = None) -> ResponseReturnValue:
    """After saving: stay while one types, go on by the button that says so."""
    if is_swap():
        return redirect(url_for("sendouts.saved", sendout_id=sendout_id, step=step), 303)
    ways = {"next": following, "preview": "preview"}
    if way := ways.get(request.form.get("go", "")):
        return redirect(url_for(f"sendouts.{way}", sendout_id=sendout_id), 303)
    return redirect(url_for(f"sendouts.{step}", sendout_id=sendout_id, q=asked), 303)


def _message_page(sendout: Sendout, file_error: str = "") -> Response:
    return pages.step_page(
        sendout,
        "message",
        fields=queries.field_choices(sendout.organisation_id),
        files=queries.attached_files(sendout),
        file_error=file_error,
    )


def _options_page(sendout: Sendout, mistake: Invalid | None = None) -> Response:
    """The third step; with a mistake, as it was typed, and the mistake beside its field."""
    typed = request.form if mistake else {}
    errors = {mistake.field or "reply_to": str(mistake)} if mistake else {}
    user = db.session.get(User, current_user_id())
    return pages.step_page(
        sendout,
        "options",
        mail_choices=_sender_choices(sendout, Channel.EMAIL, "Choose an address"),
        text_choices=_sender_choices(sendout, Channel.SMS, "Choose a number"),
        reply_to=typed.get("reply_to", sendout.reply_to),
        reply_error=errors.get("reply_to", ""),
        typed=typed,
        errors=errors,
        own_phone=user.phone_number if user else None,
        rules=rules_of(sendout.organisation_id),
    )


def _sender_choices(sendout: Sendout, channel: Channel, unchosen: str) -> list[tuple[int | str, str]]:
    senders = queries.senders_of(sendout.organisation_id, channel)
    named = ((sender.id, f"{sender.display_name} ({sender.address})" if sender.display_name else sender.address) for sender in senders)
    return [("", unchosen), *named]


def _original(sendout: Sendout) -> Sendout | None:
    """The send-out that this one is sent again for, where its audience comes from."""
    if not sendout.audience_rule or sendout.resend_of is None:
        return None
    return db.session.get(Sendout, sendout.resend_of)


def _sendout(sendout_id: int) -> Sendout:
    return queries.sendout_of(sendout_id, current_organisation_id())
