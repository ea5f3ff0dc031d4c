"""The ways in which a resend can go, and how many of its people each reaches as their addresses stand now."""

from dataclasses import astuple, dataclass

from sqlalchemy import text

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.resends import ResendGroup, ways_again
from app.extensions import db
from app.models import Sendout
from app.sendouts.audience import AudienceQuery, not_answered_query, not_opened_query
from app.sendouts.composing.service import first_sender
from app.sendouts.counting import counted
from app.sendouts.judgement import Judgement
from app.sendouts.waiting import not_answered, not_opened, not_reached

TRIED_AT_MOST = 20_000  # people whose addresses are looked at for the page: a fraction of a second
AT_ONCE_AT_MOST = 500  # from more on, another way than the first time is looked at in Review, where the number is typed


@dataclass(frozen=True, slots=True)
class Way:
    """One way to go. `people` are those it reaches, by the parts of the group; None where they are too many to try.

    `is_first`: as the send-out itself went. `is_written`: by channels that it went by, so that its words can go as they are.
    """

    plan: ChannelPlan
    people: tuple[int, ...] | None
    is_first: bool
    is_written: bool

    @property
    def reached(self) -> int | None:
        """Everybody whom it reaches."""
        return None if self.people is None else sum(self.people)

    @property
    def goes_at_once(self) -> bool:
        """Whether one press sends it; otherwise it opens as a draft, to be written or looked at."""
        return self.reached is not None and (self.is_first or (self.is_written and self.reached <= AT_ONCE_AT_MOST))


@dataclass(frozen=True, slots=True)
class Again:
    """A group of a send-out's people, in its parts, and the ways to write to them again. Those who did not open are of two parts."""

    parts: tuple[int, ...]
    ways: tuple[Way, ...]

    @property
    def people(self) -> int:
        """Everybody in it, whether or not they can be reached."""
        return sum(self.parts)

    def way_by(self, plan: ChannelPlan | None) -> Way | None:
        """The way by these channels, or the first; None where it cannot go so."""
        return next((way for way in self.ways if plan in (None, way.plan)), None)


def again(sendout: Sendout, group: ResendGroup) -> Again:
    """Whom a resend of a send-out to one of its groups would be for now, over the whole chain, and how it could go.

    As it went the first time, everybody who got it is reached again; whom anything else reaches is tried on their addresses.
    """
    plans = _usable(sendout, group)
    known = 0 if group is ResendGroup.NOT_REACHED else 1
    parts, ids = _people(sendout, group, is_tried=len(plans) > known)
    ways = (
        Way(
            plan,
            parts if number < known else _reached(sendout, plan, ids),
            is_first=number == 0,
            is_written=ChannelPlan(sendout.channel_plan).covers(plan),
        )
        for number, plan in enumerate(plans)
    )
    return Again(parts, tuple(ways) if any(parts) else ())


def _people(sendout: Sendout, group: ResendGroup, *, is_tried: bool) -> tuple[tuple[int, ...], list[list[int]] | None]:
    """How many are in each part, and who, if anything is tried on them and they are few enough: no rule is asked again for every way."""
    if group is ResendGroup.NOT_REACHED:
        found = not_reached(sendout, TRIED_AT_MOST)
        return (found.people,), None if found.ids is None else [found.ids]
    parts = (not_answered(sendout),) if group is ResendGroup.NOT_ANSWERED else astuple(not_opened(sendout))
    return parts, _ids(sendout, group) if is_tried and 0 < sum(parts) <= TRIED_AT_MOST else None


def _ids(sendout: Sendout, group: ResendGroup) -> list[list[int]]:
    queries = [not_answered_query(sendout)]
    if group is ResendGroup.NOT_OPENED:  # what is tried of these is a text
        halves = ((True, False), (False, True))
        queries = [not_opened_query(sendout, no_sign=no_sign, cannot_tell=unsure, by_text=True) for no_sign, unsure in halves]
    return [list(db.session.scalars(text(_IDS.format(query.sql)), query.parameters)) for query in queries]


_IDS = "SELECT participant_id FROM ({}) AS wanted"


def _usable(sendout: Sendout, group: ResendGroup) -> list[ChannelPlan]:
    """The first way, and every other for which the organisation has something to send from."""
    first, *others = ways_again(group, ChannelPlan(sendout.channel_plan))
    senders = {channel for channel in Channel if first_sender(sendout.organisation_id, channel) is not None}
    return [first, *(plan for plan in others if senders.issuperset(plan.channels))]


def _reached(sendout: Sendout, plan: ChannelPlan, ids: list[list[int]] | None) -> tuple[int, ...] | None:
    if ids is None:
        return None
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    tried = (Judgement(_just_these(each), sendout.organisation_id, plan, is_marketing, sendout.one_per_address) for each in ids)
    return tuple(counted(each).reached for each in tried)


def _just_these(ids: list[int]) -> AudienceQuery:
    return AudienceQuery("SELECT unnest(CAST(:people AS bigint[])) AS participant_id, false AS is_excluded", {"people": ids})
