"""The Unsubscribes list as a table to take away, which our own import reads again."""

from collections.abc import Iterable, Iterator

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason
from app.unsubscribes.queries import ListedEntry
from app.unsubscribes.words import CHANNEL_WORDS, REASON_WORDS, keeps_away, why

_HEADER = (
    "Address", "Channel", "Keeps away", "Reason", "Why", "In their words", "Send-out", "On the list since", "Removed", "Removed because",
)  # fmt: skip


def table_of(entries: Iterable[ListedEntry]) -> Iterator[tuple[object, ...]]:
    """A header and a row an entry; times in UTC, to the second."""
    yield _HEADER
    for entry in entries:
        sentence = why(entry, entry.created_by)
        yield (
            entry.shown_address,
            CHANNEL_WORDS[Channel(entry.channel)],
            keeps_away(entry.channel, entry.scope),
            REASON_WORDS[SuppressionReason(entry.reason)],
            sentence.text,
            sentence.quote,
            entry.sendout_title,
            f"{entry.created_at:%Y-%m-%dT%H:%M:%SZ}",
            f"{entry.lifted_at:%Y-%m-%dT%H:%M:%SZ}" if entry.lifted_at else None,
            entry.lift_reason,
        )
