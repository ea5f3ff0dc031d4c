"""What the pages of Replies show: the queue, what was said, and the form to answer with."""

from collections.abc import Sequence
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from flask import Response, render_template, request

from app.domain.channels import Channel
from app.domain.roles import Role
from app.inbound import people
from app.inbound.conversations import Conversation, Tab, found_page, queue_page, tab_counts, texts_to_review
from app.inbound.forms import asked_search, asked_tab
from app.inbound.mails.service import waiting_count
from app.inbound.received import WORDS, received_marks
from app.inbound.saved.service import saved_answers
from app.inbound.together import GivenAnswer, authors_of, holders_of, last_answer_id
from app.inbound.turns import answered_subject, turns
from app.inbound.writing.ways import last_written_by, preset_way, ways_to
from app.models import Participant
from app.participants.marks import marks_of
from app.participants.queries import Wanted, people_page
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_role, current_user_id
from app.web.htmx import render_page_or_partial
from app.web.pagination import PAGE_SIZE, asked_cursor, page_of

_PEOPLE_FOUND = 20


def conversation_page(opened: Conversation, form: FormReader, meanwhile: Sequence[GivenAnswer] = ()) -> str:
    """The whole page; `meanwhile` are the answers for which the one in the form was held."""
    organisation_id = current_organisation_id()
    shown, pane = said(opened), people.person_pane(organisation_id, opened)
    return render_template(
        "inbound/conversation.html",
        **queue(opened),
        **shown,
        **_ways(opened, pane.person, form),
        pane=pane,
        subject=form.values.get("subject", answered_subject(shown["turns"])),
        form=form,
        form_token=token_urlsafe(12),
        seen_answer=last_answer_id(organisation_id, opened.number),
        meanwhile=meanwhile,
        saved=saved_answers(organisation_id),
        body=form.values.get("body") or _inserted(organisation_id),
    )


def queue(opened: Conversation | None) -> dict[str, object]:
    """What the queue shows: a tab of it, or what was searched for."""
    organisation_id, search = current_organisation_id(), asked_search(request.args)
    tabs = tab_counts(organisation_id)
    is_all_read = opened is None and "tab" not in request.args and not tabs[Tab.UNREAD] and tabs[Tab.WAITING]
    tab = Tab.WAITING if is_all_read else asked_tab(request.args, opened)
    size = PAGE_SIZE + 1
    if search:
        rows = found_page(organisation_id, search, before_id=asked_cursor(), limit=size)
    else:
        rows = queue_page(organisation_id, tab, keep=opened.number if opened else "", before_id=asked_cursor(), limit=size)
    return {
        "queue": page_of(rows, lambda row: row.last_text_id),
        "tab": tab,
        "tabs": tabs,
        "search": search,
        "is_first": asked_cursor() is None,
        "reviews": texts_to_review(organisation_id),
        "held_mails": waiting_count(organisation_id) if current_role().includes(Role.ORGANISER) else 0,
        "holders": holders_of(organisation_id, [row.number for row in rows]),
        "me": current_user_id(),
    }


def said(opened: Conversation) -> dict[str, Any]:
    """What the middle pane shows; `seen` changes with it."""
    organisation_id = current_organisation_id()
    shown = turns(organisation_id, opened.number)
    marks = marks_of([turn.message_id for turn in shown if turn.message_id is not None])
    received = received_marks(organisation_id, [turn.text_id for turn in shown if turn.text_id is not None])
    authors = authors_of([turn.sendout_id for turn in shown if turn.sendout_id is not None])
    holder = holders_of(organisation_id, [opened.number]).get(opened.number)
    seen = sha256(repr((opened, shown, marks, received, authors, holder)).encode()).hexdigest()[:16]
    return {
        "conversation": opened,
        "turns": shown,
        "marks": marks,
        "received": received,
        "received_words": WORDS,
        "authors": authors,
        "holder": holder,
        "seen": seen,
        "can_act": current_role().includes(Role.ORGANISER),
    }


def who_page(opened: Conversation, form: FormReader) -> Response:
    """Whom a number belongs to: people to choose from, and a form for somebody new."""
    search = asked_search(request.args)
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


def _ways(opened: Conversation, person: Participant | None, form: FormReader) -> dict[str, object]:
    """How they can be answered, and the way that is chosen: what they wrote by last, unless somebody has said otherwise."""
    if person is None:
        return {"ways": None, "chosen": None}
    ways = ways_to(person, opened.number)
    asked = next((channel for channel in ways if channel == form.values.get("by")), None)
    last = last_written_by(person) or (Channel.EMAIL if opened.is_by_email else Channel.SMS)
    return {"ways": ways, "chosen": asked or preset_way(ways, last)}


def _inserted(organisation_id: int) -> str:
    """The saved answer that was chosen without scripts."""
    chosen = request.args.get("insert", type=int)
    return next((each.body for each in saved_answers(organisation_id) if each.id == chosen), "")
