"""Whom a resend is for, as SQL over the whole chain of resends that hang under one send-out. Each is (participant_id, is_excluded)."""

from app.domain.resends import SILENT_SKIPS, UNREACHED, UNREACHED_SKIPS

_OF_CHAIN = "(c.id = :root_id OR c.root_id = :root_id) AND c.organisation_id = :organisation_id"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


# Who answered by text has read it, however the e-mail stands; who has a text on its way, in doubt or refused gets no other one.
ANSWERED_BY_TEXT = ("responded", "acknowledged", "wrote_back", "clicked", "opened")
_SILENT_TEXT = f"""m.channel = 'sms' AND m.shown_status NOT IN ({_listed(ANSWERED_BY_TEXT)})
            AND (NOT :by_text OR m.shown_status NOT IN ('pending', 'in_doubt', 'not_sent'))"""

# Somebody of the resent send-out's whole chain, best sign first: nobody who opened, clicked, answered, opted out or
# bounced since is written to again, nor anybody whose message did not go or is in doubt. A resend that was cancelled was none.
_WITHOUT_A_SIGN = f"""
    FROM messages m JOIN sendouts c ON c.id = m.sendout_id
    WHERE {_OF_CHAIN} AND (m.status NOT IN ('skipped', 'cancelled') OR m.skip_reason = 'stopped')
    GROUP BY m.participant_id
    HAVING bool_or(m.channel = 'email')
       AND bool_and(m.shown_status IN ('delivered', 'sent') OR ({_SILENT_TEXT}))"""
_IS_UNSURE = "bool_or(m.channel = 'email' AND (m.machine_opened_at IS NOT NULL OR m.machine_clicked_at IS NOT NULL))"
NOT_OPENED = f"""
    SELECT m.participant_id, false AS is_excluded {_WITHOUT_A_SIGN}
       AND ((:no_sign AND NOT {_IS_UNSURE}) OR (:cannot_tell AND {_IS_UNSURE}))"""

# How many these are: without any sign, and where only a machine fetched it.
NOT_OPENED_OF_CHAIN = f"""
    SELECT count(*) FILTER (WHERE NOT is_unsure) AS no_sign, count(*) FILTER (WHERE is_unsure) AS cannot_tell
    FROM (SELECT {_IS_UNSURE} AS is_unsure {_WITHOUT_A_SIGN}) AS waiting"""  # noqa: S608  our own SQL

# Somebody who got it, and lacks what was asked: an answer where there is a question, a confirmation where one is wanted. Whoever
# opted out, complained, or is in doubt or was refused anywhere in the chain is left out.
NOT_ANSWERED = f"""
    SELECT m.participant_id, false AS is_excluded
    FROM messages m JOIN sendouts c ON c.id = m.sendout_id
    WHERE {_OF_CHAIN} AND (m.status NOT IN ('skipped', 'cancelled') OR m.skip_reason = 'stopped')
    GROUP BY m.participant_id
    HAVING bool_or(m.shown_status IN ('delivered', 'sent', 'opened', 'clicked', 'wrote_back', 'acknowledged', 'responded'))
       AND NOT bool_or(m.shown_status IN ('pending', 'in_doubt', 'not_sent', 'stopped', 'unsubscribed', 'complaint', 'skipped'))
       AND ((:has_question AND bool_and(m.responded_at IS NULL))
            OR (:asks_confirmation AND bool_and(m.acknowledged_at IS NULL)))"""  # noqa: S608  our own SQL

# Somebody to whom nothing of the chain got through, and of whom nothing else is known: no word of theirs, nothing on its way, in
# doubt or refused. Whoever shares an address stands where the one stands who was to get it for both. Those to whom something
# failed come first, by index: they are few, and only their rows are put together.
NOT_REACHED = f"""
    WITH chain AS (SELECT c.id FROM sendouts c WHERE {_OF_CHAIN}),
    touched AS MATERIALIZED (
        SELECT DISTINCT m.participant_id FROM chain JOIN messages m ON m.sendout_id = chain.id
        WHERE m.channel IN ('email', 'sms') AND m.shown_status IN ({_listed(UNREACHED)}, 'skipped')),
    standing AS (
        SELECT m.participant_id, coalesce(o.shown_status, m.shown_status) AS shown, coalesce(o.skip_reason, m.skip_reason) AS reason
        FROM chain JOIN messages m ON m.sendout_id = chain.id JOIN touched USING (participant_id)
        LEFT JOIN messages o ON m.skip_reason = 'duplicate' AND o.sendout_id = m.sendout_id AND o.channel = m.channel
             AND o.participant_id = m.duplicate_of),
    told AS (
        SELECT participant_id,
               shown IN ({_listed(UNREACHED)}) OR (shown = 'skipped' AND reason IN ({_listed(UNREACHED_SKIPS)})) AS is_unreached,
               shown = 'cancelled' OR (shown = 'skipped' AND reason IN ({_listed(SILENT_SKIPS)})) AS is_silent
        FROM standing)
    SELECT participant_id, false AS is_excluded FROM told
    GROUP BY participant_id HAVING bool_or(is_unreached) AND bool_and(is_unreached OR is_silent)"""  # noqa: S608  our own SQL

# Whom another resend of the chain takes up at the same time: it is being resolved, or was after this one was started. Once that is
# over, whoever asks for one more resend means it.
NOT_TAKEN = """
    WITH asked AS ({asked}),
    siblings AS (
        SELECT c.id, c.state FROM sendouts c
        WHERE (c.id = :root_id OR c.root_id = :root_id) AND c.organisation_id = :organisation_id AND c.id NOT IN (:root_id, :resend_id)
          AND c.audience_count IS NOT NULL AND (c.frozen_at IS NULL OR c.frozen_at >= :started_at)),
    taken AS MATERIALIZED (
        SELECT unnest(a.participant_ids || a.excluded_ids) AS participant_id FROM siblings c JOIN audience_chunks a ON a.sendout_id = c.id
        WHERE c.state <> 'cancelled'
        UNION ALL
        SELECT o.participant_id FROM siblings c JOIN messages o ON o.sendout_id = c.id AND o.status NOT IN ('skipped', 'cancelled'))
    SELECT asked.participant_id, asked.is_excluded FROM asked
    WHERE NOT EXISTS (SELECT FROM taken WHERE taken.participant_id = asked.participant_id)"""
