"""How an organisation's newest e-mails were taken: hard bounces and complaints, from the counts of its last send-outs."""

from sqlalchemy import text

from app.domain.reputation import REPRESENTATIVE, Reputation
from app.extensions import db

_NEWEST = text("""
    WITH recent AS (
        SELECT id FROM sendouts WHERE organisation_id = :organisation_id AND first_accepted_at IS NOT NULL ORDER BY id DESC LIMIT 300),
    counted AS (
        SELECT sendout_id, counter, amount FROM sendout_counts WHERE channel = 'email' AND sendout_id IN (SELECT id FROM recent)
        UNION ALL
        SELECT sendout_id, counter, amount FROM sendout_count_deltas WHERE channel = 'email' AND sendout_id IN (SELECT id FROM recent))
    SELECT coalesce(sum(amount) FILTER (WHERE counter = 'fact:accepted'), 0)::bigint AS accepted,
           coalesce(sum(amount) FILTER (WHERE counter = 'shown:bounced'), 0)::bigint AS bounced,
           coalesce(sum(amount) FILTER (WHERE counter = 'shown:complaint'), 0)::bigint AS complained
    FROM counted GROUP BY sendout_id ORDER BY sendout_id DESC""")


def reputation_of(organisation_id: int) -> Reputation:
    """Over its newest send-outs, as many as make a representative volume of accepted e-mails."""
    accepted = bounced = complained = 0
    for row in db.session.execute(_NEWEST, {"organisation_id": organisation_id}):
        accepted, bounced, complained = accepted + row.accepted, bounced + row.bounced, complained + row.complained
        if accepted >= REPRESENTATIVE:
            break
    return Reputation(accepted, bounced, complained)
