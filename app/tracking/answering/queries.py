"""What the pages behind a message's buttons show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.lib.errors import NotFound
from app.models import Answer, Message, Organisation, Participant, Sendout


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as its own pages need it: what it asks, and what was said so far. `answered` counts from 1."""

    message_id: int
    organisation_name: str
    languages: tuple[str | None, str]  # theirs, and their organisation's
    title: str
    question: str
    choices: list[str]
    asks_confirmation: bool
    acknowledged_at: datetime | None
    answered: int | None


def asked_of(message_id: int) -> Asked:
    """What a message asks. Raises NotFound where it is not kept any more."""
    found = db.session.execute(
        select(
            Message.id,
            Organisation.name,
            Participant.language,
            Organisation.language,
            Sendout.subject,
            Sendout.title,
            Sendout.question,
            Sendout.choices,
            Sendout.asks_confirmation,
            Message.acknowledged_at,
            Answer.choice,
        )
        .join(Sendout, Sendout.id == Message.sendout_id)
        .join(Organisation, Organisation.id == Message.organisation_id)
        .outerjoin(Participant, Participant.id == Message.participant_id)
        .outerjoin(Answer, (Answer.message_id == Message.id) & Answer.replaced_at.is_(None))
        .where(Message.id == message_id)
    ).one_or_none()
    if found is None:
        raise NotFound("The message that this link came in is not kept any more. Answer it, or write to whoever sent it.")
    number, name, own, common, subject, title, *rest = found
    return Asked(number, name, (own, common), _plain(subject) or title, *rest)


def _plain(subject: str) -> str:
    """A subject that says the same to everybody; one with fields in it is nothing for a page."""
    return "" if "{" in subject else subject
