"""The people line: everybody of the audience once, over both channels, and who was reached by none.

By one channel it comes from the counts. By two, people must be told apart row by row; that answer is remembered while
the counts stand still (app.reports.remembered), so that a page which refreshes by itself does not ask it again and again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from app.domain.audience import SkipReason
from app.domain.shown import ARRIVED
from app.extensions import db
from app.reports.accounting import NOT_CONFIRMED, Reach, reach_of_channel
from app.reports.chips import Counts
from app.reports.remembered import remembered

_REACH = text("""
    SELECT best, count(*) AS people FROM (
        SELECT CASE WHEN bool_or(shown_status = ANY(:arrived)) THEN 'reached'
                    WHEN bool_or(shown_status = ANY(:waiting)) THEN 'waiting'
                    WHEN bool_or(coalesce(skip_reason = :excluded, false)) THEN 'left_out'
                    WHEN bool_or(coalesce(skip_reason = :duplicate, false)) THEN 'sharing'
                    ELSE 'unreached' END AS best
        FROM messages WHERE sendout_id = :sendout_id GROUP BY participant_id) AS everybody
    GROUP BY best""")

# The key on (send-out, participant, channel) gives the groups in order, so a page reads no more than it shows.
_UNREACHED = text("""
    SELECT p.id, p.first_name, p.last_name, p.phone_number, p.email_address, u.statuses, u.reasons, u.words
    FROM (SELECT participant_id, array_agg(channel || ':' || shown_status ORDER BY channel) AS statuses,
                 array_agg(channel || ':' || skip_reason ORDER BY channel) FILTER (WHERE skip_reason IS NOT NULL) AS reasons,
                 string_agg(DISTINCT error_words, '; ') AS words
          FROM messages WHERE sendout_id = :sendout_id AND participant_id > :after
          GROUP BY participant_id
          HAVING NOT bool_or(shown_status = ANY(:known)) AND NOT bool_or(coalesce(skip_reason IN (:excluded, :duplicate), false))
          ORDER BY participant_id LIMIT :limit) AS u
    JOIN participants p ON p.id = u.participant_id AND p.organisation_id = :organisation_id
    ORDER BY p.id""")


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom no message of a send-out reached, with what is known for a call. `why` is (channel, status) or (channel, reason)."""

    participant_id: int
    first_name: str
    last_name: str
    phone_number: str | None
    email_address: str | None
    statuses: tuple[tuple[str, str], ...]
    reasons: dict[str, str]
    words: str | None


def people_line(sendout_id: int, counts: Counts) -> Reach:
    """Reached by at least one channel · not confirmed yet · reached by none; adds up to the audience."""
    channels = list(counts.values())
    if len(channels) == 1:
        return reach_of_channel(channels[0].shown, channels[0].skipped)
    if not channels:
        return Reach()
    return Reach(**remembered(f"people:{sendout_id}", standing_of(counts), lambda: asdict(_counted(sendout_id))))


def unreached_people(sendout_id: int, organisation_id: int, *, after: int, limit: int) -> Sequence[Unreached]:
    """Those reached by none, in the order of the audience, after a participant's id."""
    rows = db.session.execute(
        _UNREACHED,
        {
            "sendout_id": sendout_id,
            "organisation_id": organisation_id,
            "known": [*ARRIVED, *NOT_CONFIRMED],
            "excluded": SkipReason.EXCLUDED,
            "duplicate": SkipReason.DUPLICATE,
            "after": after,
            "limit": limit,
        },
    )
    return [_unreached(row) for row in rows]


def _counted(sendout_id: int) -> Reach:
    rows = db.session.execute(
        _REACH,
        {
            "sendout_id": sendout_id,
            "arrived": list(ARRIVED),
            "waiting": list(NOT_CONFIRMED),
            "excluded": SkipReason.EXCLUDED,
            "duplicate": SkipReason.DUPLICATE,
        },
    )
    return Reach(**{row.best: row.people for row in rows})


def standing_of(counts: Counts) -> str:
    """A name for where every count stands."""
    standing = sorted((channel, sorted(each.shown.items()), sorted(each.skipped.items())) for channel, each in counts.items())
    return hashlib.sha256(repr(standing).encode()).hexdigest()


def _unreached(row: Any) -> Unreached:
    number, first, last, phone, email, statuses, reasons, words = row
    return Unreached(number, first, last, phone, email, tuple(_pair(each) for each in statuses), dict(map(_pair, reasons or ())), words)


def _pair(text_pair: str) -> tuple[str, str]:
    channel, _, word = text_pair.partition(":")
    return channel, word
