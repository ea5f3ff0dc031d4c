"""Every person and channel of an audience with its address, its duplicate and its skip reason: SQL shared by Review and the freeze.

`app.domain.audience` says the same rules in Python; a property test holds the two together.
"""

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

# `audience` has (position, participant_id, channel, address, is_bad, is_excluded, duplicate_of).
JUDGED = """
    suppressed AS (
        SELECT a.position, a.channel,
               bool_or(u.reason IN ('bad_email', 'bad_number')) AS is_bad, bool_or(u.reason = 'stop') AS is_stopped,
               bool_or(u.reason = 'complaint') AS has_complained, bool_or(u.reason IN ('bounce', 'soft_bounces')) AS has_bounced
        FROM audience a JOIN unsubscribe_entries u ON u.organisation_id = :organisation_id AND u.channel = a.channel
             AND u.address = lower(a.address) AND u.lifted_at IS NULL AND (u.scope = 'all' OR :is_marketing)
        GROUP BY 1, 2),
    judged AS (
        SELECT a.*, CASE
            WHEN a.is_excluded THEN 'excluded'
            WHEN a.address IS NULL THEN 'no_address'
            WHEN a.is_bad OR s.is_bad THEN 'bad_address'
            WHEN a.duplicate_of IS NOT NULL THEN 'duplicate'
            WHEN s.is_stopped THEN 'stopped'
            WHEN s.has_complained THEN 'complained'
            WHEN s.has_bounced THEN 'bounced'
            WHEN s.position IS NOT NULL THEN 'unsubscribed'
            WHEN :is_marketing AND a.channel = 'sms' AND NOT EXISTS (
                SELECT FROM text_consents t WHERE t.participant_id = a.participant_id AND t.withdrawn_at IS NULL) THEN 'no_consent'
            END AS own_reason
        FROM audience a LEFT JOIN suppressed s USING (position, channel)),
    resolved AS (
        SELECT j.*,
               CASE WHEN j.own_reason IS NULL AND j.channel = :fallback AND f.own_reason NOT IN ('no_address', 'bad_address', 'bounced')
                    THEN f.own_reason ELSE j.own_reason END AS skip_reason,
               coalesce(j.duplicate_of, CASE WHEN j.channel = :fallback AND j.own_reason IS NULL THEN f.duplicate_of END) AS duplicate,
               coalesce(j.channel = :fallback AND j.own_reason IS NULL AND f.own_reason IS NULL, false) AS waits
        FROM judged j LEFT JOIN judged f ON f.position = j.position AND f.channel <> j.channel)"""
