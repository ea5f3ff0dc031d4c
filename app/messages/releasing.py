"""E-mail, else SMS (and the other way round): the second waits for the first to fail, and is released once.

In doubt waits too. Whatever proves that the first arrived, and the end of the window, closes the second as skipped.
"""

from sqlalchemy import text

from app.extensions import rows_changed

_RELEASE = text("""
    WITH due AS (
        SELECT w.id, w.sendout_id, w.organisation_id, w.channel
        FROM messages w JOIN messages f ON f.sendout_id = w.sendout_id AND f.participant_id = w.participant_id AND f.channel <> w.channel
        WHERE w.status = 'pending' AND w.fallback_until > now()
          AND f.status IN ('skipped', 'not_sent', 'bad_email', 'bad_number', 'failed', 'bounced', 'soft_bounced')
          AND f.opted_out_at IS NULL
        ORDER BY w.id LIMIT 1000 FOR UPDATE OF w SKIP LOCKED),
    numbered AS (SELECT due.*, (row_number() OVER (PARTITION BY sendout_id ORDER BY id) - 1) / CAST(:size AS int) AS batch_no FROM due),
    numbers AS MATERIALIZED (
        SELECT organisation_id, sendout_id, channel, batch_no, count(*) AS size,
               nextval(pg_get_serial_sequence('batches', 'id')) AS batch_id
        FROM numbered GROUP BY 1, 2, 3, 4),
    fresh AS (INSERT INTO batches (id, organisation_id, sendout_id, channel, message_count)
              SELECT batch_id, organisation_id, sendout_id, channel, size FROM numbers)
    UPDATE messages SET batch_id = numbers.batch_id, fallback_until = NULL
    FROM numbered JOIN numbers USING (sendout_id, channel, batch_no) WHERE messages.id = numbered.id""")

_CLOSE = text("""
    WITH done AS (
        SELECT w.id FROM messages w
        JOIN messages f ON f.sendout_id = w.sendout_id AND f.participant_id = w.participant_id AND f.channel <> w.channel
        WHERE w.status = 'pending' AND w.fallback_until IS NOT NULL AND f.status <> 'in_doubt'
          AND (f.delivered_at IS NOT NULL OR f.opted_out_at IS NOT NULL OR w.fallback_until <= now())
          AND f.status NOT IN ('bounced', 'bad_email')
        ORDER BY w.id LIMIT 1000 FOR UPDATE OF w SKIP LOCKED)
    UPDATE messages SET status = 'skipped', skip_reason = 'other_channel', fallback_until = NULL FROM done WHERE messages.id = done.id""")


def release_fallbacks(batch_size: int) -> int:
    """Release what waits for a channel that has failed, close what waits for one that arrived. Returns how many moved."""
    released = rows_changed(_RELEASE, {"size": batch_size})
    closed = rows_changed(_CLOSE)
    return released + closed
