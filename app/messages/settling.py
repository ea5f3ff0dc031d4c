"""What becomes of a hand-over whose outcome is unknown: in doubt, settled from evidence, never guessed.

An expired lease means in doubt, never pending. Any event of the provider's proves acceptance by itself (app.messages.events);
here is the other half: when it is safe to say that a message was not accepted, and may go again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.domain.channels import Channel
from app.extensions import db, rows_changed

LATER_SENDS = 20  # so many later messages must have their own Send event before silence about an earlier one means anything


@dataclass(frozen=True, slots=True)
class DoubtfulText:
    """A text in doubt: what to look for in the provider's own list."""

    message_id: int
    batch_id: int
    sendout_id: int
    address: str
    claimed_at: datetime
    looked_at: datetime | None


_EXPIRE = text("""
    WITH expired AS (
        UPDATE batches SET state = 'done', lease_until = NULL
        WHERE id IN (SELECT id FROM batches WHERE state = 'open' AND lease_until < now() ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
        RETURNING id),
    locked AS (SELECT m.id FROM messages m JOIN expired ON m.batch_id = expired.id WHERE m.status = 'pending' ORDER BY m.id FOR UPDATE OF m)
    UPDATE messages SET status = 'in_doubt', error_words = 'the program that was sending it stopped before the answer was written down'
    FROM locked WHERE messages.id = locked.id""")

# Every receipt that was stored before the window ran out has had its effect, and none is parked for a message unknown.
_RECEIPTS_CLEAR = text("""
    SELECT NOT EXISTS (SELECT FROM callback_receipts WHERE applied_at IS NULL AND kind = 'ses' AND received_at < now())""")

_SETTLED_EMAIL = text("""
    SELECT m.batch_id, m.sendout_id, b.organisation_id, b.attempt, array_agg(m.id ORDER BY m.id) AS ids
    FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
    WHERE m.status = 'in_doubt' AND m.channel = 'email' AND b.state = 'done' AND b.claimed_at < now() - make_interval(secs => :window)
      AND s.state IN ('running', 'cancelled')
      AND (SELECT count(*) FROM (
              SELECT FROM message_events e WHERE e.channel = 'email' AND e.status = 'sent' AND e.occurred_at > b.claimed_at LIMIT :later
          ) AS later) >= :later
      AND NOT EXISTS (SELECT FROM server_troubles t WHERE t.happened_at > b.claimed_at)
    GROUP BY 1, 2, 3, 4 LIMIT 200""")

_SEND_AGAIN = text("""
    WITH locked AS (
        SELECT m.id FROM messages m WHERE m.id = ANY(CAST(:ids AS bigint[])) AND m.status = 'in_doubt' ORDER BY m.id FOR UPDATE),
    fresh AS (INSERT INTO batches (organisation_id, sendout_id, channel, attempt, message_count)
              SELECT :organisation_id, :sendout_id, :channel, :attempt, count(*) FROM locked HAVING count(*) > 0 RETURNING id)
    UPDATE messages SET status = 'pending', batch_id = fresh.id, error_words = NULL FROM locked, fresh WHERE messages.id = locked.id""")

_DOUBTFUL_TEXTS = text("""
    SELECT m.id, m.batch_id, m.sendout_id, m.address, b.claimed_at, b.looked_at
    FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
    WHERE m.status = 'in_doubt' AND m.channel = 'sms' AND b.state = 'done' AND s.state IN ('running', 'cancelled')
      AND greatest(b.claimed_at + make_interval(secs => :window), b.looked_at + make_interval(secs => :pause)) < now()
    ORDER BY m.id LIMIT 200""")


def expire_leases() -> int:
    """Put the pending messages of batches whose worker is gone in doubt. Returns how many; the caller commits."""
    return rows_changed(_EXPIRE)


def settle_emails(window_seconds: int) -> int:
    """Send again those e-mails in doubt of which it is certain enough that SES never took them (policy `resend`).

    All must hold: the window has passed, every receipt is applied and none unmatched, later messages have their Send
    events, and we turned no callback away in between. Returns how many go again.
    """
    if not db.session.execute(_RECEIPTS_CLEAR).scalar_one():
        return 0
    batches = db.session.execute(_SETTLED_EMAIL, {"window": window_seconds, "later": LATER_SENDS}).all()
    return sum(send_again(row.batch_id, row.ids, Channel.EMAIL) for row in batches)


def send_again(batch_id: int, message_ids: Sequence[int], channel: Channel) -> int:
    """Put messages in doubt back to pending in a batch of their own, whose attempts count on. Returns how many still were in doubt."""
    old = db.session.execute(text("SELECT organisation_id, sendout_id, attempt FROM batches WHERE id = :id"), {"id": batch_id}).one()
    again = {
        "ids": list(message_ids),
        "organisation_id": old.organisation_id,
        "sendout_id": old.sendout_id,
        "channel": channel,
        "attempt": old.attempt,
    }
    return rows_changed(_SEND_AGAIN, again)


def doubtful_texts(window_seconds: int, pause_seconds: float) -> list[DoubtfulText]:
    """The texts in doubt whose turn it is to be looked for at the provider."""
    rows = db.session.execute(_DOUBTFUL_TEXTS, {"window": window_seconds, "pause": pause_seconds})
    return [DoubtfulText(*row) for row in rows]


def bind_text(message_id: int, provider_ref: str) -> bool:
    """Note that the provider did take a text in doubt. False when another message has that reference already."""
    bound = rows_changed(
        text("""UPDATE messages SET status = CASE WHEN delivery_rung(status) = 0 THEN 'sent' ELSE status END, provider_ref = :ref,
                       accepted_at = coalesce(accepted_at, now()), error_words = NULL
                WHERE id = :id AND provider_ref IS NULL AND NOT EXISTS (SELECT FROM messages o WHERE o.provider_ref = :ref)"""),
        {"id": message_id, "ref": provider_ref},
    )
    return bound == 1


def note_look(batch_ids: Sequence[int]) -> None:
    """Remember that the texts of these batches were looked for and not all found."""
    db.session.execute(text("UPDATE batches SET looked_at = now() WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": list(batch_ids)})
