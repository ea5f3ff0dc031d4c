"""The report of what has not started: its audience as of now, everybody who would get it Pending, and who would not, with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.audience import SkipReason
from app.domain.shown import ShownStatus
from app.models import Sendout
from app.reports.recipients.queries import Asked, Recipient, recipients_page
from app.sendouts.judgement import judgement_of
from app.web.pagination import PAGE_SIZE, Page, page_of

_NO_LIMIT = 10**9
_FROM_NOTHING = """
    SELECT r.participant_id, trim(p.first_name || ' ' || p.last_name) AS name, r.address, r.skip_reason,
           o.id AS duplicate_of, coalesce(nullif(trim(o.first_name || ' ' || o.last_name), ''), r.address) AS duplicate_name
    FROM resolved r JOIN participants p ON p.id = r.participant_id
    LEFT JOIN participants o ON o.id = r.duplicate AND r.skip_reason = 'duplicate'
    WHERE r.channel = :channel AND r.participant_id > :after
      AND (CAST(:status AS text) IS NULL OR CASE WHEN r.skip_reason IS NULL THEN 'pending' ELSE 'skipped' END = :status)
      AND (CAST(:reason AS text) IS NULL OR r.skip_reason = :reason)
      AND (:search = '' OR strpos(lower(p.first_name || ' ' || p.last_name || ' ' || coalesce(r.address, '')), lower(:search)) > 0)
    ORDER BY r.participant_id LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class _Part:
    """Which of the rows: from behind a person on, and how many."""

    after: int = 0
    limit: int = _NO_LIMIT


def listed_page(sendout: Sendout, asked: Asked, after: int | None, size: int = PAGE_SIZE) -> Page[Recipient]:
    """A page of a send-out's report, whether it has started or not."""
    if sendout.audience_count is not None:
        return recipients_page(asked, after, size)
    rows = list(_awaited(sendout, asked, _Part(after or 0, size + 1)))
    return page_of(rows, lambda row: row.key, size)


def awaited_rows(sendout: Sendout, asked: Asked) -> Iterator[Recipient]:
    """The whole report of one that has not started."""
    return _awaited(sendout, asked, _Part())


def _awaited(sendout: Sendout, asked: Asked, part: _Part) -> Iterator[Recipient]:
    rows = judgement_of(sendout).ask(
        _FROM_NOTHING,
        channel=asked.channel,
        status=asked.status,
        reason=asked.reason,
        search=asked.search,
        after=part.after,
        limit=part.limit,
    )
    for row in rows:
        reason = SkipReason(row.skip_reason) if row.skip_reason else None
        shown = ShownStatus.SKIPPED if reason else ShownStatus.PENDING
        twin = {"duplicate_of": row.duplicate_of, "duplicate_name": row.duplicate_name if row.duplicate_of else None}
        yield Recipient(row.participant_id, None, row.participant_id, row.name, row.address, shown, reason, **twin)
