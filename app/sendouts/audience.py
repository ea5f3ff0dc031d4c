"""Who is in a send-out's audience: lists and people included, less those excluded, or the people that a resend is for.

One definition, as SQL that gives `wanted(participant_id, is_excluded)`; a draft counts it, the start freezes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.models import Sendout

# Somebody of the resent send-out's whole chain, best sign first: nobody who opened, clicked, answered, opted out or
# bounced since is written to again, nor anybody whose message did not go or is in doubt. A resend that was cancelled was none.
_WITHOUT_A_SIGN = """
    FROM messages m JOIN sendouts c ON c.id = m.sendout_id
    WHERE (c.id = :root_id OR c.root_id = :root_id) AND c.organisation_id = :organisation_id AND m.channel = :channel
      AND (m.status NOT IN ('skipped', 'cancelled') OR m.skip_reason = 'stopped')
    GROUP BY m.participant_id
    HAVING bool_and(m.shown_status IN ('delivered', 'sent'))"""
_IS_UNSURE = "bool_or(m.machine_opened_at IS NOT NULL OR m.machine_clicked_at IS NOT NULL)"
_NOT_OPENED = f"""
    SELECT m.participant_id, false AS is_excluded {_WITHOUT_A_SIGN}
       AND ((:no_sign AND NOT {_IS_UNSURE}) OR (:cannot_tell AND {_IS_UNSURE}))"""

# How many these are: without any sign, and where only a machine fetched it.
NOT_OPENED_OF_CHAIN = f"""
    SELECT count(*) FILTER (WHERE NOT is_unsure) AS no_sign, count(*) FILTER (WHERE is_unsure) AS cannot_tell
    FROM (SELECT {_IS_UNSURE} AS is_unsure {_WITHOUT_A_SIGN}) AS waiting"""  # noqa: S608  our own SQL

# Somebody who got it, and lacks what was asked: an answer where there is a question, a confirmation where one is wanted. Whoever
# opted out, complained, or is in doubt or was refused anywhere in the chain is left out.
_NOT_ANSWERED = """
    SELECT m.participant_id, false AS is_excluded
    FROM messages m JOIN sendouts c ON c.id = m.sendout_id
    WHERE (c.id = :root_id OR c.root_id = :root_id) AND c.organisation_id = :organisation_id
      AND (m.status NOT IN ('skipped', 'cancelled') OR m.skip_reason = 'stopped')
    GROUP BY m.participant_id
    HAVING bool_or(m.shown_status IN ('delivered', 'sent', 'opened', 'clicked', 'wrote_back', 'acknowledged', 'responded'))
       AND NOT bool_or(m.shown_status IN ('pending', 'in_doubt', 'not_sent', 'stopped', 'unsubscribed', 'complaint', 'skipped'))
       AND ((:has_question AND bool_and(m.responded_at IS NULL)) OR (:asks_confirmation AND bool_and(m.acknowledged_at IS NULL)))"""

# Whom another resend of the chain takes up at the same time: it is being resolved, or was after this one was started. Once that is
# over, whoever asks for one more resend means it.
_NOT_TAKEN = """
    WITH asked AS ({asked}),
    siblings AS (
        SELECT c.id FROM sendouts c
        WHERE (c.id = :root_id OR c.root_id = :root_id) AND c.organisation_id = :organisation_id AND c.id NOT IN (:root_id, :resend_id)
          AND c.audience_count IS NOT NULL AND (c.frozen_at IS NULL OR c.frozen_at >= :started_at)),
    taken AS MATERIALIZED (
        SELECT a.participant_id FROM siblings c JOIN audience_rows a ON a.sendout_id = c.id
        UNION ALL
        SELECT o.participant_id FROM siblings c JOIN messages o ON o.sendout_id = c.id AND o.status NOT IN ('skipped', 'cancelled'))
    SELECT asked.participant_id, asked.is_excluded FROM asked
    WHERE NOT EXISTS (SELECT FROM taken WHERE taken.participant_id = asked.participant_id)"""

_COMPOSED = """
    SELECT participant_id, bool_or(is_excluded) AS is_excluded FROM (
        SELECT lm.participant_id, sl.is_excluded FROM sendout_lists sl JOIN list_memberships lm ON lm.list_id = sl.list_id
        WHERE sl.sendout_id = :sendout_id
        UNION ALL
        SELECT sp.participant_id, sp.is_excluded FROM sendout_people sp WHERE sp.sendout_id = :sendout_id) AS everybody
    GROUP BY participant_id HAVING bool_or(NOT is_excluded)"""


@dataclass(frozen=True, slots=True)
class AudienceQuery:
    """SQL that yields `(participant_id, is_excluded)`, and its parameters."""

    sql: str
    parameters: Mapping[str, Any]


def audience_query(sendout: Sendout) -> AudienceQuery:
    """The audience of a send-out as of whenever the query runs."""
    if sendout.audience_rule.get("resend") == "not_opened":
        no_sign, cannot_tell = (bool(sendout.audience_rule[group]) for group in ("no_sign", "cannot_tell"))
        return _not_taken(sendout, not_opened_query(sendout, no_sign=no_sign, cannot_tell=cannot_tell))
    if sendout.audience_rule.get("resend") == "not_answered":
        return _not_taken(sendout, not_answered_query(sendout))
    return AudienceQuery(_COMPOSED, {"sendout_id": sendout.id})


def _not_taken(resend: Sendout, query: AudienceQuery) -> AudienceQuery:
    """The same without those whom a resend of the same instant goes to already. A draft has not started, and leaves nobody out for that."""
    started = {"resend_id": resend.id, "started_at": resend.launched_at}
    return AudienceQuery(_NOT_TAKEN.format(asked=query.sql), {**query.parameters, **started})


def not_opened_query(sendout: Sendout, *, no_sign: bool, cannot_tell: bool) -> AudienceQuery:
    """Those who did not open over the whole chain of a send-out: without any sign, and where only a machine fetched it."""
    return AudienceQuery(
        _NOT_OPENED,
        {
            "root_id": sendout.root_id or sendout.id,
            "organisation_id": sendout.organisation_id,
            "channel": "email",
            "no_sign": no_sign,
            "cannot_tell": cannot_tell,
        },
    )


def not_answered_query(sendout: Sendout) -> AudienceQuery:
    """Those who got a send-out, by any channel and over its whole chain, and have not answered or confirmed what it asks."""
    return AudienceQuery(
        _NOT_ANSWERED,
        {
            "root_id": sendout.root_id or sendout.id,
            "organisation_id": sendout.organisation_id,
            "has_question": bool(sendout.question),
            "asks_confirmation": sendout.asks_confirmation,
        },
    )
