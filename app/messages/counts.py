"""How many messages of a send-out stand where: totals and deltas read in one statement, so that no moment is between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.shown import ShownStatus
from app.extensions import db

SQUASH_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """The counts of one channel of a send-out; `shown` adds up to the audience of the channel."""

    shown: dict[ShownStatus, int]
    skipped: dict[str, int]
    accepted: int = 0
    delivered: int = 0
    opened: int = 0
    machine_opened: int = 0
    clicked: int = 0
    machine_clicked: int = 0

    @property
    def audience(self) -> int:
        """Every row of the channel: messages and skips."""
        return sum(self.shown.values())

    @property
    def unfinished(self) -> int:
        """What is pending or in a worker's hands."""
        return self.shown.get(ShownStatus.PENDING, 0) + self.shown.get(ShownStatus.SENDING, 0)


_COUNTS = text("""
    SELECT sendout_id, channel, counter, sum(amount)::bigint AS amount FROM (
        SELECT sendout_id, channel, counter, amount FROM sendout_counts WHERE sendout_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT sendout_id, channel, counter, amount FROM sendout_count_deltas WHERE sendout_id = ANY(CAST(:ids AS bigint[]))
        UNION ALL
        SELECT m.sendout_id, m.channel, c.counter, c.amount
        FROM batches b JOIN messages m ON m.batch_id = b.id AND m.status = 'pending',
             (VALUES ('shown:sending', 1), ('shown:pending', -1)) AS c(counter, amount)
        WHERE b.state = 'open' AND b.sendout_id = ANY(CAST(:ids AS bigint[]))) AS parts
    GROUP BY 1, 2, 3 HAVING sum(amount) <> 0""")

_SQUASH = text("""
    WITH gone AS (DELETE FROM sendout_count_deltas WHERE id IN
                    (SELECT id FROM sendout_count_deltas ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
                  RETURNING sendout_id, channel, counter, amount)
    INSERT INTO sendout_counts (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount) FROM gone
    WHERE EXISTS (SELECT FROM sendouts s WHERE s.id = gone.sendout_id)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (sendout_id, channel, counter) DO UPDATE SET amount = sendout_counts.amount + excluded.amount""")

_RECOUNT = text("""
    SELECT sendout_id, channel, counter, sum(amount)::bigint AS amount FROM (
        SELECT m.sendout_id, m.channel, c.counter, 1 AS amount FROM messages m, unnest(message_counters(m)) AS c(counter)
        UNION ALL SELECT sendout_id, channel, counter, -amount FROM sendout_counts
        UNION ALL SELECT sendout_id, channel, counter, -amount FROM sendout_count_deltas) AS parts
    GROUP BY 1, 2, 3 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3""")


def counts_of(sendout_ids: Sequence[int]) -> dict[int, dict[Channel, ChannelCounts]]:
    """The counts of each send-out by channel, in one statement whatever their size. A send-out without rows has none."""
    gathered: dict[int, dict[Channel, dict[str, int]]] = {sendout_id: {} for sendout_id in sendout_ids}
    for sendout_id, channel, counter, amount in db.session.execute(_COUNTS, {"ids": list(sendout_ids)}):
        gathered[sendout_id].setdefault(Channel(channel), {})[counter] = amount
    return {
        sendout_id: {channel: _channel_counts(counters) for channel, counters in by_channel.items()}
        for sendout_id, by_channel in gathered.items()
    }


def squash_deltas() -> None:
    """Fold the deltas into the totals; readers see either, never both or neither. Those of a deleted send-out go with it."""
    db.session.execute(_SQUASH, {"limit": SQUASH_LIMIT})


def recount() -> list[tuple[int, str, str, int]]:
    """Where counts and rows differ: (send-out, channel, counter, rows minus count); empty when all is exact."""
    return [(row.sendout_id, row.channel, row.counter, row.amount) for row in db.session.execute(_RECOUNT)]


def _channel_counts(counters: dict[str, int]) -> ChannelCounts:
    def under(prefix: str) -> dict[str, int]:
        return {name.removeprefix(prefix): amount for name, amount in counters.items() if name.startswith(prefix)}

    shown = {ShownStatus(name): amount for name, amount in under("shown:").items()}
    return ChannelCounts(shown, under("skip:"), **under("fact:"))
