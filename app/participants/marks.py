"""What stands at the corner of a sent message wherever it is shown: the badge with cause and next step, and the eye with time and count.

In this room because a person's timeline is the lowest page that shows messages; the rooms above use it, too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.domain.audience import SkipReason
from app.domain.badge import ISSUES, Badge, BadgeWords, badge_of, badge_words
from app.domain.shown import ShownGroup, ShownStatus
from app.domain.status_words import WORDS
from app.extensions import db

_GROUPS = {Badge.ON_ITS_WAY: ShownGroup.ON_THE_WAY, Badge.DELIVERED: ShownGroup.GOOD, Badge.READ: ShownGroup.GOOD}
_ICONS = {Badge.ON_ITS_WAY: "send", Badge.DELIVERED: "check", Badge.READ: "mail-opened"}


@dataclass(frozen=True, slots=True)
class Mark:
    """One message's badge and eye. `seen_at` is when a person first opened it, `seen_count` how often one did, as far as pictures tell."""

    badge: Badge | None
    words: BadgeWords | None
    shown: ShownStatus
    seen_at: datetime | None
    seen_count: int

    @property
    def is_issue(self) -> bool:
        """Whether it did not arrive, or not well."""
        return self.badge in ISSUES

    @property
    def group(self) -> ShownGroup:
        """The colour that it has."""
        return ShownGroup.FAILED if self.badge is None else _GROUPS.get(self.badge, ShownGroup.FAILED)

    @property
    def icon(self) -> str:
        """The picture beside the word."""
        return "alert-triangle" if self.badge is None else _ICONS.get(self.badge, "alert-triangle")

    @property
    def sentence(self) -> str:
        """The exact status, the cause and the next step, for whoever taps the badge."""
        return "" if self.words is None else f"{WORDS[self.shown]}. {self.words.cause} {self.words.next_step}"


_MARKS = text("""
    SELECT m.id, m.shown_status, m.skip_reason, m.error_code, m.opened_at,
           (SELECT count(*) FROM message_events e WHERE e.message_id = m.id AND e.kind = 'open' AND NOT e.is_machine)
    FROM messages m WHERE m.id = ANY(CAST(:ids AS bigint[]))""")


def marks_of(message_ids: Collection[int]) -> dict[int, Mark]:
    """The marks of these messages; opens by machines are left out of the count."""
    rows = db.session.execute(_MARKS, {"ids": list(message_ids)}) if message_ids else ()
    return {row[0]: _mark(ShownStatus(row[1]), SkipReason(row[2]) if row[2] else None, *row[3:]) for row in rows}


def _mark(shown: ShownStatus, reason: SkipReason | None, code: str | None, seen_at: datetime | None, seen_count: int) -> Mark:
    return Mark(badge_of(shown, reason, code), badge_words(shown, reason, code), shown, seen_at, seen_count)
