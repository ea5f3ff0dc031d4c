"""Replies: the queue, the conversations, and what can be done about a text."""

from hashlib import sha256
from secrets import token_urlsafe

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.roles import Role
from app.extensions import db
from app.inbound import answering, conversations, people, service
from app.inbound.conversations import Conversation, Tab, conversation_of, queue_page, tab_counts, texts_to_review, unread_count
from app.inbound.forms import asked_tab, read_answer
from app.lib.errors import Conflict, Invalid
from app.participants.marks import marks_of
from app.participants.queries import Wanted, people_page
from app.unsubscribes.words import words_to_send
from app.web.filters import zone
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.htmx import is_swap, render_page_or_partial, say
from app.web.navigation import counts
from app.web.pagination import PAGE_SIZE, asked_cursor, page_of

bp = Blueprint("inbound", __name__, url_prefix="/replies")
bp.record_once(lambda state: state.app.jinja_env.globals.update(hour_of=lambda moment: f"{moment.astimezone(zone()):%H:%M}"))
counts("inbound.replies")(unread_count)

_PEOPLE_FOUND = 20


@bp.get("")
@signed_in(Role.VIEWER)
def replies() -> Response:
    """The queue; as a part it renews itself, with the open conversation in it wherever that lies."""
    opened = request.args.get("open", type=int)
    conversation = conversation_of(current_organisation_id(), opened) if opened else None
    return render_page_or_partial("inbound/replies.html", "inbound/_queue.html", **_queue(conversation), conversation=conversation)


@bp.get("/<int:text_id>")
@signed_in(Role.VIEWER)
def conversation(text_id: int) -> ResponseReturnValue:
    """One conversation; as a part, what was said since, or nothing where nothing was."""
    opened = conversation_of(current_organisation_id(), text_id)
    if not is_swap():
        return _conversation_page(opened, FormReader({}))
    said = _said(opened)
    if request.args.get("seen") == said["seen"]:
        return "", 204
    return render_page_or_partial("inbound/conversation.html", "inbound/_turns.html", **said, tab=asked_tab(request.args, opened))


@bp.post("/<int:text_id>/answer")
@signed_in(Role.ORGANISER)
def answer(text_id: int) -> ResponseReturnValue:
    """Answer by text."""
    opened = conversation_of(current_organisation_id(), text_id)
    form = FormReader(request.form)
    written = read_answer(form, current_user_id())
    if form.errors:
        return _conversation_page(opened, form), 422
    try:
        answering.answer(current_organisation_id(), opened, written)
    except (Conflict, Invalid) as problem:
        db.session.rollback()
        say(str(problem), kind="danger")
        return redirect(_here(opened), 303)
    db.session.commit()
    say(f"Your text to {opened.name} is on its way.")
    return redirect(_next(opened) if written.is_last_word else _here(opened), 303)


@bp.post("/<int:text_id>/read")
@signed_in(Role.ORGANISER)
def mark_read(text_id: int) -> ResponseReturnValue:
    """Note that the conversation was read."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.mark_read(current_organisation_id(), opened.number)
    db.session.commit()
    return ("", 204) if is_swap() else redirect(_here(opened), 303)


@bp.post("/<int:text_id>/done")
@signed_in(Role.ORGANISER)
def mark_done(text_id: int) -> ResponseReturnValue:
    """Close the conversation until they write again, and go on to the next."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.mark_read(current_organisation_id(), opened.number)
    service.mark_done(current_organisation_id(), opened.number, user_id=current_user_id())
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
    return _who_page(opened, FormReader({}))


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
        return _who_page(opened, form), 422
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
        say("This number is on the Unsubscribes list already.", kind="warning")
    else:
        say(f"{opened.name} gets no more texts.", undo=url_for("unsubscribes.take_back", entry_id=entry_id, reply=text_id))
    return redirect(_here(opened), 303)


@bp.post("/<int:text_id>/not-a-stop")
@signed_in(Role.ORGANISER)
def not_a_stop(text_id: int) -> ResponseReturnValue:
    """Decide that a likely opt-out is none."""
    opened = conversation_of(current_organisation_id(), text_id)
    service.dismiss_review(current_organisation_id(), text_id)
    db.session.commit()
    return redirect(_here(opened), 303)


def _conversation_page(opened: Conversation, form: FormReader) -> str:
    pane = people.person_pane(current_organisation_id(), opened)
    against = answering.obstacle(current_organisation_id(), opened, pane.person)
    return render_template(
        "inbound/conversation.html",
        **_queue(opened),
        **_said(opened),
        pane=pane,
        against=against,
        start_words=words_to_send(against.our_number) if against and against.kind == "stop" else "",
        form=form,
        form_token=token_urlsafe(12),
    )


def _queue(opened: Conversation | None) -> dict[str, object]:
    """What the queue shows."""
    organisation_id = current_organisation_id()
    tabs = tab_counts(organisation_id)
    is_all_read = opened is None and "tab" not in request.args and not tabs[Tab.UNREAD] and tabs[Tab.WAITING]
    tab = Tab.WAITING if is_all_read else asked_tab(request.args, opened)
    rows = queue_page(organisation_id, tab, keep=opened.number if opened else "", before_id=asked_cursor(), limit=PAGE_SIZE + 1)
    reviews = texts_to_review(organisation_id)
    return {
        "queue": page_of(rows, lambda row: row.last_text_id),
        "tab": tab,
        "tabs": tabs,
        "is_first": asked_cursor() is None,
        "reviews": reviews,
    }


def _said(opened: Conversation) -> dict[str, object]:
    """What the middle pane shows; `seen` changes with it."""
    turns = conversations.turns(current_organisation_id(), opened.number)
    marks = marks_of([turn.message_id for turn in turns if turn.message_id is not None])
    seen = sha256(repr((opened, turns, marks)).encode()).hexdigest()[:16]
    can_act = current_role().includes(Role.ORGANISER)
    return {"conversation": opened, "turns": turns, "marks": marks, "seen": seen, "can_act": can_act}


def _who_page(opened: Conversation, form: FormReader) -> Response:
    search = " ".join(request.args.get("q", "").replace("\0", "").split())[:100]
    found = people_page(Wanted(current_organisation_id(), search), size=_PEOPLE_FOUND).rows if search else []
    return render_page_or_partial(
        "inbound/who.html",
        "inbound/_people.html",
        conversation=opened,
        found=found,
        search=search,
        form=form,
        tab=asked_tab(request.args, opened),
    )


def _here(opened: Conversation) -> str:
    return url_for(".conversation", text_id=opened.text_id, tab=asked_tab(request.args, opened))


def _next(opened: Conversation) -> str:
    """The conversation beneath this one in its tab, else the first one there, else the queue."""
    tab = asked_tab(request.args, opened)
    beneath = queue_page(current_organisation_id(), tab, before_id=opened.last_text_id, limit=1)
    first = beneath or queue_page(current_organisation_id(), tab, limit=1)
    following = next((each for each in first if each.number != opened.number), None)
    return url_for(".conversation", text_id=following.text_id, tab=tab) if following else url_for(".replies", tab=tab)
