"""What Home shows: what needs a person first, then what is going out, then what went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, or_, select

from app.domain.costs import BudgetLevel
from app.domain.delivery import DeliveryStatus
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.inbound.conversations import texts_to_review, unread_count
from app.inbound.mails.service import waiting_count
from app.inbound.together import unanswered_count
from app.lib.clock import now
from app.messages.doubt import Doubt, lasting_doubts
from app.messages.spending import BudgetStanding
from app.models import Batch, BatchState, Message, Participant, Sender, Sendout
from app.reports.costs.queries import budget_lately
from app.reports.details.queries import LARGE
from app.reports.listing.queries import Line, lines_of, recent_lines
from app.sendouts.approving.queries import waiting_for
from app.unsubscribes.queries import entries_made_by

RECENT = 5
MOST_RUNNING = 10
MOST_REVIEWS = 100
NOTED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Needs:
    """What waits for somebody."""

    unread: int
    reviews: int
    held: list[Sendout]
    doubts: list[Doubt]
    to_correct: list[tuple[Sendout, int]]
    budget: BudgetStanding | None
    unanswered: int
    held_mails: int
    to_approve: list[Sendout]

    @property
    def is_nothing(self) -> bool:
        """Whether all is well."""
        waiting = (
            self.unread,
            self.reviews,
            self.held,
            self.doubts,
            self.to_correct,
            self.is_budget_short,
            self.unanswered,
            self.held_mails,
            self.to_approve,
        )
        return not any(waiting)

    @property
    def is_budget_short(self) -> bool:
        """Whether four fifths of the month's budget are used, or more."""
        return self.budget is not None and self.budget.level is not BudgetLevel.FINE


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What an organisation that has sent nothing yet has done of what it takes."""

    has_people: bool
    has_sender: bool
    has_sendout: bool


def needs_of(organisation_id: int, user_id: int) -> Needs:
    """What waits for this person of the organisation."""
    held = select(Sendout).where(Sendout.organisation_id == organisation_id, Sendout.state == SendoutState.HELD)
    return Needs(
        unread_count(organisation_id),
        len(texts_to_review(organisation_id, limit=MOST_REVIEWS)),
        list(db.session.scalars(held.order_by(Sendout.id.desc()))),
        lasting_doubts(organisation_id),
        _to_correct(organisation_id),
        budget_lately(organisation_id),
        unanswered_count(organisation_id),
        waiting_count(organisation_id),
        waiting_for(organisation_id, user_id),
    )


def _to_correct(organisation_id: int) -> list[tuple[Sendout, int]]:
    """The large send-outs of the last days that have put addresses on the Unsubscribes list, each with how many."""
    large = select(Sendout).where(
        Sendout.organisation_id == organisation_id, Sendout.audience_count > LARGE, Sendout.launched_at > now() - NOTED_FOR
    )
    sendouts = db.session.scalars(large.order_by(Sendout.id.desc()).limit(RECENT)).all()
    made = entries_made_by(organisation_id, [each.id for each in sendouts])
    return [(each, made[each.id]) for each in sendouts if each.id in made]


def recent_of(organisation_id: int, running: Sequence[Line]) -> list[Line]:
    """The last send-outs, less those that are shown as running."""
    shown = {line.sendout.id for line in running}
    return [line for line in recent_lines(organisation_id, RECENT + len(shown)) if line.sendout.id not in shown][:RECENT]


def running_of(organisation_id: int) -> list[Line]:
    """What is going out now, or would if it were not paused. What has gone stays running, and must not crowd out what is left."""
    is_active = Sendout.state.in_((SendoutState.LAUNCHING, SendoutState.RUNNING, SendoutState.PAUSED))
    asked = select(Sendout).where(Sendout.organisation_id == organisation_id, is_active, ~Sendout.is_single, _has_something_left())
    lines = lines_of(db.session.scalars(asked.order_by(Sendout.id.desc()).limit(MOST_RUNNING)).all())
    return [line for line in lines if not line.chip.is_finished]


def _has_something_left() -> ColumnElement[bool]:
    """Not all written, handed over and answered for yet, as far as can be seen without counting."""
    batch = exists().where(Batch.sendout_id == Sendout.id, Batch.state.in_((BatchState.READY, BatchState.OPEN)))
    message = Message.sendout_id == Sendout.id
    waits = exists().where(message, Message.fallback_until.is_not(None), Message.status == DeliveryStatus.PENDING)
    is_in_doubt = exists().where(message, Message.status == DeliveryStatus.IN_DOUBT)
    return or_(Sendout.state != SendoutState.RUNNING, Sendout.frozen_at.is_(None), batch, waits, is_in_doubt)


def first_steps_of(organisation_id: int) -> FirstSteps:
    """How far an organisation has come before its first send-out."""
    people = exists().where(Participant.organisation_id == organisation_id)
    senders = exists().where(Sender.organisation_id == organisation_id, Sender.is_archived.is_(False))
    sendouts = exists().where(Sendout.organisation_id == organisation_id, Sendout.launched_at.is_not(None), ~Sendout.is_single)
    return FirstSteps(*db.session.execute(select(people, senders, sendouts)).one())
