"""All that was said with one number or address, over both channels, as one conversation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, exists, func, literal, null, or_, select, union_all

from app.domain.channels import Channel, ChannelPlan
from app.domain.delivery import DeliveryStatus
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.inbound.queries import addresses_of
from app.inbound.said import words_said
from app.models import InboundText, Message, Participant, Sendout, SendoutPerson

_TURNS = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said, by us (`is_ours`) or by them, over either channel.

    `status` is the status shown of ours, and what theirs asks for. A send-out without a message yet is still being started.
    Of our e-mails there is the `subject`, and of those to one person what they say, too. `doubt`: why theirs may not be theirs.
    """

    at: datetime
    is_ours: bool
    channel: str
    words: str
    status: str
    message_id: int | None
    text_id: int | None
    sendout_id: int | None
    title: str | None
    participant_id: int | None
    media: list[list[str]] | None
    is_reviewed: bool
    subject: str | None
    doubt: str | None


def turns(organisation_id: int, number: str, *, limit: int = _TURNS) -> list[Turn]:
    """The last that was said with one number, oldest first: its texts, and our messages over both channels to whoever it is."""
    told = select(InboundText.participant_id).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number)
    owners = select(Participant.id).where(Participant.organisation_id == organisation_id, Participant.phone_number == number)
    people = [each for each in db.session.scalars(told.union(owners)) if each is not None]
    both = union_all(_theirs(organisation_id, [number, *addresses_of(people)]), *_ours(organisation_id, number, people)).subquery()
    rows = db.session.execute(select(both).order_by(both.c.at.desc(), both.c.is_ours.desc()).limit(limit))
    return _in_words([Turn(*row) for row in rows][::-1])


def last_channel(said: Sequence[Turn]) -> Channel | None:
    """By which channel they wrote last."""
    return next((Channel(turn.channel) for turn in reversed(said) if not turn.is_ours), None)


def answered_subject(said: Sequence[Turn]) -> str:
    """What an answer to their last e-mail is called: after the e-mail of ours that it answered; empty where there is none."""
    subjects = {turn.message_id: turn.subject for turn in said if turn.is_ours and turn.subject}
    answered = (subjects.get(turn.message_id) for turn in reversed(said) if not turn.is_ours and turn.message_id is not None)
    subject = next((each for each in answered if each), "")
    return subject if not subject or subject.lower().startswith("re:") else f"Re: {subject}"


def _theirs(organisation_id: int, addresses: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return select(
        InboundText.received_at.label("at"), literal(value=False).label("is_ours"), InboundText.channel, InboundText.body,
        InboundText.keyword, InboundText.message_id, InboundText.id, _no_id(), null().label("title"), InboundText.participant_id,
        InboundText.media, InboundText.reviewed_at.is_not(None), null().label("subject"), InboundText.doubt,
    ).where(InboundText.organisation_id == organisation_id, InboundText.from_number.in_(addresses))  # fmt: skip


def _ours(organisation_id: int, number: str, people: Sequence[int]) -> Iterable[Select[*tuple[Any, ...]]]:
    """What went to them, what was written to them alone whatever became of it, and such a message that is still being started."""
    is_alone = exists().where(
        SendoutPerson.sendout_id == Message.sendout_id, SendoutPerson.participant_id == Message.participant_id, ~SendoutPerson.is_excluded
    )
    to_person = Message.participant_id.in_(people) & or_(Message.accepted_at.is_not(None), is_alone)
    to_number = (Message.channel == Channel.SMS) & (Message.address == number) & Message.accepted_at.is_not(None)
    for condition in (to_person, to_number & Message.participant_id.not_in(people)):
        yield (
            select(
                func.coalesce(Message.accepted_at, Sendout.launched_at, Sendout.created_at), literal(value=True), Message.channel,
                _words_by(Message.channel), Message.shown_status, Message.id, _no_id(), Sendout.id, Sendout.title,
                Message.participant_id, null(), literal(value=True), _subject_by(Message.channel), null(),
            )
            .join(Sendout, Sendout.id == Message.sendout_id)
            .where(Message.organisation_id == organisation_id, condition)
        )  # fmt: skip
    yield (
        select(
            Sendout.launched_at, literal(value=True), Sendout.channel_plan, _words_by(Sendout.channel_plan),
            literal(DeliveryStatus.PENDING.value), _no_id(), _no_id(), Sendout.id, Sendout.title, SendoutPerson.participant_id,
            null(), literal(value=True), _subject_by(Sendout.channel_plan), null(),
        )
        .join(SendoutPerson, SendoutPerson.sendout_id == Sendout.id)
        .where(Sendout.organisation_id == organisation_id, SendoutPerson.participant_id.in_(people), ~SendoutPerson.is_excluded)
        .where(Sendout.channel_plan.in_((ChannelPlan.SMS, ChannelPlan.EMAIL)))
        .where(Sendout.launched_at.is_not(None), Sendout.frozen_at.is_(None))
        .where(Sendout.state.not_in((SendoutState.DRAFT, SendoutState.SCHEDULED, SendoutState.CANCELLED)))
        .where(~exists().where(Message.sendout_id == Sendout.id, Message.participant_id == SendoutPerson.participant_id))
    )  # fmt: skip


def _words_by(channel: Any) -> Any:
    return case((channel == Channel.SMS, Sendout.sms_body), (Sendout.is_single, func.coalesce(Sendout.text, "")), else_="")


def _subject_by(channel: Any) -> Any:
    return case((channel == Channel.EMAIL, Sendout.subject))


def _no_id() -> Any:
    return literal(None, BigInteger)


def _in_words(said: Sequence[Turn]) -> list[Turn]:
    """Ours as each person read them: with their own name where there is a field."""
    templates = [(words, turn.participant_id) for turn in said if turn.is_ours for words in (turn.words, turn.subject or "")]
    filled = words_said(templates)
    return [_filled(turn, filled) if turn.is_ours else turn for turn in said]


def _filled(turn: Turn, filled: dict[tuple[str, int | None], str]) -> Turn:
    subject = filled[turn.subject, turn.participant_id] if turn.subject else None
    return replace(turn, words=filled[turn.words, turn.participant_id], subject=subject)
