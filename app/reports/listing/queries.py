"""The list of send-outs, newest first by key; resends hang under their original."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, func, select, text, union

from app.domain.channels import Channel, ChannelPlan
from app.domain.rule_words import rule_words
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownStatus
from app.extensions import db
from app.messages.counts import counts_of
from app.models import Sendout, User
from app.reports.chips import Chip, Counts, Totals, chip_of, settling_now
from app.reports.listing.narrowing import ListFilter, conditions
from app.users.organisation.tracked import tracking_of
from app.web.filters import plural
from app.web.pagination import Page, page_of

PAGE_ROWS = 30
_NAMED_LISTS = 3

_AUDIENCES = text("""
    SELECT c.sendout_id, array_agg(l.name ORDER BY l.name COLLATE "C") AS names, 0 AS people
    FROM sendout_lists c JOIN participant_lists l ON l.id = c.list_id
    WHERE c.sendout_id = ANY(CAST(:ids AS bigint[])) AND NOT c.is_excluded GROUP BY 1
    UNION ALL
    SELECT c.sendout_id, array_agg(f.name ORDER BY f.name COLLATE "C"), 0
    FROM sendout_filters c JOIN saved_filters f ON f.id = c.filter_id
    WHERE c.sendout_id = ANY(CAST(:ids AS bigint[])) AND NOT c.is_excluded GROUP BY 1
    UNION ALL
    SELECT c.sendout_id, NULL, count(*)
    FROM sendout_people c WHERE c.sendout_id = ANY(CAST(:ids AS bigint[])) AND NOT c.is_excluded GROUP BY 1""")


@dataclass(frozen=True, slots=True)
class Line:
    """A send-out in a list."""

    sendout: Sendout
    chip: Chip
    totals: Totals
    counts: Counts
    audience: str
    sent_by: str | None
    is_tracked: bool
    resends: list["Line"] = field(default_factory=list)

    @property
    def ring(self) -> list[tuple[ShownStatus, int]]:
        """All its channels in one small ring."""
        return [(status, sum(each.shown.get(status, 0) for each in self.counts.values())) for status in ShownStatus]

    @property
    def rows(self) -> int:
        """What the ring adds up to."""
        return sum(each.audience for each in self.counts.values())

    @property
    def opened(self) -> int | None:
        """How many people opened the e-mail, of those whom it reached; None where nobody can know."""
        email = self.counts.get(Channel.EMAIL)
        return email.opened if email and self.is_tracked else None

    @property
    def arrived(self) -> int:
        """How many e-mails were delivered: the base of what was opened."""
        email = self.counts.get(Channel.EMAIL)
        return email.delivered if email else 0

    @property
    def plan(self) -> ChannelPlan:
        """The channels it goes by."""
        return ChannelPlan(self.sendout.channel_plan)


def lines_page(organisation_id: int, narrowed: ListFilter, before_id: int | None) -> Page[Line]:
    """A page of the list; without a filter each resend stands under its original."""
    asked = visible(organisation_id).where(*conditions(narrowed)).order_by(Sendout.id.desc()).limit(PAGE_ROWS + 1)
    if before_id is not None:
        asked = asked.where(Sendout.id < before_id)
    if not narrowed.is_on:
        asked = asked.where(Sendout.root_id.is_(None))
    page = page_of(db.session.scalars(asked).all(), lambda sendout: sendout.id, PAGE_ROWS)
    resends = [] if narrowed.is_on else _resends_of(organisation_id, page.rows)
    lines = lines_of([*page.rows, *resends])
    by_id = {line.sendout.id: line for line in lines}
    for line in lines[len(page.rows) :]:
        by_id[line.sendout.root_id or 0].resends.append(line)
    return Page(lines[: len(page.rows)], page.next_cursor)


def recent_lines(organisation_id: int, limit: int) -> list[Line]:
    """The last send-outs that have left the composer."""
    started = Sendout.state.not_in((SendoutState.DRAFT, SendoutState.SCHEDULED))
    return lines_of(db.session.scalars(visible(organisation_id).where(started).order_by(Sendout.id.desc()).limit(limit)).all())


def makers(organisation_id: int) -> list[tuple[int, str]]:
    """Who has made or sent any of them, by name: also who has left since."""
    of_both = union(*(visible(organisation_id).with_only_columns(column) for column in (Sendout.created_by, Sendout.launched_by)))
    asked = select(User.id, User.name).where(User.id.in_(of_both)).order_by(func.lower(User.name), User.id)
    return [(row.id, row.name) for row in db.session.execute(asked)]


def lines_of(sendouts: Sequence[Sendout]) -> list[Line]:
    """These send-outs as lines, in their order; a handful of statements however many they are."""
    ids = [sendout.id for sendout in sendouts]
    counts = counts_of(ids)
    settling = settling_now(counts)
    audiences, names, tracked = audiences_of(sendouts), _names(sendouts), tracking_of(sendouts)
    return [
        Line(
            sendout,
            chip_of(sendout, counts[sendout.id], is_settling=sendout.id in settling),
            Totals.of(sendout, counts[sendout.id]),
            counts[sendout.id],
            audiences[sendout.id],
            names.get(sendout.launched_by or sendout.created_by or 0),
            tracked[sendout.id],
        )
        for sendout in sendouts
    ]


def visible(organisation_id: int) -> Select[Sendout]:
    """What went to an audience: answers stand in the conversations that they are part of."""
    return select(Sendout).where(Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None), ~Sendout.is_single)


def _resends_of(organisation_id: int, roots: Sequence[Sendout]) -> Sequence[Sendout]:
    asked = visible(organisation_id).where(Sendout.root_id.in_([root.id for root in roots]))
    return db.session.scalars(asked.order_by(Sendout.id)).all()


def audiences_of(sendouts: Sequence[Sendout]) -> dict[int, str]:
    """Whom each was addressed to: "Families and Under 9, and 3 people"."""
    words: dict[int, list[str]] = {sendout.id: [] for sendout in sendouts}
    for row in db.session.execute(_AUDIENCES, {"ids": list(words)}):
        words[row.sendout_id].append(_few(row.names) if row.names else plural(row.people, "person", "people"))
    return {sendout.id: _with_rule(sendout, " and ".join(words[sendout.id]) or "nobody chosen yet") for sendout in sendouts}


def _with_rule(sendout: Sendout, composed: str) -> str:
    rule = rule_words(sendout.audience_rule)
    if rule is None:
        return composed
    return rule.short if rule.is_whole else f"{composed}, {rule.short}"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED_LISTS])
    return f"{shown} and {len(names) - _NAMED_LISTS} more" if len(names) > _NAMED_LISTS else shown


def _names(sendouts: Sequence[Sendout]) -> dict[int, str]:
    ids = {sendout.launched_by or sendout.created_by for sendout in sendouts} - {None}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))} if ids else {}
