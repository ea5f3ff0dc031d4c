"""Replies: the queue, the conversations, and what can be done about a text."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.inbound import answering, pages, people, service, together
from app.inbound.conversations import Conversation, Tab, conversation_of, queue_page, unread_count
from app.inbound.forms import asked_tab, read_answer, seen_text
from app.lib.errors import Conflict, Invalid
from app.web.filters import zone
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_user_id, signed_in
from app.web.htmx import is_swap, render_page_or_partial, say
from app.web.installation import settings
from app.web.navigation import counts

bp = Blueprint("inbound", __name__, url_prefix="/replies")
bp.record_once(lambda state: state.app.jinja_env.globals.update(hour_of=lambda moment: f"{moment.astimezone(zone()):%H:%M}"))
bp.record_once(lambda state: state.app.jinja_env.globals.update(answers_come_in=lambda: bool(settings().inbound_domain)))
counts("inbound.replies")(unread_count)

_PEOPLE_FOUND = 20


@bp.get("")
@signed_in(Role.VIEWER)
def replies() -> Response:
    """The queue; as a part it renews itself, with the open conversation in it wherever that lies."""
    opened = request.args.get("open", type=int)
    conversation = conversation_of(current_organisation_id(), opened) if opened else None
    return render_page_or_partial("inbound/replies.html", "inbound/_queue.html", **pages.queue(conversation), conversation=conversation)


@bp.get("/<int:text_id>")
@signed_in(Role.VIEWER)
def conversation(text_id: int) -> ResponseReturnValue:
    """One conversation; as a part, what was said since, or nothing where nothing was."""
    opened = conversation_of(current_organisation_id(), text_id)
    if not is_swap():
        return pages.conversation_page(opened, FormReader({}))
    said = pages.said(opened)
    if request.args.get("seen") == said["seen"]:
        return "", 204
    return render_page_or_partial("inbound/conversation.html", "inbound/_turns.html", **said, tab=asked_tab(request.args, opened))


@bp.post("/<int:text_id>/answer")
@signed_in(Role.ORGANISER)
def answer(text_id: int) -> ResponseReturnValue:
    """Answer by text."""
    opened = conversation_of(current_organisation_id(), text_id)
    form = FormReader(request.form)
    written = read_answer(form, opened, current_user_id())
    if form.errors:
        return pages.conversation_page(opened, form), 422
    try:
        answering.answer(current_organisation_id(), opened, written)
    except answering.AnsweredMeanwhile as held:
        db.session.rollback()
        return pages.conversation_page(opened, form, held.answers), 409
    except (Conflict, Invalid) as problem:
        db.session.rollback()
        say(str(problem), kind="danger")
        return redirect(_here(opened), 303)
    db.session.commit()
    say(f"Your text to {opened.name} is on its way.")
    return redirect(_next(opened) if written.is_last_word else _here(opened), 303)


@bp.post("/<int:text_id>/take")
@signed_in(Role.ORGANISER)
def take(text_id: int) -> ResponseReturnValue:
    """Take the conversation, so that nobody else needs to look at it."""
    opened = conversation_of(current_organisation_id(), text_id)
    together.take(current_organisation_id(), opened.number, user_id=current_user_id())
    db.session.commit()
    say(f"You have {opened.name} now: the others see it.")
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/let-go")
@signed_in(Role.ORGANISER)
def let_go(text_id: int) -> ResponseReturnValue:
    """Let it go again, whoever had it."""
    opened = conversation_of(current_organisation_id(), text_id)
    together.let_go(current_organisation_id(), opened.number)
    db.session.commit()
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/read")
@signed_in(Role.ORGANISER)
def mark_read(text_id: int) -> ResponseReturnValue:
    """Note that the conversation was read."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.mark_read(current_organisation_id(), opened.number, seen_text(request.form, opened))
    db.session.commit()
    return ("", 204) if is_swap() else redirect(_here(opened), 303)


@bp.post("/<int:text_id>/done")
@signed_in(Role.ORGANISER)
def mark_done(text_id: int) -> ResponseReturnValue:
    """Close the conversation until they write again, and go on to the next."""
    opened = conversation_of(current_organisation_id(), text_id)
    seen = seen_text(request.form, opened)
    service.mark_read(current_organisation_id(), opened.number, seen)
    service.mark_done(current_organisation_id(), opened.number, seen, user_id=current_user_id())
    together.let_go(current_organisation_id(), opened.number)
    db.session.commit()
    say(f"Done with {opened.name}.", undo=url_for(".reopen", text_id=text_id))
    return redirect(_next(opened), 303)


@bp.post("/<int:text_id>/reopen")
@signed_in(Role.ORGANISER)
def reopen(text_id: int) -> ResponseReturnValue:
    """Take back that a conversation is done."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.reopen(current_organisation_id(), opened.number)
    db.session.commit()
    return redirect(url_for(".conversation", text_id=text_id, tab=Tab.WAITING), 303)


@bp.get("/<int:text_id>/person")
@signed_in(Role.ORGANISER)
def who(text_id: int) -> Response:
    """Who writes from this number? People to choose from, by what is typed."""
    opened = conversation_of(current_organisation_id(), text_id)
    return pages.who_page(opened, FormReader({}))


@bp.post("/<int:text_id>/person")
@signed_in(Role.ORGANISER)
def this_is(text_id: int) -> ResponseReturnValue:
    """Note who it is, with the number as theirs from now on where that is ticked."""
    opened = conversation_of(current_organisation_id(), text_id)
    person = people.this_is(current_organisation_id(), opened.number, request.form.get("participant_id", 0, type=int))
    if "save_number" in request.form:
        people.save_number(person, opened.number, user_id=current_user_id())
    db.session.commit()
    say(f"{opened.number} is {person.first_name} {person.last_name}.".replace(" .", "."))
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/new-person")
@signed_in(Role.ORGANISER)
def somebody_new(text_id: int) -> ResponseReturnValue:
    """Make a participant of whoever wrote."""
    opened = conversation_of(current_organisation_id(), text_id)
    form = FormReader(request.form)
    first_name, last_name = form.words("first_name", missing="Type their name."), form.words("last_name")
    if form.errors:
        return pages.who_page(opened, form), 422
    people.somebody_new(current_organisation_id(), opened.number, (first_name, last_name), user_id=current_user_id())
    db.session.commit()
    say(f"{first_name} {last_name}".strip() + " is one of your participants now.")
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/unsubscribe")
@signed_in(Role.ORGANISER)
def unsubscribe(text_id: int) -> ResponseReturnValue:
    """Put whoever sent this text on the Unsubscribes list: a person has read it as a no."""
    opened = conversation_of(current_organisation_id(), text_id)
    entry_id = service.add_sender_to_list(current_organisation_id(), text_id, user_id=current_user_id())
    db.session.commit()
    if entry_id is None:
        say("They are on the Unsubscribes list already.", kind="warning")
    else:
        kind = "e-mails" if opened.is_by_email else "texts"
        say(f"{opened.name} gets no more {kind}.", undo=url_for("unsubscribes.take_back", entry_id=entry_id, reply=text_id))
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/not-a-stop")
@signed_in(Role.ORGANISER)
def not_a_stop(text_id: int) -> ResponseReturnValue:
    """Decide that a likely opt-out is none."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.dismiss_review(current_organisation_id(), text_id)
    db.session.commit()
    return redirect(_here(opened), 303)


def _here(opened: Conversation) -> str:
    return url_for(".conversation", text_id=opened.text_id, tab=asked_tab(request.args, opened))


def _next(opened: Conversation) -> str:
    """The conversation beneath this one in its tab, else the first one there, else the queue."""
    tab = asked_tab(request.args, opened)
    beneath = queue_page(current_organisation_id(), tab, before_id=opened.last_text_id, limit=1)
    first = beneath or queue_page(current_organisation_id(), tab, limit=1)
    following = next((each for each in first if each.number != opened.number), None)
    return url_for(".conversation", text_id=following.text_id, tab=tab) if following else url_for(".replies", tab=tab)
