"""An audience counted as of now, by the very SQL that freezes it: what Review promises is what the start writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.audience import SkipReason
from app.domain.channels import Channel, CommunicationType
from app.messages.fields import PERSON_FIELDS, fields_of
from app.models import Sendout
from app.sendouts.judgement import Judgement, judgement_of


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """One channel: messages that go, those that wait for the other channel to fail, and the skips, commonest first."""

    channel: Channel
    messages: int
    waiting: int
    skips: Mapping[SkipReason, int]

    @property
    def skipped(self) -> int:
        """How many get nothing on this channel."""
        return sum(self.skips.values())


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """People in the audience, how many of them get at least one message, and each channel's rows."""

    people: int
    reached: int
    channels: tuple[ChannelCounts, ...]

    def of(self, channel: Channel) -> ChannelCounts | None:
        """A channel's rows, if the plan uses it."""
        return next((each for each in self.channels if each.channel == channel), None)


def review_counts(sendout: Sendout) -> AudienceCounts:
    """The rows that a start would write now, in one statement."""
    return counted(judgement_of(sendout))


def counted(judgement: Judgement) -> AudienceCounts:
    """People, reached, and rows by channel and skip reason."""
    rows = judgement.ask(
        """
            SELECT channel, skip_reason, waits, count(*) AS amount, count(DISTINCT participant_id) AS people,
                   count(DISTINCT participant_id) FILTER (WHERE skip_reason IS NULL) AS reached
            FROM resolved GROUP BY GROUPING SETS ((channel, skip_reason, waits), ())
            ORDER BY amount DESC, skip_reason"""
    ).all()
    total = next(row for row in rows if row.channel is None)
    return AudienceCounts(total.people, total.reached, tuple(_channel(channel, rows) for channel in judgement.plan.channels))


def reached_as(sendout: Sendout, communication_type: CommunicationType) -> int:
    """How many people would get something if this were the type."""
    is_marketing = communication_type is CommunicationType.MARKETING
    return counted(judgement_of(sendout).but(is_marketing=is_marketing)).reached


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """Two people of an audience with one address: the first would get the message for both."""

    person: str
    other: str
    address: str


def shared_addresses(sendout: Sendout, *, limit: int = 20) -> tuple[int, list[SharedAddress]]:
    """How many rows share an address with somebody before them, and the first of those people."""
    judgement = judgement_of(sendout).but(one_per_address=True)
    rows = judgement.ask(
        """
            SELECT count(*) OVER () AS amount, trim(p.first_name || ' ' || p.last_name) AS person,
                   trim(o.first_name || ' ' || o.last_name) AS other, a.address
            FROM resolved a JOIN participants p ON p.id = a.participant_id JOIN participants o ON o.id = a.duplicate_of
            WHERE a.own_reason = 'duplicate' ORDER BY a.participant_id LIMIT :limit""",
        limit=limit,
    ).all()
    return (rows[0].amount if rows else 0), [SharedAddress(row.person, row.other, row.address) for row in rows]


@dataclass(frozen=True, slots=True)
class Counted:
    """A person behind one of the numbers."""

    participant_id: int
    name: str
    address: str | None
    other: str | None  # whose duplicate they are


@dataclass(frozen=True, slots=True)
class Slice:
    """The number asked about: a channel, and a skip reason or None for those who get the message; from behind a person on."""

    channel: Channel
    reason: SkipReason | None
    after: int = 0


def people_behind(sendout: Sendout, asked: Slice, limit: int) -> list[Counted]:
    """The people of one number, by id."""
    judgement = judgement_of(sendout)
    rows = judgement.ask(
        """
            SELECT r.participant_id, trim(p.first_name || ' ' || p.last_name) AS name, r.address,
                   trim(o.first_name || ' ' || o.last_name) AS other
            FROM resolved r JOIN participants p ON p.id = r.participant_id
            LEFT JOIN participants o ON o.id = r.duplicate AND r.skip_reason = 'duplicate'
            WHERE r.channel = :channel AND r.skip_reason IS NOT DISTINCT FROM CAST(:reason AS text) AND r.participant_id > :after
            ORDER BY r.participant_id LIMIT :limit""",
        channel=asked.channel,
        reason=asked.reason,
        after=asked.after,
        limit=limit,
    )
    return [Counted(row.participant_id, row.name, row.address, row.other) for row in rows]


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who gets something: on which channels, and the fields that it is written with."""

    participant_id: int
    name: str
    channels: frozenset[Channel]
    fields: dict[str, Any]


def reached_people(judgement: Judgement, limit: int) -> Iterator[Reached]:
    """The first people who get something, by id; read as they are used, never all at once."""
    for row in judgement.ask(_REACHED, limit=limit):
        channels, number, name, *person = tuple(row)
        yield Reached(number, name, frozenset(map(Channel, channels)), fields_of(person))


_REACHED = f""",
    chosen AS (
        SELECT participant_id, array_agg(channel) AS channels FROM resolved WHERE skip_reason IS NULL
        GROUP BY 1 ORDER BY 1 LIMIT :limit)
    SELECT c.channels, p.id, trim(p.first_name || ' ' || p.last_name) AS name, {PERSON_FIELDS}
    FROM chosen c JOIN participants p ON p.id = c.participant_id ORDER BY p.id"""  # noqa: S608  a constant of ours


def _channel(channel: Channel, rows: Any) -> ChannelCounts:
    mine = [row for row in rows if row.channel == channel]
    return ChannelCounts(
        channel,
        messages=sum(row.amount for row in mine if row.skip_reason is None and not row.waits),
        waiting=sum(row.amount for row in mine if row.skip_reason is None and row.waits),
        skips={SkipReason(row.skip_reason): row.amount for row in mine if row.skip_reason is not None},
    )
