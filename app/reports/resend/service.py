"""Sending once more: at once or as a draft to those who did not open, answer or get it, or as a draft to somebody else."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from app.domain.addresses import email_key, normalise_email, normalise_number
from app.domain.resends import ResendGroup
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import Organisation, Participant, ParticipantList, Sendout, SendoutFilter, SendoutList, SendoutPerson
from app.participants.erased import REFUSAL, addresses_of, erased_among
from app.sendouts.counting import review_counts
from app.sendouts.drafting.service import copy_sendout
from app.sendouts.resending import ResendChoice, resend
from app.sendouts.reviewing.problems import blockers
from app.sendouts.reviewing.starting import may_skip_review
from app.sendouts.running import Actor, launch
from app.sendouts.ways import Way, again

LONGEST_NAME = 100
STARTED = frozenset({SendoutState.RUNNING, SendoutState.PAUSED, SendoutState.HELD, SendoutState.CANCELLED})


@dataclass(frozen=True, slots=True)
class SomebodyElse:
    """To whom a copy goes instead: one of the three. A typed address belongs to a participant, who is made if there is none."""

    participant_id: int | None = None
    list_id: int | None = None
    address: str = ""
    name: str = ""


def can_be_resent(sendout: Sendout) -> bool:
    """Whether it has started: of what has not, there is nothing to send again."""
    return sendout.audience_count is not None and SendoutState(sendout.state) in STARTED


def checked_original(sendout: Sendout) -> Sendout:
    """The same send-out; raises Conflict for one that has not started."""
    if not can_be_resent(sendout):
        raise Conflict("This send-out has not been sent yet, so it cannot be resent.")
    return sendout


def resend_now(original: Sendout, actor: Actor, choice: ResendChoice) -> Sendout:
    """Copy it, and start the copy where its way allows; the same form sent again finds it under way and changes nothing.

    What has to be written first, or looked at, stays a draft. Raises Invalid where neither half of those who did not open is
    chosen, Conflict where nobody is left that this way reaches or the group cannot be asked of it.
    """
    copy = resend(original.id, actor, choice)
    if copy.state != SendoutState.DRAFT:
        return copy
    way = again(original, choice.group).way_by(choice.plan)
    if way is None or not _reaches_anybody(way, choice):
        raise Conflict("By now nobody is left whom it would reach: look at the send-out again.")
    is_whole = way.goes_at_once and (way.is_first or not blockers(copy, review_counts(copy)))
    if is_whole and may_skip_review([copy], actor):
        launch(copy.id, actor)
    return copy


def _reaches_anybody(way: Way, choice: ResendChoice) -> bool:
    if way.people is None:
        return True
    halves = (choice.no_sign, choice.cannot_tell) if choice.group is ResendGroup.NOT_OPENED else (True,)
    return any(people and is_chosen for people, is_chosen in zip(way.people, halves, strict=True))


def draft_for(original: Sendout, actor: Actor, somebody: SomebodyElse) -> Sendout:
    """A draft that says the same to somebody else, under its original, for Review. Raises Invalid, NotFound."""
    chosen = _rows_for(somebody, actor)
    copy = copy_sendout(original.id, actor)
    for kind in (SendoutList, SendoutFilter, SendoutPerson):
        db.session.execute(delete(kind).where(kind.sendout_id == copy.id))
    copy.audience_rule = {}  # "whoever got that one", of a draft that followed what was stopped midway, would overrule the list and person
    copy.title = original.title
    copy.resend_of = original.id
    copy.root_id = original.root_id or original.id
    chosen.sendout_id = copy.id
    db.session.add(chosen)
    db.session.flush()
    return copy


def _rows_for(somebody: SomebodyElse, actor: Actor) -> SendoutList | SendoutPerson:
    if somebody.list_id is not None:
        return SendoutList(list_id=_list(somebody.list_id, actor), organisation_id=actor.organisation_id)
    person = somebody.participant_id
    participant_id = _participant(person, actor) if person is not None else _participant_at(somebody, actor)
    return SendoutPerson(participant_id=participant_id, organisation_id=actor.organisation_id)


def _list(list_id: int, actor: Actor) -> int:
    asked = select(ParticipantList.id).where(ParticipantList.id == list_id, ParticipantList.organisation_id == actor.organisation_id)
    found = db.session.scalar(asked)
    if found is None:
        raise NotFound("There is no such list.")
    return found


def _participant(participant_id: int, actor: Actor) -> int:
    asked = select(Participant.id).where(
        Participant.id == participant_id, Participant.organisation_id == actor.organisation_id, Participant.erased_at.is_(None)
    )
    found = db.session.scalar(asked)
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _participant_at(somebody: SomebodyElse, actor: Actor) -> int:
    """The person with this address, made if there is none."""
    typed = somebody.address.strip()
    if not typed:
        raise Invalid("Type an e-mail address or a mobile number.", "address")
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    is_email = "@" in typed
    address = _typed(lambda: normalise_email(typed).address if is_email else normalise_number(typed, organisation.country))
    known = func.lower(Participant.email_address) == email_key(address) if is_email else Participant.phone_number == address
    found = db.session.scalars(
        select(Participant.id)
        .where(Participant.organisation_id == actor.organisation_id, known, Participant.erased_at.is_(None))
        .order_by(Participant.id)
        .limit(1)
    ).one_or_none()
    return found if found is not None else _new_participant(somebody, actor, {"email_address" if is_email else "phone_number": address})


def _new_participant(somebody: SomebodyElse, actor: Actor, address: dict[str, str]) -> int:
    refused = erased_among(actor.organisation_id, addresses_of(address.get("email_address"), address.get("phone_number")))
    if refused:
        raise Invalid(REFUSAL, "address")
    first, _, last = " ".join(somebody.name.split())[:LONGEST_NAME].partition(" ")
    person = Participant(organisation_id=actor.organisation_id, first_name=first, last_name=last, **address)
    db.session.add(person)
    db.session.flush()
    return person.id


def _typed(read: Callable[[], str]) -> str:
    """What `read` makes of the field; its words of complaint belong beside it."""
    try:
        return read()
    except Invalid as problem:
        raise Invalid(str(problem), "address") from problem
