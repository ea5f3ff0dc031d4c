"""What takes a look at many rows: clicks by link, and why messages did not arrive. Remembered while the counts stand."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import text

from app.domain.shown import FAILED
from app.extensions import db
from app.messages.counts import ChannelCounts
from app.reports.remembered import remembered

# Only clickers' messages are looked at. Own tracking notes a link by its id, SES by its URL.
_CLICKS = text("""
    WITH clicks AS (
        SELECT DISTINCT e.message_id, e.detail->>'link' AS link
        FROM messages m JOIN message_events e ON e.message_id = m.id AND e.kind = 'click' AND e.is_machine IS NOT TRUE
        WHERE m.sendout_id = :sendout_id AND m.channel = 'email' AND m.clicked_at IS NOT NULL)
    SELECT l.url, count(c.message_id) AS people
    FROM tracked_links l LEFT JOIN clicks c ON c.link = CAST(l.id AS text) OR c.link = l.url
    WHERE l.sendout_id = :sendout_id GROUP BY l.position, l.url ORDER BY l.position""")

_CAUSES = text("""
    SELECT shown_status, coalesce(error_words, '') AS words, count(*) AS people
    FROM messages WHERE sendout_id = :sendout_id AND channel = :channel AND shown_status = ANY(:failed)
    GROUP BY 1, 2 ORDER BY people DESC, words LIMIT 50""")


@dataclass(frozen=True, slots=True)
class ClickedLink:
    """A link of the e-mail, and how many people followed it."""

    url: str
    people: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why some messages did not arrive, as the other side said it."""

    status: str
    words: str
    people: int


def clicked_links(sendout_id: int, counts: ChannelCounts) -> Sequence[ClickedLink]:
    """Every link in the order of the e-mail, those that nobody followed included."""

    def ask() -> list[dict[str, object]]:
        return [asdict(ClickedLink(*row)) for row in db.session.execute(_CLICKS, {"sendout_id": sendout_id})]

    return [ClickedLink(**each) for each in remembered(f"links:{sendout_id}", f"{counts.clicked}", ask)]


def causes(sendout_id: int, channel: str, counts: ChannelCounts) -> Sequence[Cause]:
    """What did not arrive, by cause, the commonest first."""

    def ask() -> list[dict[str, object]]:
        rows = db.session.execute(_CAUSES, {"sendout_id": sendout_id, "channel": channel, "failed": list(FAILED)})
        return [asdict(Cause(*row)) for row in rows]

    return [Cause(**each) for each in remembered(f"causes:{sendout_id}:{channel}", failed_version(counts), ask)]


def failed_version(counts: ChannelCounts) -> str:
    """A name for how many have not arrived, by status: what is found out about them stands as long as it."""
    return str([counts.shown.get(status, 0) for status in FAILED])
