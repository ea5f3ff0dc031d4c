"""Answers of one channel, counted: from indexes that hold nothing else."""

from sqlalchemy import func, select

from app.domain.channels import Channel
from app.extensions import db
from app.messages.counts import ChannelCounts
from app.messages.questions import is_asking
from app.models import Answer, Message, Sendout
from app.reports.answers.counted import AnswerReport, Said


def answers_of(sendout: Sendout, channel: Channel, counts: ChannelCounts) -> AnswerReport | None:
    """The answers as they stand; None where nothing is asked, or nothing has gone out."""
    if not is_asking(sendout) or not counts.accepted:
        return None
    confirmed = _confirmed(sendout, channel) if sendout.asks_confirmation else None
    return AnswerReport(sendout.question, counts.accepted, _said(sendout, channel, counts.accepted), confirmed)


def _said(sendout: Sendout, channel: Channel, asked: int) -> tuple[Said, ...]:
    if not sendout.choices:
        return ()
    rows = db.session.execute(
        select(Answer.choice, func.count())
        .where(Answer.sendout_id == sendout.id, Answer.channel == channel, Answer.replaced_at.is_(None))
        .group_by(Answer.choice)
    )
    people = {row[0]: row[1] for row in rows}
    chosen = [Said(number, words, people.get(number, 0)) for number, words in enumerate(sendout.choices, 1)]
    return (*chosen, Said(0, "No answer yet", max(0, asked - sum(people.values()))))


def _confirmed(sendout: Sendout, channel: Channel) -> int:
    counted = select(func.count()).where(Message.sendout_id == sendout.id, Message.channel == channel, Message.acknowledged_at.is_not(None))
    return db.session.scalars(counted).one()
