"""Whom a text would reach in their quiet hours, and until when those last: for Review, and for the question before an urgent text."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.channels import Channel
from app.domain.local_time import instant_in
from app.domain.quiet_hours import QuietHours, zone_of
from app.extensions import db
from app.models import Organisation
from app.sendouts.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Asleep:
    """How many texts come into quiet hours, and when these end for the first and the last of their people."""

    texts: int
    first: datetime
    last: datetime


# Of people without a zone those whose numbers begin alike are in the same one: area codes are no longer than that.
_BY_PLACE = """
    SELECT p.time_zone, min(r.address) AS number, count(*) AS texts
    FROM resolved r JOIN participants p ON p.id = r.participant_id
    WHERE r.channel = 'sms' AND r.skip_reason IS NULL AND NOT r.waits
    GROUP BY p.time_zone, CASE WHEN p.time_zone IS NULL THEN left(r.address, 8) END"""


def asleep_at(judgement: Judgement, moment: datetime, wall_clock: datetime | None = None) -> Asleep | None:
    """Who would be asleep if the texts went at this moment, or when their own clocks show `wall_clock`.

    None where nobody is, or the organisation has no quiet hours.
    """
    organisation = db.session.get_one(Organisation, judgement.organisation_id)
    if not organisation.has_quiet_hours or Channel.SMS not in judgement.plan.channels:
        return None
    hours = QuietHours(organisation.quiet_from, organisation.quiet_until)
    ends: dict[datetime, int] = {}
    for zone, texts in texts_by_zone(judgement).items():
        until = hours.quiet_until(instant_in(wall_clock, zone) if wall_clock else moment, zone)
        if until is not None:
            ends[until] = ends.get(until, 0) + texts
    return Asleep(sum(ends.values()), min(ends), max(ends)) if ends else None


def texts_by_zone(judgement: Judgement) -> dict[ZoneInfo, int]:
    """How many texts go to people in each time zone."""
    own = db.session.get_one(Organisation, judgement.organisation_id).time_zone
    found: dict[ZoneInfo, int] = {}
    for row in judgement.ask(_BY_PLACE):
        zone = zone_of(row.time_zone, row.number, own)
        found[zone] = found.get(zone, 0) + row.texts
    return found
