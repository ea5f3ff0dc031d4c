"""A send-out that goes at one hour of the day by each person's own clock: whose hour that is when, and whose has passed.

A person lives where their page says; of whom nothing is known, where the organisation is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.local_time import instant_in, known_zones, place_of
from app.extensions import db
from app.models import Organisation, Participant, Sendout
from app.sendouts.judgement import Judgement, judgement_of, late_zones_of

NAMED = 20

_BY_ZONE = """
    SELECT p.time_zone, count(DISTINCT r.participant_id) AS people,
           count(*) FILTER (WHERE r.channel = 'email' AND NOT r.waits) AS mails,
           count(*) FILTER (WHERE r.channel = 'sms' AND NOT r.waits) AS texts
    FROM resolved r JOIN participants p ON p.id = r.participant_id WHERE r.skip_reason IS NULL GROUP BY p.time_zone"""
_THERE = """
    SELECT DISTINCT p.id, trim(p.first_name || ' ' || p.last_name) AS name
    FROM resolved r JOIN participants p ON p.id = r.participant_id
    WHERE r.skip_reason IS NULL AND (p.time_zone = ANY(CAST(:zones AS text[]))
          OR (:with_unknown AND (p.time_zone IS NULL OR NOT p.time_zone = ANY(CAST(:known AS text[])))))
    ORDER BY p.id LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class Living:
    """How many people of an audience live in one zone, and how many messages go there at once by each channel."""

    people: int = 0
    messages: Mapping[Channel, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hour:
    """When it is that hour for the people of one zone."""

    zone: str
    due: datetime
    people: int

    @property
    def place(self) -> str:
        """The zone for people."""
        return place_of(self.zone)


def zones_of(judgement: Judgement) -> dict[str, Living]:
    """Where those live who would get something."""
    own = home_of(judgement.organisation_id)
    found: dict[str, Living] = {}
    for row in judgement.ask(_BY_ZONE):
        zone = row.time_zone if row.time_zone in known_zones() else own
        before = found.get(zone, Living())
        messages = {Channel.EMAIL: row.mails, Channel.SMS: row.texts}
        together = {channel: before.messages.get(channel, 0) + count for channel, count in messages.items()}
        found[zone] = Living(before.people + row.people, together)
    return found


def may_live_apart(organisation_id: int) -> bool:
    """Whether anybody's page names another zone than the organisation's: before a whole audience is asked."""
    elsewhere = select(Participant.id).where(
        Participant.organisation_id == organisation_id, Participant.time_zone != home_of(organisation_id), Participant.erased_at.is_(None)
    )
    return db.session.scalar(select(elsewhere.exists())) or False


def hours_of(zones: Mapping[str, Living], wall_clock: datetime) -> list[Hour]:
    """When it is that hour for whom, the first of them first."""
    hours = (Hour(zone, instant_in(wall_clock, ZoneInfo(zone)), living.people) for zone, living in zones.items())
    return sorted(hours, key=lambda hour: (hour.due, hour.zone))


def people_in(sendout: Sendout, hours: Sequence[Hour]) -> list[tuple[int, str]]:
    """The first of those people, and their names."""
    zones, own = [hour.zone for hour in hours], home_of(sendout.organisation_id)
    rows = judgement_of(sendout).ask(_THERE, zones=zones, with_unknown=own in zones, known=sorted(known_zones()), limit=NAMED)
    return [(row.id, row.name) for row in rows]


def home_of(organisation_id: int) -> str:
    """The organisation's own zone."""
    return db.session.get_one(Organisation, organisation_id).time_zone


def due_parameters(sendout: Sendout) -> dict[str, Any]:
    """When it is whose hour, in every zone that there is, for the statement that writes the messages."""
    if sendout.scheduled_local is None:
        return {}
    home, zones, late = home_of(sendout.organisation_id), sorted(known_zones()), late_zones_of(sendout)
    dues = {zone: instant_in(sendout.scheduled_local, ZoneInfo(zone)) for zone in zones}
    return {
        "zones": zones,
        "dues": [dues[zone] for zone in zones],
        "left_out": [zone in late for zone in zones],
        "home": home,
        "home_due": dues[home],
        "home_left_out": home in late,
    }
