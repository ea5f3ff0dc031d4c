"""An audience counted as of now, by the very SQL that freezes it: what Review promises is what the start writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Result, text

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.local_time import LateChoice, known_zones, zones_past
from app.extensions import db
from app.messages.capping import cap_of, cap_parameters
from app.messages.fields import PERSON_FIELDS, fields_of
from app.models import Organisation, Sendout
from app.sendouts.audience import AudienceQuery, audience_query
from app.sendouts.judging import ADDRESSED, JUDGED, plan_for_many

ROWS_AT_ONCE = 500

# Where everybody has an hour of their own and the late get nothing: the same with them skipped, as the start writes it.
_WITHOUT_LATE = """
    SELECT r.position, r.participant_id, r.channel, r.address, r.own_reason, r.duplicate_of, r.duplicate,
           CASE WHEN r.skip_reason IS NULL AND zone.is_late THEN 'too_late' ELSE r.skip_reason END AS skip_reason,
           r.waits AND NOT zone.is_late AS waits
    FROM resolved r JOIN participants p ON p.id = r.participant_id
         CROSS JOIN LATERAL (
            SELECT CASE WHEN p.time_zone = ANY(CAST(:known_zones AS text[])) THEN p.time_zone ELSE :home END
                   = ANY(CAST(:late_zones AS text[])) AS is_late) AS zone"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An audience, and what it is judged by."""

    audience: AudienceQuery
    organisation_id: int
    plan: ChannelPlan
    is_marketing: bool
    one_per_address: bool
    late_zones: frozenset[str] = frozenset()  # whoever lives there gets nothing

    @property
    def sql(self) -> str:
        """Everything up to `resolved`, for a SELECT to follow."""
        judged = f"""
            WITH wanted AS ({self.audience.sql}), {ADDRESSED},
            audience AS MATERIALIZED (
                SELECT position, participant_id, channel, address, is_bad, is_excluded, duplicate_of FROM ranked),
            {JUDGED}"""  # noqa: S608  constants of ours
        return f"WITH resolved AS ({judged} {_WITHOUT_LATE})" if self.late_zones else judged

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL is asked with."""
        cap = cap_of(self.organisation_id) if self.is_marketing else None
        return {
            **self.audience.parameters,
            **cap_parameters(self.organisation_id, None, cap),
            "organisation_id": self.organisation_id,
            "channels": [str(channel) for channel in self.plan.channels],
            "fallback": self.plan.fallback,
            "is_marketing": self.is_marketing,
            "one_per_address": self.one_per_address,
            **(self._late if self.late_zones else {}),
        }

    @property
    def _late(self) -> dict[str, Any]:
        home = db.session.get_one(Organisation, self.organisation_id).time_zone
        return {"late_zones": sorted(self.late_zones), "known_zones": sorted(known_zones()), "home": home}

    def ask(self, select: str, **more: Any) -> Result[Any]:
        """Select from `resolved`, or from what is put before it; rows come as they are read."""
        plan_for_many()
        return db.session.execute(text(self.sql + select), self.parameters | more, execution_options={"yield_per": ROWS_AT_ONCE})


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


def judgement_of(sendout: Sendout) -> Judgement:
    """How a draft is judged as it stands. Without an answer to the type it counts as non-marketing."""
    return Judgement(
        audience=audience_query(sendout),
        organisation_id=sendout.organisation_id,
        plan=ChannelPlan(sendout.channel_plan),
        is_marketing=sendout.communication_type == CommunicationType.MARKETING,
        one_per_address=sendout.one_per_address,
        late_zones=late_zones_of(sendout),
    )


def late_zones_of(sendout: Sendout) -> frozenset[str]:
    """Where it was past the hour when a send-out by own clocks was scheduled, if whoever lives there gets nothing for that."""
    if sendout.scheduled_local is None or sendout.local_since_at is None or sendout.late_choice != LateChoice.SKIP:
        return frozenset()
    return zones_past(sendout.scheduled_local, sendout.local_since_at)


def review_counts(sendout: Sendout) -> AudienceCounts:
    """The rows that a start would write now, in one statement."""
    return counted(judgement_of(sendout))


def counted(judgement: Judgement) -> AudienceCounts:
    """People, reached, and rows by channel and skip reason."""
    rows = judgement.ask(
        """
            SELECT channel, skip_reason, waits, count(*) AS amount, count(DISTINCT position) AS people,
                   count(DISTINCT position) FILTER (WHERE skip_reason IS NULL) AS reached
            FROM resolved GROUP BY GROUPING SETS ((channel, skip_reason, waits), ())
            ORDER BY amount DESC, skip_reason"""
    ).all()
    total = next(row for row in rows if row.channel is None)
    return AudienceCounts(total.people, total.reached, tuple(_channel(channel, rows) for channel in judgement.plan.channels))


def reached_as(sendout: Sendout, communication_type: CommunicationType) -> int:
    """How many people would get something if this were the type."""
    is_marketing = communication_type is CommunicationType.MARKETING
    return counted(replace(judgement_of(sendout), is_marketing=is_marketing)).reached


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """Two people of an audience with one address: the first would get the message for both."""

    person: str
    other: str
    address: str


def shared_addresses(sendout: Sendout, *, limit: int = 20) -> tuple[int, list[SharedAddress]]:
    """How many rows share an address with somebody before them, and the first of those people."""
    judgement = replace(judgement_of(sendout), one_per_address=True)
    rows = judgement.ask(
        """
            SELECT count(*) OVER () AS amount, trim(p.first_name || ' ' || p.last_name) AS person,
                   trim(o.first_name || ' ' || o.last_name) AS other, a.address
            FROM resolved a JOIN participants p ON p.id = a.participant_id JOIN participants o ON o.id = a.duplicate_of
            WHERE a.own_reason = 'duplicate' ORDER BY a.position LIMIT :limit""",
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
    """The number asked about: a channel, and a skip reason or None for those who get the message; from a place in the audience on."""

    channel: Channel
    reason: SkipReason | None
    after: int = 0


def people_behind(sendout: Sendout, asked: Slice, limit: int) -> list[tuple[int, Counted]]:
    """The people of one number with their places in the audience, in its order."""
    judgement = judgement_of(sendout)
    rows = judgement.ask(
        """
            SELECT r.position, r.participant_id, trim(p.first_name || ' ' || p.last_name) AS name, r.address,
                   trim(o.first_name || ' ' || o.last_name) AS other
            FROM resolved r JOIN participants p ON p.id = r.participant_id
            LEFT JOIN participants o ON o.id = r.duplicate AND r.skip_reason = 'duplicate'
            WHERE r.channel = :channel AND r.skip_reason IS NOT DISTINCT FROM CAST(:reason AS text) AND r.position > :after
            ORDER BY r.position LIMIT :limit""",
        channel=asked.channel,
        reason=asked.reason,
        after=asked.after,
        limit=limit,
    )
    return [(row.position, Counted(row.participant_id, row.name, row.address, row.other)) for row in rows]


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who gets something: on which channels, and the fields that it is written with."""

    participant_id: int
    name: str
    channels: frozenset[Channel]
    fields: dict[str, Any]


def reached_people(judgement: Judgement, limit: int) -> Iterator[Reached]:
    """The first people who get something, in the audience's order; read as they are used, never all at once."""
    for row in judgement.ask(_REACHED, limit=limit):
        channels, number, name, *person = tuple(row)
        yield Reached(number, name, frozenset(map(Channel, channels)), fields_of(person))


_REACHED = f""",
    chosen AS (
        SELECT position, participant_id, array_agg(channel) AS channels FROM resolved WHERE skip_reason IS NULL
        GROUP BY 1, 2 ORDER BY position LIMIT :limit)
    SELECT c.channels, p.id, trim(p.first_name || ' ' || p.last_name) AS name, {PERSON_FIELDS}
    FROM chosen c JOIN participants p ON p.id = c.participant_id ORDER BY c.position"""  # noqa: S608  a constant of ours


def _channel(channel: Channel, rows: Any) -> ChannelCounts:
    mine = [row for row in rows if row.channel == channel]
    return ChannelCounts(
        channel,
        messages=sum(row.amount for row in mine if row.skip_reason is None and not row.waits),
        waiting=sum(row.amount for row in mine if row.skip_reason is None and row.waits),
        skips={SkipReason(row.skip_reason): row.amount for row in mine if row.skip_reason is not None},
    )
