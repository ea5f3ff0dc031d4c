"""When the last message of a draft leaves, by what Amazon and the texts' sender allow a second, quiet hours and the first part."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.channels import Channel
from app.domain.finishing import Load, last_leaves
from app.domain.guard_rail import FIRST_PART, GUARDED_ABOVE, LONGEST_WAIT_SECONDS
from app.domain.local_time import instant_in
from app.domain.quiet_hours import QuietChoice, QuietHours
from app.extensions import db
from app.lib.clock import now
from app.messages.quota import KnownAccount
from app.models import Organisation, Sendout
from app.sendouts.composing.queries import sender_of
from app.sendouts.counting import AudienceCounts
from app.sendouts.judgement import judgement_of
from app.sendouts.local_hours import zones_of
from app.sendouts.quiet import texts_by_zone
from app.sendouts.running import UNDO_SECONDS

_ANYWHERE = ZoneInfo("UTC")
_HOURS_FROM, _DAYS_FROM = 100, 48


@dataclass(frozen=True, slots=True)
class Finish:
    """When the last message leaves, if nothing else is being sent. `first_part` of a large send-out goes ahead, where that is not 0."""

    starts_at: datetime
    at: datetime
    first_part: int

    @property
    def minutes(self) -> int:
        """How long that takes, begun minutes counting whole."""
        return -int(-(self.at - self.starts_at).total_seconds() // 60)

    @property
    def words(self) -> str:
        """That time for people: "about 3 minutes", "about 5 hours"."""
        if self.minutes <= 1:
            return "less than a minute"
        if self.minutes < _HOURS_FROM:
            return f"about {self.minutes} minutes"
        hours = round(self.minutes / 60)
        return f"about {hours} hours" if hours < _DAYS_FROM else f"about {round(hours / 24)} days"


def finish_of(sendout: Sendout, counts: AudienceCounts, parts: int | None, account: KnownAccount | None) -> Finish | None:
    """The end of it. `parts` are what the texts come to. None where nothing goes, or nobody can know how fast."""
    starts = sendout.scheduled_at or now() + timedelta(seconds=UNDO_SECONDS)
    mails, texts = counts.of(Channel.EMAIL), counts.of(Channel.SMS)
    ends = []
    if mails and mails.messages:
        ends.append(_last_mail(sendout, mails.messages, starts, account))
    if texts and texts.messages:
        ends.append(_last_text(sendout, parts, starts))
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends):
        return None
    is_large = counts.people > GUARDED_ABOVE and not sendout.is_urgent
    wait = timedelta(seconds=LONGEST_WAIT_SECONDS if is_large else 0)
    return Finish(starts, max(known) + wait, FIRST_PART if is_large else 0)


def _last_mail(sendout: Sendout, mails: int, starts: datetime, account: KnownAccount | None) -> datetime | None:
    if account is None:
        return None
    loads, rate = _loads(sendout, Channel.EMAIL, mails, starts), account.quota.max_per_second
    return last_leaves(loads, rate) if rate else max((load.due for load in loads), default=starts)


def _last_text(sendout: Sendout, parts: int | None, starts: datetime) -> datetime | None:
    """By the sender's rate; where people sleep they are waited for, unless the send-out leaves them out."""
    sender = sender_of(sendout, Channel.SMS)
    if sender is None or parts is None:
        return None
    hours, rate = _quiet_hours(sendout), sender.segments_per_second
    loads = _loads(sendout, Channel.SMS, parts, starts, is_by_place=hours is not None)
    if hours is None or sendout.quiet_choice == QuietChoice.WAIT:
        return last_leaves(loads, rate, hours)
    return last_leaves([load for load in loads if hours.quiet_until(load.due, load.zone) is None], rate) or starts


def _quiet_hours(sendout: Sendout) -> QuietHours | None:
    organisation = db.session.get_one(Organisation, sendout.organisation_id)
    has_any = organisation.has_quiet_hours and not sendout.is_urgent
    return QuietHours(organisation.quiet_from, organisation.quiet_until) if has_any else None


def _loads(sendout: Sendout, channel: Channel, size: int, starts: datetime, *, is_by_place: bool = False) -> list[Load]:
    """What goes when: all of it at the start, or each zone's at its own hour."""
    local = sendout.scheduled_local
    if local is not None:
        amounts = {ZoneInfo(zone): living.messages[channel] for zone, living in zones_of(judgement_of(sendout)).items()}
    elif is_by_place:
        amounts = texts_by_zone(judgement_of(sendout))
    else:
        return [Load(starts, size, _ANYWHERE)]
    share = size / max(1, sum(amounts.values()))
    return [Load(max(starts, instant_in(local, zone)) if local else starts, share * amount, zone) for zone, amount in amounts.items()]
