"""Changing what follow-up an organisation has; every change is in the audit log. Nothing here commits."""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.addresses import normalise_email, normalise_number
from app.domain.follow_up import FIRST_STATUSES, LONGEST_NAME, FollowUpColour, Happening
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.models import FollowUpStatus, MessageAction, Sendout
from app.participants.follow_ups import statuses_of
from app.reports.follow_up.queries import categories, organisation_of, target_choices
from app.users.audit import record
from app.web.forms import FormReader


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action as typed: exactly one of address, list and send-out."""

    happening: Happening
    status_id: int
    address: str | None = None
    list_id: int | None = None
    sendout_id: int | None = None


def switch(organisation_id: int, *, is_on: bool) -> None:
    """Switch follow-up on or off. What goes from the first time on has one, and three categories wait for it."""
    organisation = organisation_of(organisation_id)
    organisation.has_follow_up = is_on
    if is_on and organisation.follow_up_since is None:
        organisation.follow_up_since = now()
    if is_on and not statuses_of(organisation_id):
        for position, (name, colour) in enumerate(FIRST_STATUSES):
            db.session.add(FollowUpStatus(organisation_id=organisation_id, name=name, colour=colour, position=position))
    record("follow-up switched on" if is_on else "follow-up switched off", "organisation", organisation_id)


def status_of(organisation_id: int, status_id: int) -> FollowUpStatus:
    """One of the organisation's categories. Raises NotFound."""
    asked = select(FollowUpStatus).where(FollowUpStatus.organisation_id == organisation_id, FollowUpStatus.id == status_id)
    found = db.session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound("There is no such follow-up status.")
    return found


def read_status(form: FormReader) -> tuple[str, FollowUpColour]:
    """Name and colour of a category."""
    return form.words("name", at_most=LONGEST_NAME, missing="Give it a name."), form.choice("colour", FollowUpColour)


def save_status(organisation_id: int, status_id: int | None, name: str, colour: FollowUpColour) -> None:
    """Change a category, or add one at the end. Raises NotFound, and Conflict for a name that another one has."""
    known = statuses_of(organisation_id)
    if any(each.name.lower() == name.lower() and each.id != status_id for each in known):
        raise Conflict(f"There is a status {name} already.")
    if status_id is None:
        position = max((each.position for each in known), default=-1) + 1
        db.session.add(FollowUpStatus(organisation_id=organisation_id, name=name, colour=colour, position=position))
    else:
        status = status_of(organisation_id, status_id)
        status.name, status.colour = name, colour
    record("follow-up status saved", "follow_up_status", status_id, name=name)


def raise_status(organisation_id: int, status_id: int) -> None:
    """Change places with the one before it. Raises NotFound, and Conflict for the first place: untouched messages are there."""
    known = statuses_of(organisation_id)
    place = known.index(status_of(organisation_id, status_id))
    if place < 2:  # noqa: PLR2004
        raise Conflict(f"Messages start in {known[0].name}. Give that one another name instead of another place.")
    known.insert(place - 1, known.pop(place))
    for position, status in enumerate(known):
        status.position = position


def remove_status(organisation_id: int, status_id: int) -> None:
    """Take a category away. Raises NotFound, and Conflict where a message is or was in it, or starts in it."""
    status_of(organisation_id, status_id)
    [category] = [each for each in categories(organisation_id) if each.status.id == status_id]
    if category.is_used:
        raise Conflict("Messages are or were in this status, or an action leads to it. Give it another name instead.")
    db.session.delete(category.status)
    record("follow-up status removed", "follow_up_status", status_id, name=category.status.name)


def read_action(form: FormReader, organisation_id: int, country: str) -> NewAction:
    """An action from its form; an address may be an e-mail address or a mobile number."""
    happening = form.choice("happening", Happening)
    status = form.one_of("status", {str(each.id) for each in statuses_of(organisation_id)})
    target = form.one_of("target", dict(target_choices(organisation_id)))
    if form.errors:
        return NewAction(happening, 0)
    kind, _, number = target.partition("-")
    if kind == "address":
        return NewAction(happening, int(status), address=form.converted("address", lambda words: _address(words, country)))
    if kind == "list":
        return NewAction(happening, int(status), list_id=int(number))
    return NewAction(happening, int(status), sendout_id=int(number))


def add_action(organisation_id: int, new: NewAction) -> None:
    """Let messages move on by themselves, from what is heard of them from now on."""
    action = MessageAction(
        organisation_id=organisation_id,
        happening=new.happening,
        status_id=new.status_id,
        address=new.address,
        list_id=new.list_id,
        sendout_id=new.sendout_id,
    )
    db.session.add(action)
    db.session.flush()
    record("message action added", "message_action", action.id, happening=new.happening)


def remove_action(organisation_id: int, action_id: int) -> None:
    """Take an action away; what it has done stays. Raises NotFound."""
    asked = select(MessageAction).where(MessageAction.organisation_id == organisation_id, MessageAction.id == action_id)
    action = db.session.scalars(asked).one_or_none()
    if action is None:
        raise NotFound("There is no such action.")
    db.session.delete(action)
    record("message action removed", "message_action", action_id)


def open_edit_link(sendout: Sendout, *, is_open: bool) -> None:
    """Take the edit links of a send-out back, or let them lead somewhere again. Raises Conflict where its e-mails have none."""
    if not sendout.has_edit_link:
        raise Conflict("There is no edit link in the e-mails of this send-out.")
    sendout.edit_link_revoked_at = None if is_open else now()
    record("edit link opened" if is_open else "edit link revoked", "sendout", sendout.id)


def _address(words: str, country: str) -> str:
    return normalise_email(words).address.lower() if "@" in words else normalise_number(words, country)
