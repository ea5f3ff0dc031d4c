"""How many a resend would reach: of a send-out that was not resent yet from its counts, over a chain of resends from all its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select, text

from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.messages.questions import is_asking
from app.models import Sendout
from app.sendouts.audience import not_answered_query, not_reached_query
from app.sendouts.chain import ANSWERED_BY_TEXT, NOT_OPENED_OF_CHAIN

_COUNTED = """
    SELECT coalesce(sum(amount), 0)::bigint FROM (
        SELECT sendout_id, channel, counter, amount FROM sendout_counts
        UNION ALL
        SELECT sendout_id, channel, counter, amount FROM sendout_count_deltas) AS parts
    WHERE sendout_id = :sendout_id AND channel = :channel AND counter = ANY(:counters)"""

# Alone, a person has one row by each channel. Counts and rows are read in one statement, so that nothing comes between them.
# Whoever answered by text has read it: they are few, and found by index.
_NOT_OPENED = text(f"""
    WITH unsure AS (
        SELECT count(*) AS people FROM messages
        WHERE sendout_id = :sendout_id AND channel = :channel AND shown_status IN ('delivered', 'sent')
          AND (machine_opened_at IS NOT NULL OR machine_clicked_at IS NOT NULL)),
    answered AS (
        SELECT count(*) AS people, count(*) FILTER (WHERE m.machine_opened_at IS NOT NULL OR m.machine_clicked_at IS NOT NULL) AS unsure
        FROM messages t JOIN messages m ON m.sendout_id = t.sendout_id AND m.participant_id = t.participant_id AND m.channel = :channel
        WHERE t.sendout_id = :sendout_id AND t.channel = 'sms' AND t.shown_status = ANY(:answers)
          AND m.shown_status IN ('delivered', 'sent'))
    SELECT ({_COUNTED}) - unsure.people - (answered.people - answered.unsure) AS no_sign, unsure.people - answered.unsure AS cannot_tell
    FROM unsure, answered""")  # noqa: S608  our own SQL

# Whoever answered has not answered for good where it also asks to be confirmed, and was not.
_NOT_ANSWERED = text(f"""
    SELECT ({_COUNTED}) + (
        SELECT count(*) FROM messages
        WHERE :asks_confirmation AND sendout_id = :sendout_id AND channel = :channel
          AND shown_status = 'responded' AND acknowledged_at IS NULL)""")  # noqa: S608  our own SQL
_UNREACHED = """
    SELECT count(*) AS people, CASE WHEN count(*) <= :most THEN array_agg(participant_id) END AS ids FROM ({wanted}) AS wanted"""
_UNANSWERED = ("delivered", "sent", "opened", "clicked", "wrote_back")


@dataclass(frozen=True, slots=True)
class NotOpened:
    """Those who did not open, as two numbers and never one: without any sign, and where only a machine fetched it."""

    no_sign: int
    cannot_tell: int


@dataclass(frozen=True, slots=True)
class NotReached:
    """Those whom nothing has reached; `ids` only where they are not too many to be looked at."""

    people: int
    ids: list[int] | None


def not_opened(sendout: Sendout) -> NotOpened:
    """How many a resend by e-mail would reach now, over the whole chain of resends."""
    if _is_alone(sendout):
        alone = {"sendout_id": sendout.id, "channel": Channel.EMAIL, "counters": _counters("delivered", "sent")}
        return NotOpened(*db.session.execute(_NOT_OPENED, {**alone, "answers": list(ANSWERED_BY_TEXT)}).one())
    chain = {"root_id": sendout.root_id or sendout.id, "organisation_id": sendout.organisation_id, "by_text": False}
    return NotOpened(*_of_many(NOT_OPENED_OF_CHAIN, chain))


def not_reached(sendout: Sendout, most: int = 0) -> NotReached:
    """Whom nothing of the whole chain has reached, whether or not a resend could: their number, and who they are up to so many."""
    query = not_reached_query(sendout)
    return NotReached(*_of_many(_UNREACHED.format(wanted=query.sql), {**query.parameters, "most": most}))


def not_answered(sendout: Sendout) -> int:
    """How many a resend to those who have not answered would reach now, over the whole chain of resends and by any channel."""
    if not is_asking(sendout):
        return 0
    channels = ChannelPlan(sendout.channel_plan).channels
    if len(channels) > 1 or not _is_alone(sendout):
        query = not_answered_query(sendout)
        return int(_of_many(f"SELECT count(*) FROM ({query.sql}) AS wanted", query.parameters)[0])  # noqa: S608  our own SQL
    counters = _counters(*_UNANSWERED, *(["acknowledged"] if sendout.question else []))
    asked = {"sendout_id": sendout.id, "channel": channels[0], "counters": counters, "asks_confirmation": sendout.asks_confirmation}
    return int(db.session.execute(_NOT_ANSWERED, asked).scalar_one())


def _is_alone(sendout: Sendout) -> bool:
    root_id = sendout.root_id or sendout.id
    others = select(exists().where(Sendout.root_id == root_id, Sendout.organisation_id == sendout.organisation_id))
    return sendout.root_id is None and not db.session.scalar(others)


def _of_many(statement: str, parameters: Mapping[str, Any]) -> Row[*tuple[Any, ...]]:
    """The row of a statement that puts a whole chain together by person: in memory, not on disk."""
    db.session.execute(text("SET LOCAL work_mem = '64MB'"))
    return db.session.execute(text(statement), parameters).one()


def _counters(*statuses: str) -> list[str]:
    return [f"shown:{status}" for status in statuses]
