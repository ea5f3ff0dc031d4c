"""Follow-up in two statements over any number of messages, given as `ids`: what actions do, and where messages stand after it."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

# Who answers has read it, and who confirms or follows a link has opened it.
FIRE = text("""
    WITH due AS (
        SELECT m.organisation_id, m.id AS message_id, a.id AS action_id, a.status_id, CASE a.happening
            WHEN 'opened' THEN least(m.opened_at, m.clicked_at, m.acknowledged_at, m.responded_at)
            WHEN 'acknowledged' THEN least(m.acknowledged_at, m.responded_at)
            ELSE m.responded_at END AS at
        FROM messages m
        JOIN organisations o ON o.id = m.organisation_id AND o.has_follow_up
        JOIN message_actions a ON a.organisation_id = m.organisation_id
        WHERE m.id = ANY(:ids) AND (a.address = lower(m.address) OR a.sendout_id = m.sendout_id OR EXISTS (
            SELECT FROM sendout_lists s JOIN list_memberships l ON l.list_id = s.list_id AND l.participant_id = m.participant_id
            WHERE s.sendout_id = m.sendout_id AND s.list_id = a.list_id AND NOT s.is_excluded))
    ), withdrawn AS (
        DELETE FROM follow_up_entries e USING due
        WHERE due.at IS NULL AND e.message_id = due.message_id AND e.action_id = due.action_id RETURNING e.message_id
    ), fired AS (
        INSERT INTO follow_up_entries (organisation_id, message_id, action_id, status_id, at)
        SELECT organisation_id, message_id, action_id, status_id, at FROM due WHERE at IS NOT NULL ORDER BY message_id, action_id
        ON CONFLICT (message_id, action_id) WHERE action_id IS NOT NULL DO UPDATE SET at = EXCLUDED.at
            WHERE follow_up_entries.at <> EXCLUDED.at
        RETURNING message_id
    )
    SELECT message_id FROM withdrawn UNION SELECT message_id FROM fired""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

SET_STANDING = text("""
    WITH chosen AS (
        SELECT DISTINCT ON (message_id) message_id, id, status_id, at FROM follow_up_entries
        WHERE message_id = ANY(:ids) AND status_id IS NOT NULL AND action_id IS NULL ORDER BY message_id, id DESC
    ), offered AS (
        SELECT message_id, status_id, at FROM chosen
        UNION ALL
        SELECT e.message_id, e.status_id, e.at FROM follow_up_entries e LEFT JOIN chosen c USING (message_id)
        WHERE e.message_id = ANY(:ids) AND e.action_id IS NOT NULL AND e.id > coalesce(c.id, 0)
    ), gone AS (
        DELETE FROM follow_ups WHERE message_id = ANY(:ids) AND message_id NOT IN (SELECT message_id FROM offered)
    )
    INSERT INTO follow_ups (message_id, organisation_id, status_id, since)
    SELECT DISTINCT ON (o.message_id) o.message_id, s.organisation_id, o.status_id, o.at
    FROM offered o JOIN follow_up_statuses s ON s.id = o.status_id
    ORDER BY o.message_id, s.position DESC, s.id DESC, o.at
    ON CONFLICT (message_id) DO UPDATE SET status_id = EXCLUDED.status_id, since = EXCLUDED.since""").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)
