"""Message templates: what there are, beginning a message with one, keeping a message as one."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid
from app.sendouts.blueprint import actor, bp
from app.sendouts.composing import forms
from app.sendouts.composing.queries import sendout_of
from app.sendouts.composing.service import new_draft, save_message
from app.sendouts.templating import queries, service
from app.web.guards import current_organisation_id, signed_in
from app.web.headers import as_mail_frame
from app.web.htmx import say


@bp.get("/sendouts/templates")
@signed_in(Role.VIEWER)
def templates() -> ResponseReturnValue:
    """All of them with previews."""
    return render_template("sendouts/templates.html", templates=queries.shown_templates(current_organisation_id()))


@bp.get("/sendouts/templates/<int:template_id>/mail")
@signed_in(Role.VIEWER)
@as_mail_frame
def template_mail(template_id: int) -> ResponseReturnValue:
    """A template's e-mail, for the sandboxed frame."""
    return queries.mail_of(queries.template_of(current_organisation_id(), template_id))


@bp.post("/sendouts/templates/<int:template_id>/sendout")
@signed_in(Role.AUTHOR)
def create_from_template(template_id: int) -> ResponseReturnValue:
    """Begin a draft that says what the template says."""
    template = queries.template_of(current_organisation_id(), template_id)
    sendout = new_draft(actor())
    sendout.channel_plan = service.plan_for(template)
    service.begin_with(sendout.id, actor(), template_id)
    db.session.commit()
    say(f"Begun with “{template.name}”. Whom is it for?")
    return redirect(url_for("sendouts.audience", sendout_id=sendout.id), 303)


@bp.post("/sendouts/templates/<int:template_id>/name")
@signed_in(Role.AUTHOR)
def rename_template(template_id: int) -> ResponseReturnValue:
    """Call it something else."""
    template = queries.template_of(current_organisation_id(), template_id)
    try:
        service.rename(template, request.form.get("template_name", ""))
    except Invalid as mistake:
        db.session.rollback()
        say(f"{mistake} Nothing was changed.", kind="danger")
        return redirect(url_for("sendouts.templates"), 303)
    db.session.commit()
    say("Renamed.")
    return redirect(url_for("sendouts.templates"), 303)


@bp.post("/sendouts/templates/<int:template_id>/removal")
@signed_in(Role.AUTHOR)
def remove_template(template_id: int) -> ResponseReturnValue:
    """Throw it away; what was begun with it stays."""
    template = queries.template_of(current_organisation_id(), template_id)
    template.deleted_at = now()
    db.session.commit()
    say(f"The template “{template.name}” is deleted.", undo=url_for("sendouts.restore_template", template_id=template_id))
    return redirect(url_for("sendouts.templates"), 303)


@bp.post("/sendouts/templates/<int:template_id>/restoral")
@signed_in(Role.AUTHOR)
def restore_template(template_id: int) -> ResponseReturnValue:
    """Fetch it back."""
    queries.template_of(current_organisation_id(), template_id).deleted_at = None
    db.session.commit()
    say("The template is back.")
    return redirect(url_for("sendouts.templates"), 303)


@bp.get("/sendouts/<int:sendout_id>/templates")
@signed_in(Role.AUTHOR)
def choose_template(sendout_id: int) -> ResponseReturnValue:
    """Choose one to begin a draft's message with."""
    sendout = sendout_of(sendout_id, current_organisation_id())
    is_written = service.written_mail(sendout) or service.written_text(sendout)
    shown = queries.shown_templates(sendout.organisation_id)
    return render_template("sendouts/templates.html", templates=shown, sendout=sendout, is_written=is_written)


@bp.post("/sendouts/<int:sendout_id>/templates")
@signed_in(Role.AUTHOR)
def keep_template(sendout_id: int) -> ResponseReturnValue:
    """Save what is typed, and keep it as a template."""
    save_message(sendout_id, actor(), forms.message_answers(request.form))
    db.session.commit()
    try:
        template = service.keep_template(sendout_id, actor(), request.form.get("template_name", ""))
    except Invalid as mistake:
        db.session.rollback()
        say(str(mistake), kind="danger")
        return redirect(url_for("sendouts.message", sendout_id=sendout_id), 303)
    db.session.commit()
    say(f"Kept as the template “{template.name}”.")
    return redirect(url_for("sendouts.message", sendout_id=sendout_id), 303)


@bp.post("/sendouts/<int:sendout_id>/templates/<int:template_id>")
@signed_in(Role.AUTHOR)
def begin_with_template(sendout_id: int, template_id: int) -> ResponseReturnValue:
    """Put its words into the draft."""
    service.begin_with(sendout_id, actor(), template_id)
    db.session.commit()
    say("The words of the template are in. Change them as you like: the template stays as it is.")
    return redirect(url_for("sendouts.message", sendout_id=sendout_id), 303)
