"""What is compared: one line a send-out and channel, each share with its base."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownGroup, ShownStatus, group_of
from app.extensions import db
from app.messages.counts import ChannelCounts, counts_of
from app.models import Sendout
from app.reports.listing.queries import visible
from app.users.organisation.tracked import tracking_of

MOST = 12
USUAL = 6
_CHOICES = 200
_NOT_STARTED = (SendoutState.DRAFT, SendoutState.SCHEDULED, SendoutState.LAUNCHING)
_ANSWERS = (ShownStatus.RESPONDED, ShownStatus.ACKNOWLEDGED, ShownStatus.WROTE_BACK)
_OPT_OUTS = (ShownStatus.UNSUBSCRIBED, ShownStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, and whether no other line has a larger one. `part` None: nobody can know."""

    part: int | None
    whole: int
    is_best: bool = False

    @property
    def rate(self) -> float:
        """Between 0 and 1; below 0 where it is not known or there is nothing to be a part of."""
        return -1.0 if self.part is None or not self.whole else self.part / self.whole


@dataclass(frozen=True, slots=True)
class Compared:
    """One send-out by one channel. `sent` were taken by the provider; the others are parts of these or of those that arrived."""

    sendout: Sendout
    channel: Channel
    audience: int
    sent: int
    delivered: Share
    opened: Share
    clicked: Share
    answered: Share
    failed: Share
    opted_out: Share


_HIGHER_IS_BETTER = ("delivered", "opened", "clicked", "answered")


def compared(organisation_id: int, sendout_ids: Sequence[int], channel: Channel | None) -> list[Compared]:
    """These of the organisation's send-outs that have started, newest first; of one channel or both."""
    asked = visible(organisation_id).where(Sendout.id.in_(sendout_ids), Sendout.state.not_in(_NOT_STARTED))
    sendouts = db.session.scalars(asked.order_by(Sendout.launched_at.desc(), Sendout.id.desc())).all()
    counts, tracked = counts_of([each.id for each in sendouts]), tracking_of(sendouts)
    lines = [
        _line(each, used, counts[each.id][used], is_tracked=tracked[each.id])
        for each in sendouts
        for used in ChannelPlan(each.channel_plan).channels
        if channel in {None, used} and used in counts[each.id]
    ]
    best = {name: max((getattr(line, name).rate for line in lines), default=0.0) for name in _HIGHER_IS_BETTER}
    return [_marked(line, best) for line in lines] if len(lines) > 1 else lines


def last_started(organisation_id: int, limit: int = USUAL) -> list[int]:
    """The ids of the last send-outs that have started, without resends: what one usually wants to see beside each other."""
    asked = visible(organisation_id).with_only_columns(Sendout.id).where(Sendout.state.not_in(_NOT_STARTED), Sendout.root_id.is_(None))
    return list(db.session.scalars(asked.order_by(Sendout.launched_at.desc(), Sendout.id.desc()).limit(limit)))


def choices(organisation_id: int, but: Sequence[int]) -> list[tuple[int, str]]:
    """The last send-outs that can be added, with their titles."""
    title = func.coalesce(func.nullif(Sendout.title, ""), func.nullif(Sendout.subject, ""), "Without a title")
    mine = select(Sendout.id, title).where(
        Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None), ~Sendout.is_single,
        Sendout.state.not_in(_NOT_STARTED), Sendout.id.not_in(but),
    )  # fmt: skip
    return [(row[0], row[1]) for row in db.session.execute(mine.order_by(Sendout.id.desc()).limit(_CHOICES))]


def _line(sendout: Sendout, channel: Channel, counts: ChannelCounts, *, is_tracked: bool) -> Compared:
    seen = is_tracked and channel is Channel.EMAIL
    failed = sum(people for status, people in counts.shown.items() if group_of(status) is ShownGroup.FAILED)
    return Compared(
        sendout=sendout,
        channel=channel,
        audience=counts.audience,
        sent=counts.accepted,
        delivered=Share(counts.delivered, counts.accepted),
        opened=Share(counts.opened if seen else None, counts.delivered),
        clicked=Share(counts.clicked if seen else None, counts.delivered),
        answered=Share(sum(counts.shown.get(status, 0) for status in _ANSWERS), counts.delivered),
        failed=Share(failed, counts.audience),
        opted_out=Share(sum(counts.shown.get(status, 0) for status in _OPT_OUTS), counts.delivered),
    )


def _marked(line: Compared, best: dict[str, float]) -> Compared:
    return replace(
        line,
        delivered=_if_best(line.delivered, best["delivered"]),
        opened=_if_best(line.opened, best["opened"]),
        clicked=_if_best(line.clicked, best["clicked"]),
        answered=_if_best(line.answered, best["answered"]),
    )


def _if_best(share: Share, best: float) -> Share:
    return replace(share, is_best=best > 0 and share.rate == best)
