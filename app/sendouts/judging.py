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

_CHANNELS = "unnest(CAST(:channels AS text[])) AS c(channel)"
_ADDRESS = "CASE c.channel WHEN 'email' THEN nullif(p.email_address, '') ELSE nullif(p.phone_number, '') END"
_IS_BAD = "CASE c.channel WHEN 'email' THEN p.is_bad_email ELSE p.is_bad_number END"

# Of those who share an address, all but the first are its duplicates: the first by id of those who could get the message, since whose
# own address is bad or who never agreed to texts stands in for nobody. Few addresses are shared: which they may be is found by a
# number for each, which is grouped faster than the words are, and those people alone are read again and sorted. Two addresses that
# have a number by chance are told apart there.
_SHARERS = f"""
    marks AS MATERIALIZED (
        SELECT p.id, hashtextextended(c.channel || lower({_ADDRESS}), 0) AS mark
        FROM {{people}} CROSS JOIN {_CHANNELS} WHERE :one_per_address AND {_ADDRESS} IS NOT NULL),
    shared AS (SELECT mark FROM marks GROUP BY mark HAVING count(*) > 1),
    willing AS (
        SELECT DISTINCT participant_id FROM text_consents
        WHERE :is_marketing AND organisation_id = :organisation_id AND withdrawn_at IS NULL),
    sharers AS (
        SELECT participant_id, channel, address, stands_in
        FROM (SELECT participant_id, channel, address, count(*) OVER (PARTITION BY channel, lower(address)) AS sharing,
                     first_value(participant_id) OVER (
                         PARTITION BY channel, lower(address) ORDER BY is_bad, is_unwilling, participant_id) AS stands_in
              FROM (SELECT p.id AS participant_id, c.channel, {_ADDRESS} AS address, {_IS_BAD} AS is_bad,
                           :is_marketing AND c.channel = 'sms' AND w.participant_id IS NULL AS is_unwilling
                    FROM participants p CROSS JOIN {_CHANNELS} LEFT JOIN willing w ON w.participant_id = p.id
                    WHERE p.id = ANY(ARRAY(SELECT marks.id FROM marks JOIN shared USING (mark)))) AS candidates
              WHERE address IS NOT NULL) AS alike
        WHERE sharing > 1)"""  # noqa: S608  constants of ours
_AUDIENCE = f"""
    audience AS MATERIALIZED (
        SELECT p.id AS participant_id, c.channel, coalesce(s.address, {_ADDRESS}) AS address, {_IS_BAD} AS is_bad, is_excluded,
               nullif(s.stands_in, p.id) AS duplicate_of
        FROM {{people}} CROSS JOIN {_CHANNELS} LEFT JOIN sharers s ON s.participant_id = p.id AND s.channel = c.channel)"""  # noqa: S608


def sharers(people: str) -> str:
    """SQL up to `sharers`, who of `people`, as `p`, share an address: participant_id, channel, address, stands_in (who gets it for all)."""
    return _SHARERS.format(people=people)


def audience(people: str) -> str:
    """SQL from `sharers` to `audience`: a row for each of `people`, as `p` with `is_excluded`, and channel."""
    return _AUDIENCE.format(people=people)


# `audience` has (participant_id, channel, address, is_bad, is_excluded, duplicate_of). Few are listed: those alone are grouped, and
# joined by hashing (`plan_for_many`).
_JUDGED = f"""
    consenting AS (
        SELECT DISTINCT participant_id FROM text_consents
        WHERE :is_marketing AND organisation_id = :organisation_id AND withdrawn_at IS NULL),
    listed AS (
        SELECT a.participant_id, a.channel, bool_or(u.reason IN ('bad_email', 'bad_number')) AS is_known_bad,
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
            WHEN l.participant_id IS NOT NULL THEN 'unsubscribed'
            WHEN :is_marketing AND a.channel = 'sms' AND c.participant_id IS NULL THEN 'no_consent'
            WHEN {is_capped("a")} THEN 'contact_cap'
            END AS own_reason
        FROM audience a LEFT JOIN listed l ON l.participant_id = a.participant_id AND l.channel = a.channel
             LEFT JOIN consenting c ON c.participant_id = a.participant_id)"""  # noqa: S608  constants of ours

# The reason of the first channel holds for its fallback too, unless it was only that this channel cannot be used.
_WITH_FALLBACK = f"""
    paired AS (
        SELECT judged.*, coalesce(channel = :fallback AND own_reason IS NULL, false) AS is_open_fallback,
               max(own_reason) FILTER (WHERE channel <> :fallback) OVER person AS first_reason,
               max(duplicate_of) FILTER (WHERE channel <> :fallback) OVER person AS first_duplicate
        FROM judged WINDOW person AS (PARTITION BY participant_id)),
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
