"""What becomes of a hand-over whose outcome is unknown: in doubt, settled from evidence, never guessed.

An expired lease means in doubt, never pending. Any event of the provider's proves acceptance by itself (app.messages.events);
here is the other half: when it is safe to say that a message was not accepted, and may go again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.doubt import LATER_SENDS, RETRY_PAUSE_SHARE, late_seconds, listening_seconds, longest_silence
from app.extensions import db, rows_changed

NEWEST_SENDS = 500  # among which these are looked for
NEWEST_HEARD = 5_000  # among which one that came late is looked for
APPLYING_SECONDS = 2  # a receipt is applied sooner than that, or there is a backlog to be waited for


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
        WHERE id IN (SELECT id FROM batches
                     WHERE state = 'open' AND (lease_until < now() OR slot = CAST(:slot AS text))
                     ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
        RETURNING id),
    locked AS (SELECT m.id FROM messages m JOIN expired ON m.batch_id = expired.id WHERE m.status = 'pending' ORDER BY m.id FOR UPDATE OF m)
    UPDATE messages SET status = 'in_doubt', error_words = 'the program that was sending it stopped before the answer was written down'
    FROM locked WHERE messages.id = locked.id""")

# Callbacks of SES's events that we answered with 5xx since a hand-over and that have not come again: they may be about it. One whose
# key could not be read (null) never counts as come again.
OPEN_TROUBLES = """
    FROM server_troubles t WHERE t.kind = 'ses' AND t.happened_at > {since}
    AND NOT EXISTS (SELECT FROM callback_receipts c WHERE c.kind = t.kind AND c.receipt_key = t.receipt_key)"""

# When one came is the web process's word; until it is first tried, PostgreSQL's own stands beside it, and no wrong clock moves that.
WAITING_RECEIPTS = """
    FROM callback_receipts r, LATERAL (SELECT CASE WHEN r.tries = 0 THEN r.due_at ELSE r.received_at END AS came_at) AS receipt
    WHERE r.applied_at IS NULL AND r.kind = 'ses' AND r.due_at < '9000-01-01'
      AND receipt.came_at >= {since} AND receipt.came_at < now() - make_interval(secs => :applying)"""

# While the whole web is away SNS keeps what it has for us. So it must be there, and long enough for all of that to have come; what
# SNS gave up meanwhile never comes.
_WEB_WAS_THERE = """
    FROM heartbeats w
    WHERE w.name = 'web' AND w.seen_at > now() - make_interval(secs => :silence) AND w.up_since < now() - make_interval(secs => :listening)
      AND (w.missed_until IS NULL OR w.missed_until <= b.claimed_at)"""

# Receipts that came before the hand-over cannot be about it; those of the last moments are on their way to being applied,
# and while a large send-out runs there are always some; those put off for good (due in the year 9000) are foreign or
# unreadable. Of events the newest are looked at: ten million may lie before them. Those of the last moments prove nothing yet: after
# an outage of ours SNS brings what it kept for us one by one, each up to a pause later than the first.
NEWEST_EVENTS = """
    SELECT occurred_at FROM message_events
    WHERE channel = 'email' AND status = 'sent' AND received_at < now() - make_interval(secs => :heard_of)
    ORDER BY id DESC LIMIT :newest"""

# As long as what SNS kept for us is still coming in, silence means nothing, however long we have been there to hear. When an event was
# put down is by PostgreSQL's clock.
LATE_NEWS = """
    SELECT max(received_at)
    FROM (SELECT received_at, occurred_at FROM message_events
          WHERE channel = 'email' AND status = 'sent' ORDER BY id DESC LIMIT :heard) AS heard
    WHERE received_at > now() - make_interval(secs => :late) AND received_at > occurred_at + make_interval(secs => :late)"""
_SETTLED_EMAIL = text(f"""
    WITH newest AS ({NEWEST_EVENTS}),
    settled AS MATERIALIZED (
        SELECT DISTINCT b.id
        FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
        WHERE m.status = 'in_doubt' AND m.channel = 'email' AND b.state = 'done' AND b.doubt_left_at IS NULL
          AND s.state IN ('running', 'cancelled')
          AND b.claimed_at < now() - make_interval(secs => :window)
          AND b.claimed_at < (SELECT occurred_at FROM newest ORDER BY occurred_at DESC OFFSET :later - 1 LIMIT 1)
          AND ({LATE_NEWS}) IS NULL
          AND EXISTS (SELECT {_WEB_WAS_THERE})
          AND NOT EXISTS (SELECT {WAITING_RECEIPTS.format(since="b.claimed_at")})
          AND NOT EXISTS (SELECT {OPEN_TROUBLES.format(since="b.claimed_at")})
        ORDER BY b.id LIMIT 200)
    SELECT m.batch_id, array_agg(m.id ORDER BY m.id) AS ids
    FROM settled JOIN messages m ON m.batch_id = settled.id WHERE m.status = 'in_doubt'
    GROUP BY 1 ORDER BY 1""")  # noqa: S608  constants of ours

_SEND_AGAIN = text("""
    WITH locked AS (
        SELECT m.id FROM messages m WHERE m.id = ANY(CAST(:ids AS bigint[])) AND m.status = 'in_doubt' ORDER BY m.id FOR UPDATE),
    fresh AS (INSERT INTO batches (organisation_id, sendout_id, channel, attempt, message_count)
              SELECT :organisation_id, :sendout_id, :channel, :attempt, count(*) FROM locked HAVING count(*) > 0 RETURNING id)
    UPDATE messages SET status = 'pending', batch_id = fresh.id, error_words = NULL FROM locked, fresh WHERE messages.id = locked.id""")

# Whole batches only: `looked_at` is the batch's, and must be true of each of its texts.
_DOUBTFUL_TEXTS = text("""
    WITH due AS (
        SELECT DISTINCT b.id, b.claimed_at, b.looked_at
        FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
        WHERE m.status = 'in_doubt' AND m.channel = 'sms' AND m.address IS NOT NULL AND b.state = 'done' AND b.doubt_left_at IS NULL
          AND s.state IN ('running', 'cancelled')
          AND greatest(b.claimed_at + make_interval(secs => :window), b.looked_at + make_interval(secs => :pause)) < now()
        ORDER BY b.id LIMIT 10)
    SELECT m.id, m.batch_id, m.sendout_id, m.address, due.claimed_at, due.looked_at
    FROM due JOIN messages m ON m.batch_id = due.id WHERE m.status = 'in_doubt' AND m.address IS NOT NULL
    ORDER BY m.batch_id, m.id""")


def expire_leases() -> int:
    """Put the pending messages of batches whose lease ran out in doubt. Returns how many; the caller commits."""
    return rows_changed(_EXPIRE, {"slot": None})


def expire_slot(slot: str) -> int:
    """Put in doubt what the slot's last holder left open. Only for whoever holds the slot's lock, since then that holder is dead."""
    return rows_changed(_EXPIRE, {"slot": slot})


def slots_in_use() -> list[str]:
    """The slots that have open batches, in living hands or dead ones."""
    return list(db.session.scalars(text("SELECT DISTINCT slot FROM batches WHERE state = 'open' AND slot IS NOT NULL ORDER BY slot")))


def settle_emails(window_seconds: int) -> int:
    """Send again those e-mails in doubt of which it is certain enough that SES never took them (policy `resend`).

    All must hold: the window has passed, every receipt since the hand-over is applied and none unmatched, later messages
    have their Send events, none of which comes late, the web has been there long enough to be told, and no callback that we
    turned away in between is still to come. Returns how many go again.
    """
    asked = {"window": window_seconds, "later": LATER_SENDS, "applying": APPLYING_SECONDS}
    batches = db.session.execute(_SETTLED_EMAIL, asked | newest_sends(window_seconds) | web_times(window_seconds)).all()
    return sum(send_again(row.batch_id, row.ids, Channel.EMAIL) for row in batches)


def newest_sends(window_seconds: int) -> dict[str, float]:
    """What NEWEST_EVENTS and LATE_NEWS are asked with."""
    heard_of = {"newest": NEWEST_SENDS, "heard_of": window_seconds * RETRY_PAUSE_SHARE}
    return heard_of | {"heard": NEWEST_HEARD, "late": late_seconds(window_seconds)}


def web_times(window_seconds: int) -> dict[str, float]:
    """By what it is judged whether the web was there."""
    return {"silence": longest_silence(window_seconds), "listening": listening_seconds(window_seconds)}


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


def refs_of_others(refs: Sequence[str], message_id: int) -> set[str]:
    """Which of these references belong to another message, or to a text to the team: forwarded, announced, a STOP confirmed."""
    asked = text("""
        SELECT provider_ref FROM messages WHERE provider_ref = ANY(CAST(:refs AS text[])) AND id <> :id
        UNION ALL SELECT provider_ref FROM reply_tasks WHERE provider_ref = ANY(CAST(:refs AS text[]))""")
    return set(db.session.scalars(asked, {"refs": list(refs), "id": message_id}))


def bind_text(message_id: int, provider_ref: str) -> bool:
    """Note that the provider did take a text in doubt. False when another message has that reference already, or may be about to.

    Which reference a text to that number has that is just being handed over is not known yet.
    """
    bound = rows_changed(
        text("""UPDATE messages SET status = CASE WHEN delivery_rung(status) = 0 THEN 'sent' ELSE status END, provider_ref = :ref,
                       accepted_at = coalesce(accepted_at, now()), error_words = NULL
                WHERE id = :id AND provider_ref IS NULL AND NOT EXISTS (SELECT FROM messages o WHERE o.provider_ref = :ref)
                  AND NOT EXISTS (SELECT FROM batches b JOIN messages o ON o.batch_id = b.id AND o.status = 'pending'
                                  WHERE b.state = 'open' AND b.channel = 'sms' AND o.address = messages.address)"""),
        {"id": message_id, "ref": provider_ref},
    )
    return bound == 1


def note_look(batch_ids: Sequence[int]) -> None:
    """Remember that the texts of these batches were looked for and not all found."""
    db.session.execute(text("UPDATE batches SET looked_at = now() WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": list(batch_ids)})
