"""Every person and channel of an audience with its address, its duplicate and its skip reason: SQL shared by Review and the freeze.

`app.domain.audience` says the same rules in Python; a property test holds the two together.
"""

from sqlalchemy import text

from app.extensions import db


def plan_for_many() -> None:
    """Have what follows in this transaction joined by hashing, whatever the planner believes of the tables' sizes.

    Right after an import it takes them for empty, and compares each person with each other: 72 s for 20,000 people, not 0.1.
    """
    db.session.execute(text("SET LOCAL enable_nestloop = off"))


# One row a person and channel. A person is a duplicate of the first (by id) who is not excluded and has the same address.
ADDRESSED = """
    addressed AS (
        SELECT people.position, people.participant_id, people.is_excluded, c.channel,
               CASE c.channel WHEN 'email' THEN p.email_address ELSE p.phone_number END AS address,
               CASE c.channel WHEN 'email' THEN p.is_bad_email ELSE p.is_bad_number END AS is_bad
        FROM (SELECT wanted.*, row_number() OVER (ORDER BY participant_id) AS position FROM wanted) AS people
        JOIN participants p ON p.id = people.participant_id AND p.organisation_id = :organisation_id
        CROSS JOIN unnest(CAST(:channels AS text[])) AS c(channel)
        WHERE p.erased_at IS NULL),
    ranked AS (
        SELECT addressed.*,
               CASE WHEN :one_per_address AND NOT is_excluded AND address IS NOT NULL THEN
                    nullif(first_value(participant_id)
                               OVER (PARTITION BY channel, is_excluded, lower(address) ORDER BY participant_id), participant_id)
               END AS duplicate_of
        FROM addressed)"""

# `audience` has (position, participant_id, channel, address, is_bad, is_excluded, duplicate_of). Windows, and no join of a
# query with itself: the planner knows nothing of their sizes and would compare every row with every other.
# The reason of the first channel holds for its fallback too, unless it was only that there is no usable address.
JUDGED = """
    consenting AS (
        SELECT DISTINCT participant_id FROM text_consents
        WHERE :is_marketing AND organisation_id = :organisation_id AND withdrawn_at IS NULL),
    suppressed AS (
        SELECT a.position, a.participant_id, a.channel, a.address, a.is_bad, a.is_excluded, a.duplicate_of,
               count(u.id) > 0 AS is_suppressed, bool_or(u.reason IN ('bad_email', 'bad_number')) AS is_known_bad,
               bool_or(u.reason = 'stop') AS is_stopped, bool_or(u.reason = 'complaint') AS has_complained,
               bool_or(u.reason IN ('bounce', 'soft_bounces')) AS has_bounced
        FROM audience a LEFT JOIN unsubscribe_entries u ON u.organisation_id = :organisation_id AND u.channel = a.channel
             AND u.address = lower(a.address) AND u.lifted_at IS NULL AND (u.scope = 'all' OR :is_marketing)
        GROUP BY 1, 2, 3, 4, 5, 6, 7),
    judged AS (
        SELECT s.*, CASE
            WHEN s.is_excluded THEN 'excluded'
            WHEN s.address IS NULL THEN 'no_address'
            WHEN s.is_bad OR s.is_known_bad THEN 'bad_address'
            WHEN s.duplicate_of IS NOT NULL THEN 'duplicate'
            WHEN s.is_stopped THEN 'stopped'
            WHEN s.has_complained THEN 'complained'
            WHEN s.has_bounced THEN 'bounced'
            WHEN s.is_suppressed THEN 'unsubscribed'
            WHEN :is_marketing AND s.channel = 'sms' AND c.participant_id IS NULL THEN 'no_consent'
            END AS own_reason
        FROM suppressed s LEFT JOIN consenting c USING (participant_id)),
    paired AS (
        SELECT judged.*, coalesce(channel = :fallback AND own_reason IS NULL, false) AS is_open_fallback,
               max(own_reason) FILTER (WHERE channel <> :fallback) OVER person AS first_reason,
               max(duplicate_of) FILTER (WHERE channel <> :fallback) OVER person AS first_duplicate
        FROM judged WINDOW person AS (PARTITION BY position)),
    resolved AS (
        SELECT paired.*,
               CASE WHEN is_open_fallback AND first_reason NOT IN ('no_address', 'bad_address', 'bounced')
                    THEN first_reason ELSE own_reason END AS skip_reason,
               coalesce(duplicate_of, CASE WHEN is_open_fallback THEN first_duplicate END) AS duplicate,
               is_open_fallback AND first_reason IS NULL AS waits
        FROM paired)"""
