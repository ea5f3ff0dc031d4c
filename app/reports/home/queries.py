"""What Home shows: what needs a person first, then what is going out, then what went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.inbound.conversations import texts_to_review, unread_count
from app.messages.doubt import Doubt, lasting_doubts
from app.models import Participant, Sender, Sendout
from app.reports.listing.queries import Line, lines_of, recent_lines

RECENT = 5
MOST_RUNNING = 10
MOST_REVIEWS = 100


@dataclass(frozen=True, slots=True)
class Needs:
    """What waits for somebody."""

    unread: int
    reviews: int
    held: list[Sendout]
    doubts: list[Doubt]

    @property
    def is_nothing(self) -> bool:
        """Whether all is well."""
        return not (self.unread or self.reviews or self.held or self.doubts)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What an organisation that has sent nothing yet has done of what it takes."""

    has_people: bool
    has_sender: bool
    has_sendout: bool


def needs_of(organisation_id: int) -> Needs:
    """What waits for a person of this organisation."""
    held = select(Sendout).where(Sendout.organisation_id == organisation_id, Sendout.state == SendoutState.HELD)
    return Needs(
        unread_count(organisation_id),
        len(texts_to_review(organisation_id, limit=MOST_REVIEWS)),
        list(db.session.scalars(held.order_by(Sendout.id.desc()))),
        lasting_doubts(organisation_id),
    )


def recent_of(organisation_id: int, running: Sequence[Line]) -> list[Line]:
    """The last send-outs, less those that are shown as running."""
    shown = {line.sendout.id for line in running}
    return [line for line in recent_lines(organisation_id, RECENT + len(shown)) if line.sendout.id not in shown][:RECENT]


def running_of(organisation_id: int) -> list[Line]:
    """What is going out now, or would if it were not paused."""
    is_active = Sendout.state.in_((SendoutState.LAUNCHING, SendoutState.RUNNING, SendoutState.PAUSED))
    asked = select(Sendout).where(Sendout.organisation_id == organisation_id, is_active)
    lines = lines_of(db.session.scalars(asked.order_by(Sendout.id.desc()).limit(MOST_RUNNING)).all())
    return [line for line in lines if not line.chip.is_finished]


def first_steps_of(organisation_id: int) -> FirstSteps:
    """How far an organisation has come before its first send-out."""
    people = exists().where(Participant.organisation_id == organisation_id)
    senders = exists().where(Sender.organisation_id == organisation_id, Sender.is_archived.is_(False))
    sendouts = exists().where(Sendout.organisation_id == organisation_id, Sendout.launched_at.is_not(None))
    return FirstSteps(*db.session.execute(select(people, senders, sendouts)).one())
