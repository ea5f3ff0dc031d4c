"""What the settings of follow-up show: categories with their use, actions in words, and an example from real life."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select

from app.domain.follow_up import HAPPENING_WORDS, Happening, action_sentence
from app.extensions import db
from app.models import FollowUp, FollowUpEntry, FollowUpStatus, Message, MessageAction, Organisation, Participant, ParticipantList, Sendout
from app.participants.follow_ups import statuses_of
from app.participants.lists.queries import list_choices

_SENDOUTS = 100
_NAMED = func.coalesce(func.nullif(Sendout.title, ""), func.nullif(Sendout.subject, ""), "Without a title")


@dataclass(frozen=True, slots=True)
class Category:
    """A follow-up status, and whether anything is in it or leads to it; messages without a row are in the first."""

    status: FollowUpStatus
    is_used: bool


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action as a sentence."""

    id: int
    words: str


def categories(organisation_id: int) -> Sequence[Category]:
    """The organisation's categories in their order."""
    used = [exists().where(row.status_id == FollowUpStatus.id) for row in (FollowUp, FollowUpEntry, MessageAction)]
    asked = select(FollowUpStatus.id).where(FollowUpStatus.organisation_id == organisation_id, used[0] | used[1] | used[2])
    in_use = set(db.session.scalars(asked))
    return [Category(status, place == 0 or status.id in in_use) for place, status in enumerate(statuses_of(organisation_id))]


def action_lines(organisation_id: int) -> Sequence[ActionLine]:
    """The organisation's actions, the first made first."""
    rows = db.session.execute(
        select(MessageAction, FollowUpStatus.name, ParticipantList.name, _NAMED)
        .join(FollowUpStatus, FollowUpStatus.id == MessageAction.status_id)
        .outerjoin(ParticipantList, ParticipantList.id == MessageAction.list_id)
        .outerjoin(Sendout, Sendout.id == MessageAction.sendout_id)
        .where(MessageAction.organisation_id == organisation_id)
        .order_by(MessageAction.id)
    )
    return [ActionLine(row.id, action_sentence(_whose(row, on, of), Happening(row.happening), to)) for row, to, on, of in rows]


def target_choices(organisation_id: int) -> list[tuple[str, str]]:
    """What an action can be about: one address, a list, or one of the last send-outs."""
    asked = select(Sendout.id, _NAMED).where(Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None), ~Sendout.is_single)
    sendouts = db.session.execute(asked.order_by(Sendout.id.desc()).limit(_SENDOUTS))
    return [
        ("address", "to the address below"),
        *((f"list-{number}", f"to the list {name}") for number, name in list_choices(organisation_id)),
        *((f"sendout-{number}", f"of the send-out {name}") for number, name in sendouts),
    ]


def example(organisation_id: int, happening: Happening, whose: str, status: str) -> str:
    """What an action would do, told of the last person that the organisation wrote to."""
    first = next((each.name for each in statuses_of(organisation_id)), status)
    row = db.session.execute(
        select(Participant.first_name, Participant.last_name, _NAMED)
        .join(Message, Message.participant_id == Participant.id)
        .join(Sendout, Sendout.id == Message.sendout_id)
        .where(Message.organisation_id == organisation_id, Message.accepted_at.is_not(None), ~Sendout.is_single)
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    who, title = (f"{row[0]} {row[1]}".strip(), row[2]) if row else ("Ava Smith", "Spring camp")
    return (
        f"{action_sentence(whose, happening, status)} Say {who or 'somebody'} gets “{title}”, and it is such a message:"
        f" it starts as {first}. Once it is {HAPPENING_WORDS[happening]}, it is {status}."
        " Nothing a machine does counts, and nobody has to do anything."
    )


def organisation_of(organisation_id: int) -> Organisation:
    """The organisation's own row."""
    return db.session.get_one(Organisation, organisation_id)


def _whose(action: MessageAction, list_name: str | None, title: str) -> str:
    if action.address is not None:
        return f"to {action.address}"
    return f"to the list {list_name}" if action.list_id is not None else f"of the send-out {title}"
