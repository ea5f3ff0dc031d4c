"""Who got a send-out, and who may have: as SQL, for what follows when it was stopped midway."""

from app.domain.shown import ARRIVED, ShownStatus

# What was handed over and has not failed since: some servers never confirm more than that they took it.
_GOT = ", ".join(f"'{status}'" for status in sorted(ARRIVED | {ShownStatus.SENT, ShownStatus.DELAYED}))

# One row a person. Not certain is who has nothing better than a message in doubt or one that a worker has in its hands. Whoever
# shares an address got what the one got who stands for both.
WHO_GOT = f"""
    SELECT participant_id, bool_or(shown IN ({_GOT})) AS is_certain
    FROM (SELECT m.participant_id, coalesce(o.shown_status, m.shown_status) AS shown, b.id IS NOT NULL AS is_in_hand
          FROM messages m
          LEFT JOIN messages o ON m.skip_reason = 'duplicate' AND o.sendout_id = m.sendout_id AND o.channel = m.channel
               AND o.participant_id = m.duplicate_of
          LEFT JOIN batches b ON b.id = coalesce(o.batch_id, m.batch_id) AND b.state = 'open'
          WHERE m.sendout_id = ANY(CAST(:gone_out AS bigint[])) AND m.organisation_id = :organisation_id) AS standing
    WHERE shown IN ({_GOT}, 'in_doubt') OR (shown = 'pending' AND is_in_hand)
    GROUP BY participant_id"""  # noqa: S608  our own SQL
