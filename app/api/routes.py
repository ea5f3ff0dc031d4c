"""`/api/v1`: each route asks for a scope, says of itself what the description tells, and leaves the work to the rooms below."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from app.api import shapes
from app.api.asked import asked_choice, asked_id, asked_words
from app.api.bodies import asked_object, text_at
from app.api.description import described
from app.api.door import TOO_LARGE, TOO_MANY, caller, presented, with_key
from app.api.idempotency import Answer, asked_key, once
from app.api.people import add_person, change_person
from app.api.told import Told, told
from app.api.writing import add_entry, write_single
from app.domain.api_scopes import ApiScope
from app.domain.channels import Channel, ChannelPlan
from app.domain.shown import ShownStatus
from app.domain.suppression import SuppressionReason
from app.extensions import db, limiter
from app.lib.errors import Conflict, Invalid
from app.messages.counts import counts_of
from app.models import Participant, Sendout
from app.participants.custom_fields import custom_fields
from app.participants.lists.queries import all_lists
from app.participants.lists.service import create, list_of, put_on, take_off
from app.participants.queries import Wanted, is_known, lists_of, people_page, standings_of
from app.participants.service import person_of
from app.reports.details.queries import sendout_of
from app.reports.listing.queries import PAGE_ROWS, visible
from app.reports.recipients.queries import Asked, recipients_page
from app.unsubscribes.queries import ListFilter, listed_entry, listed_page
from app.web.errors import json_problem
from app.web.guards import public
from app.web.pagination import PAGE_SIZE, page_of

bp = Blueprint("api", __name__, url_prefix="/api/v1")
limiter.limit("600 per minute", key_func=presented)(bp)
limiter.limit("3000 per minute")(bp)  # of one address, whatever keys it tries


@bp.after_request
def keep_private(response: Response) -> Response:
    """No cache on the way keeps what a key has opened."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
def refuse_large(_problem: HTTPException) -> Response:
    """In words for programs: a page would speak of files."""
    return json_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)


@bp.errorhandler(HTTPStatus.TOO_MANY_REQUESTS)
def refuse_many(_problem: HTTPException) -> Response:
    """And for how long."""
    response = json_problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY)
    response.headers["Retry-After"] = "60"
    return response


@bp.get("/openapi.json")
@public
def description() -> ResponseReturnValue:
    """This description, in OpenAPI 3.1."""
    return jsonify(described())


@bp.get("/fields")
@with_key(ApiScope.READ)
@told(Told(answer="Field", is_page=True))
def fields() -> ResponseReturnValue:
    """The organisation's own fields of its participants, by name."""
    return jsonify(shapes.page([shapes.field(each) for each in custom_fields(caller().organisation_id)], None))


@bp.get("/lists")
@with_key(ApiScope.READ)
@told(Told(answer="List", is_page=True))
def lists() -> ResponseReturnValue:
    """The lists by name, with their sizes."""
    return jsonify(shapes.page([shapes.list_line(each) for each in all_lists(caller().organisation_id)], None))


@bp.post("/lists")
@with_key(ApiScope.PEOPLE)
@told(Told(answer="NewList", takes="NewListBody", status=201, names_itself="may"))
def make_list() -> ResponseReturnValue:
    """Make an empty list."""

    def effect() -> Answer:
        made = create(caller().organisation_id, text_at(asked_object(("name",)), "name"))
        return Answer(201, {"id": made.id, "name": made.name})

    return _done(asked_key(), effect)


@bp.put("/lists/<int:list_id>/participants/<int:participant_id>")
@with_key(ApiScope.PEOPLE)
@told(Told(status=204))
def put_on_list(list_id: int, participant_id: int) -> ResponseReturnValue:
    """Put a participant on a list; nothing happens to who is on it."""
    person = person_of(caller().organisation_id, participant_id)
    put_on(list_of(caller().organisation_id, list_id), [person.id])
    db.session.commit()
    return "", 204


@bp.delete("/lists/<int:list_id>/participants/<int:participant_id>")
@with_key(ApiScope.PEOPLE)
@told(Told(status=204))
def take_off_list(list_id: int, participant_id: int) -> ResponseReturnValue:
    """Take a participant off a list; nothing happens to who is not on it."""
    person = person_of(caller().organisation_id, participant_id)
    take_off(list_of(caller().organisation_id, list_id), person.id)
    db.session.commit()
    return "", 204


@bp.get("/participants")
@with_key(ApiScope.READ)
@told(Told(answer="Participant", is_page=True, asks=("q", "list_id", "after")))
def participants() -> ResponseReturnValue:
    """Participants by last and first name; `q` looks in names, addresses and member numbers."""
    organisation_id, list_id = caller().organisation_id, asked_id("list_id")
    if list_id is not None:
        list_of(organisation_id, list_id)
    after = asked_id("after")
    if after is not None and not is_known(organisation_id, after):
        raise Invalid("“after” is nobody here: take “next” of the page before, or begin without it.", "after")
    found = people_page(Wanted(organisation_id, asked_words("q"), list_id), after)
    return jsonify(shapes.page([shapes.person(each, found.standings) for each in found.rows], found.next_cursor))


@bp.post("/participants")
@with_key(ApiScope.PEOPLE)
@told(Told(answer="Participant", takes="ParticipantBody", status=201, names_itself="may"))
def add_participant() -> ResponseReturnValue:
    """Add a participant. With an address that somebody has already it answers 409, unless that is allowed."""
    return _done(asked_key(), lambda: Answer(201, _whole(add_person(caller()))))


@bp.get("/participants/<int:participant_id>")
@with_key(ApiScope.READ)
@told(Told(answer="Participant"))
def participant(participant_id: int) -> ResponseReturnValue:
    """One participant, with the lists that they are on."""
    return jsonify(_whole(person_of(caller().organisation_id, participant_id)))


@bp.patch("/participants/<int:participant_id>")
@with_key(ApiScope.PEOPLE)
@told(Told(answer="Participant", takes="ParticipantBody", names_itself="may"))
def change_participant(participant_id: int) -> ResponseReturnValue:
    """Change what is named of a participant, and nothing else; null empties it."""
    return _done(asked_key(), lambda: Answer(200, _whole(change_person(caller(), participant_id))))


@bp.get("/send-outs")
@with_key(ApiScope.READ)
@told(Told(answer="SendOut", is_page=True, asks=("after",)))
def sendouts() -> ResponseReturnValue:
    """Send-outs, the newest first, and how their messages stand. Messages to one person alone are not among them."""
    asked = visible(caller().organisation_id).order_by(Sendout.id.desc()).limit(PAGE_ROWS + 1)
    after = asked_id("after")
    if after is not None:
        asked = asked.where(Sendout.id < after)
    found = page_of(db.session.scalars(asked).all(), lambda each: each.id, PAGE_ROWS)
    counts = counts_of([each.id for each in found.rows])
    return jsonify(shapes.page([shapes.sendout(each, counts[each.id]) for each in found.rows], found.next_cursor))


@bp.get("/send-outs/<int:sendout_id>")
@with_key(ApiScope.READ)
@told(Told(answer="SendOut"))
def sendout(sendout_id: int) -> ResponseReturnValue:
    """One send-out, and how its messages stand."""
    found = sendout_of(sendout_id, caller().organisation_id)
    return jsonify(shapes.sendout(found, counts_of([found.id])[found.id]))


@bp.get("/send-outs/<int:sendout_id>/messages")
@with_key(ApiScope.READ)
@told(Told(answer="Message", is_page=True, asks=("channel", "status", "after")))
def messages(sendout_id: int) -> ResponseReturnValue:
    """The messages of a send-out by one channel, skipped ones among them; a draft has none yet."""
    found = sendout_of(sendout_id, caller().organisation_id)
    channel = asked_choice("channel", Channel) or ChannelPlan(found.channel_plan).channels[0]
    wanted = Asked(caller().organisation_id, found.id, channel, asked_choice("status", ShownStatus))
    rows = recipients_page(wanted, asked_id("after"))
    return jsonify(shapes.page([shapes.message(each, channel) for each in rows.rows], rows.next_cursor))


@bp.post("/messages")
@with_key(ApiScope.SEND)
@told(Told(answer="NewMessage", takes="NewMessageBody", status=202, names_itself="must"))
def write_message() -> ResponseReturnValue:
    """Write an e-mail or a text to one participant. It is a send-out of its own, whose messages say what became of it."""
    name = asked_key(is_required=True)
    return _done(name, lambda: Answer(202, {"send_out_id": write_single(caller())}))


@bp.get("/unsubscribes")
@with_key(ApiScope.READ)
@told(Told(answer="UnsubscribeEntry", is_page=True, asks=("q", "channel", "reason", "after")))
def unsubscribes() -> ResponseReturnValue:
    """What stands on the Unsubscribes list, the newest first."""
    narrowed = ListFilter(asked_words("q"), asked_choice("channel", Channel), asked_choice("reason", SuppressionReason))
    rows = listed_page(caller().organisation_id, narrowed, before_id=asked_id("after"), limit=PAGE_SIZE + 1)
    found = page_of(rows, lambda each: each.id)
    return jsonify(shapes.page([shapes.entry(each) for each in found.rows], found.next_cursor))


@bp.post("/unsubscribes")
@with_key(ApiScope.UNSUBSCRIBES)
@told(Told(answer="UnsubscribeEntry", takes="UnsubscribeBody", status=201, names_itself="may"))
def add_unsubscribe() -> ResponseReturnValue:
    """Put an e-mail address or a number on the Unsubscribes list; 409 where it stands there by hand already."""
    who = caller()
    return _done(asked_key(), lambda: Answer(201, shapes.entry(listed_entry(who.organisation_id, add_entry(who)))))


def _done(name: str | None, effect: Callable[[], Answer]) -> Response:
    try:
        answer = once(name, effect)
        db.session.commit()
    except IntegrityError as problem:
        db.session.rollback()
        raise Conflict("Another request made the same in this very moment. Look at how it stands now.") from problem
    return answer.response()


def _whole(person: Participant) -> shapes.Shape:
    return shapes.person(person, standings_of(person.organisation_id, [person]), lists_of(person))
