"""One send-out as its page shows it, put together from counts that cost the same at any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState, Verb, allows
from app.domain.shown import ShownStatus
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import NotFound
from app.messages.counts import ChannelCounts, counts_of
from app.models import AuditEntry, Sendout, User
from app.reports.accounting import Reach, Slice, Term, accounting_terms, delivered_count, slices
from app.reports.chips import Chip, Counts, chip_of, settling_now
from app.reports.details.people import people_line
from app.reports.details.progress import Progress, progress_of
from app.unsubscribes.queries import entries_made_by
from app.users.organisation.tracked import tracking_of

_EMPTY = ChannelCounts({}, {})
LARGE = 100  # from more people on, a note says what a send-out has put on the Unsubscribes list


@dataclass(frozen=True, slots=True)
class Skips:
    """How many were skipped for one reason."""

    reason: SkipReason
    words: str
    people: int


@dataclass(frozen=True, slots=True)
class Tab:
    """One channel of a send-out."""

    channel: Channel
    counts: ChannelCounts
    is_tracked: bool
    slices: tuple[Slice, ...]
    terms: tuple[Term, ...]
    skips: tuple[Skips, ...]

    @property
    def ring(self) -> list[tuple[ShownStatus, int]]:
        """Status and people of each slice."""
        return [(each.status, each.people) for each in self.slices]

    @property
    def delivered(self) -> int:
        """Delivered at least, as the accounting line has it."""
        return delivered_count(self.counts.shown)


@dataclass(frozen=True, slots=True)
class Details:
    """Everything above the list of recipients."""

    sendout: Sendout
    chip: Chip
    progress: Progress
    reach: Reach
    tabs: tuple[Tab, ...]
    tab: Tab
    verbs: frozenset[Verb]
    can_undo: bool

    @property
    def head_version(self) -> str:
        """A name for what title and buttons depend on: while it stands, they are not fetched again."""
        return f"{self.sendout.state}{'-undo' * self.can_undo}{'-finished' * self.chip.is_finished}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the send-out's own timeline."""

    at: datetime
    words: str
    by: str | None = None


_SENDOUT = select(Sendout).where(
    Sendout.id == bindparam("sendout_id"), Sendout.organisation_id == bindparam("organisation_id"), Sendout.deleted_at.is_(None)
)


def sendout_of(sendout_id: int, organisation_id: int) -> Sendout:
    """A send-out of this organisation; raises NotFound, also for a deleted draft."""
    found = db.session.scalars(_SENDOUT, {"sendout_id": sendout_id, "organisation_id": organisation_id}).one_or_none()
    if found is None:
        raise NotFound("There is no such send-out.")
    return found


def details_of(sendout: Sendout, asked: Channel | None) -> Details:
    """The page of a send-out, its tab the channel asked for, or its first."""
    counts = counts_of([sendout.id])[sendout.id]
    chip = chip_of(sendout, counts, is_settling=bool(settling_now({sendout.id: counts})))
    tabs = tabs_of(sendout, counts)
    state = SendoutState(sendout.state)
    return Details(
        sendout,
        chip,
        progress_of(sendout, counts, chip),
        people_line(sendout.id, counts),
        tabs,
        next((tab for tab in tabs if tab.channel is asked), tabs[0]),
        frozenset(verb for verb in Verb if allows(state, verb)),
        can_undo=state is SendoutState.LAUNCHING and sendout.leaves_at is not None and sendout.leaves_at > now(),
    )


def new_entries_of(sendout: Sendout) -> int:
    """How many addresses a large send-out has put on the Unsubscribes list; 0 for a small one, where each is seen in the report."""
    is_large = (sendout.audience_count or 0) > LARGE
    return entries_made_by(sendout.organisation_id, [sendout.id]).get(sendout.id, 0) if is_large else 0


def tabs_of(sendout: Sendout, counts: Counts) -> tuple[Tab, ...]:
    """The send-out's channels, e-mail first."""
    plan = ChannelPlan(sendout.channel_plan)
    return tuple(_tab(sendout, channel, counts.get(channel, _EMPTY)) for channel in Channel if channel in plan.channels)


def names_of(ids: Sequence[int | None]) -> dict[int, str]:
    """Users' names by id."""
    known = [each for each in ids if each is not None]
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(known)))} if known else {}


def timeline_of(sendout: Sendout, names: Mapping[int, str]) -> list[Moment]:
    """What happened to a send-out as a whole, oldest first. `names`: of who began it and who sent it off."""
    own = [
        (sendout.created_at, "Begun", names.get(sendout.created_by or 0)),
        (sendout.launched_at, "Sent off", names.get(sendout.launched_by or 0)),
        (sendout.frozen_at, f"Audience settled: {sendout.audience_count or 0:,} in it", None),
        (sendout.first_accepted_at, "First message taken by the delivery service", None),
        (sendout.first_delivered_at, "First delivery confirmed", None),
        (sendout.last_progress_at, "Last news so far", None),
    ]
    moments = [Moment(at, words, by) for at, words, by in own if at is not None]
    return sorted([*moments, *_done_to(sendout)], key=lambda moment: moment.at)


def _done_to(sendout: Sendout) -> list[Moment]:
    rows = db.session.execute(_DONE_TO, {"sendout_id": sendout.id, "organisation_id": sendout.organisation_id})
    return [Moment(at, ACTION_WORDS[action], name) for at, action, name in rows if action in ACTION_WORDS]


_DONE_TO = (
    select(AuditEntry.created_at, AuditEntry.action, User.name)
    .outerjoin(User, User.id == AuditEntry.user_id)
    .where(AuditEntry.object_kind == "sendout", AuditEntry.object_id == bindparam("sendout_id"))
    .where(AuditEntry.organisation_id == bindparam("organisation_id"))
    .order_by(AuditEntry.id)
)


ACTION_WORDS = {
    "pause": "Paused",
    "resume": "Resumed",
    "cancel": "Cancelled",
    "send_again": "What was in doubt sent again",
    "leave_doubt": "What was in doubt left as it is",
    "resend": "Resent",
    "correction": "A correction begun",
    "right_people": "A copy begun for the right people; nothing more of this one goes",
    "approval_asked": "Asked for approval",
    "approved": "Approved",
    "sent_back": "Sent back with a note",
}


def _tab(sendout: Sendout, channel: Channel, counts: ChannelCounts) -> Tab:
    tracked = channel is Channel.EMAIL and tracking_of([sendout])[sendout.id]
    return Tab(
        channel,
        counts,
        tracked,
        slices(counts.shown, channel, is_tracked=tracked),
        accounting_terms(counts.shown),
        tuple(_skips(channel, counts)),
    )


def _skips(channel: Channel, counts: ChannelCounts) -> list[Skips]:
    present = [reason for reason in SkipReason if counts.skipped.get(reason)]
    return [Skips(reason, skip_words(reason, channel), counts.skipped[reason]) for reason in present]
