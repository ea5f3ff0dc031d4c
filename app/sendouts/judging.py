"""Every person and channel of an audience with its address, its duplicate and its skip reason: SQL shared by Review and the freeze.

`app.domain.audience` says the same rules in Python; a property test holds the two together.
"""

from sqlalchemy import text

from app.domain.audience import ABOUT_THE_CHANNEL
from app.extensions import db
from app.messages.capping import is_capped


def plan_for_many() -> None:
    """Have what follows in this transaction joined by hashing and sorted in memory, whatever the planner believes of the tables' sizes.

    Right after an import it takes them for empty, and compares each person with each other: 72 s for 20,000 people, not 0.1.
    """
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    db.session.execute(text("SET LOCAL work_mem = '64MB'"))


_ABOUT_THE_CHANNEL = ", ".join(f"'{reason}'" for reason in ABOUT_THE_CHANNEL)

# One row a person and channel. Of those who are not excluded and share an address, all but the first are its duplicates: the first
# by id of those who could get the message, since whose own address is bad or who never agreed to texts stands in for nobody.
# Positions are counted after everything that leaves people out, so that none is missing. Few addresses are shared: those alone are
# sorted, so that a million people are written in the order in which the chunks take them. Which they may be is found by a number
# for each, which is grouped faster than the words are; two that have it by chance are told apart again.
ADDRESSED = """
    willing AS (
        SELECT DISTINCT participant_id FROM text_consents
        WHERE :is_marketing AND organisation_id = :organisation_id AND withdrawn_at IS NULL),
    addressed AS (
        SELECT people.position, people.participant_id, people.is_excluded, c.channel,
               CASE c.channel WHEN 'email' THEN people.email_address ELSE people.phone_number END AS address,
               CASE c.channel WHEN 'email' THEN people.is_bad_email ELSE people.is_bad_number END AS is_bad,
               :is_marketing AND c.channel = 'sms' AND people.never_agreed AS is_unwilling
        FROM (SELECT p.id AS participant_id, wanted.is_excluded, p.is_bad_email, p.is_bad_number,
                     nullif(p.email_address, '') AS email_address, nullif(p.phone_number, '') AS phone_number,
                     w.participant_id IS NULL AS never_agreed, row_number() OVER (ORDER BY p.id) AS position
              FROM wanted JOIN participants p ON p.id = wanted.participant_id AND p.organisation_id = :organisation_id
                   LEFT JOIN willing w ON w.participant_id = p.id
              WHERE p.erased_at IS NULL) AS people
        CROSS JOIN unnest(CAST(:channels AS text[])) AS c(channel)),
    shared AS (
        SELECT hashtextextended(channel || lower(address), 0) AS mark FROM addressed
        WHERE :one_per_address AND NOT is_excluded AND address IS NOT NULL GROUP BY 1 HAVING count(*) > 1),
    sharers AS (
        SELECT a.channel, a.participant_id, first_value(a.participant_id) OVER (
                   PARTITION BY a.channel, lower(a.address) ORDER BY a.is_bad, a.is_unwilling, a.participant_id) AS stands_in
        FROM addressed a JOIN shared ON shared.mark = hashtextextended(a.channel || lower(a.address), 0)
        WHERE NOT a.is_excluded),
    ranked AS (
        SELECT addressed.*, nullif(sharers.stands_in, addressed.participant_id) AS duplicate_of
        FROM addressed LEFT JOIN sharers ON sharers.participant_id = addressed.participant_id AND sharers.channel = addressed.channel)"""

# `audience` has (position, participant_id, channel, address, is_bad, is_excluded, duplicate_of). Few are listed: those alone are
# grouped, and joined by hashing (`plan_for_many`).
_JUDGED = f"""
    consenting AS (
        SELECT DISTINCT participant_id FROM text_consents
        WHERE :is_marketing AND organisation_id = :organisation_id AND withdrawn_at IS NULL),
    listed AS (
        SELECT a.position, a.channel, bool_or(u.reason IN ('bad_email', 'bad_number')) AS is_known_bad,
               bool_or(u.reason = 'stop') AS is_stopped, bool_or(u.reason = 'complaint') AS has_complained,
               bool_or(u.reason IN ('bounce', 'soft_bounces')) AS has_bounced
        FROM audience a JOIN unsubscribe_entries u ON u.organisation_id = :organisation_id AND u.channel = a.channel
             AND u.address = lower(a.address) AND u.lifted_at IS NULL AND (u.scope = 'all' OR :is_marketing)
        GROUP BY 1, 2),
    judged AS (
        SELECT a.*, CASE
            WHEN a.is_excluded THEN 'excluded'
            WHEN a.address IS NULL THEN 'no_address'
            WHEN a.is_bad OR l.is_known_bad THEN 'bad_address'
            WHEN a.duplicate_of IS NOT NULL THEN 'duplicate'
            WHEN l.is_stopped THEN 'stopped'
            WHEN l.has_complained THEN 'complained'
            WHEN l.has_bounced THEN 'bounced'
            WHEN l.position IS NOT NULL THEN 'unsubscribed'
            WHEN :is_marketing AND a.channel = 'sms' AND c.participant_id IS NULL THEN 'no_consent'
            WHEN {is_capped("a")} THEN 'contact_cap'
            END AS own_reason
        FROM audience a LEFT JOIN listed l ON l.position = a.position AND l.channel = a.channel
             LEFT JOIN consenting c ON c.participant_id = a.participant_id)"""  # noqa: S608  constants of ours

# The reason of the first channel holds for its fallback too, unless it was only that this channel cannot be used.
_WITH_FALLBACK = f"""
    paired AS (
        SELECT judged.*, coalesce(channel = :fallback AND own_reason IS NULL, false) AS is_open_fallback,
               max(own_reason) FILTER (WHERE channel <> :fallback) OVER person AS first_reason,
               max(duplicate_of) FILTER (WHERE channel <> :fallback) OVER person AS first_duplicate
        FROM judged WINDOW person AS (PARTITION BY position)),
    resolved AS (
        SELECT paired.*,
               CASE WHEN is_open_fallback AND first_reason NOT IN ({_ABOUT_THE_CHANNEL})
                    THEN first_reason ELSE own_reason END AS skip_reason,
               coalesce(duplicate_of, CASE WHEN is_open_fallback THEN first_duplicate END) AS duplicate,
               is_open_fallback AND first_reason IS NULL AS waits
        FROM paired)"""  # noqa: S608  a constant of ours
_ALONE = """
    resolved AS (SELECT judged.*, own_reason AS skip_reason, duplicate_of AS duplicate, false AS waits FROM judged)"""


def judged(*, has_fallback: bool) -> str:
    """SQL from `audience` to `resolved`: who is skipped why, and who waits for the first channel to fail."""
    return f"{_JUDGED},{_WITH_FALLBACK if has_fallback else _ALONE}"
