"""Who is in a send-out's audience: lists, filters and people included, less those excluded, or the people that a resend is for.

One definition, as SQL that gives `wanted(participant_id, is_excluded)`; a draft counts it, the start freezes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.channels import Channel, ChannelPlan
from app.domain.resends import ResendGroup
from app.models import Sendout
from app.sendouts.chain import NOT_ANSWERED, NOT_OPENED, NOT_REACHED, NOT_TAKEN
from app.sendouts.filtered import fitting
from app.sendouts.got import WHO_GOT

_COMPOSED = """
    SELECT participant_id, bool_or(is_excluded) AS is_excluded FROM (
        SELECT lm.participant_id, sl.is_excluded FROM sendout_lists sl JOIN list_memberships lm ON lm.list_id = sl.list_id
        WHERE sl.sendout_id = :sendout_id
        UNION ALL
        SELECT sp.participant_id, sp.is_excluded FROM sendout_people sp WHERE sp.sendout_id = :sendout_id{filters}) AS everybody
    GROUP BY participant_id HAVING bool_or(NOT is_excluded)"""

# After a send-out that was stopped midway: those who got it or may have, or everybody of a new audience but them.
_GOT = f"SELECT participant_id, false AS is_excluded FROM ({WHO_GOT}) AS got"  # noqa: S608  our own SQL
_WITHOUT = """
    SELECT composed.participant_id, composed.is_excluded FROM ({composed}) AS composed
    WHERE NOT EXISTS (SELECT FROM ({got}) AS got WHERE got.participant_id = composed.participant_id)"""

_ONLY_KEPT = """
    SELECT asked.participant_id, asked.is_excluded OR kept.is_excluded AS is_excluded
    FROM ({asked}) AS asked JOIN kept_people kept ON kept.sendout_id = :kept_by AND kept.participant_id = asked.participant_id"""


@dataclass(frozen=True, slots=True)
class AudienceQuery:
    """SQL that yields `(participant_id, is_excluded)`, and its parameters."""

    sql: str
    parameters: Mapping[str, Any]


def audience_query(sendout: Sendout) -> AudienceQuery:
    """The audience of a send-out as of whenever the query runs, less whoever came into it since, where only those before them are meant."""
    query = audience_as_of_now(sendout)
    if sendout.people_kept_at is None:
        return query
    return AudienceQuery(_ONLY_KEPT.format(asked=query.sql), {**query.parameters, "kept_by": sendout.id})


def audience_as_of_now(sendout: Sendout) -> AudienceQuery:
    """The audience as its lists, filters and people make it."""
    if "resend" in sendout.audience_rule:
        return _not_taken(sendout, _of_group(sendout, ResendGroup(sendout.audience_rule["resend"])))
    if "got" in sendout.audience_rule:
        return AudienceQuery(_GOT, _gone_out(sendout, [sendout.audience_rule["got"]]))
    composed = _composed(sendout)
    if "without" in sendout.audience_rule:
        gone_out = _gone_out(sendout, sendout.audience_rule["without"])
        return AudienceQuery(_WITHOUT.format(composed=composed.sql, got=WHO_GOT), {**composed.parameters, **gone_out})
    return composed


def not_opened_query(sendout: Sendout, *, no_sign: bool, cannot_tell: bool, by_text: bool = False) -> AudienceQuery:
    """Those who did not open over the whole chain of a send-out: without any sign, and where only a machine fetched it."""
    return AudienceQuery(NOT_OPENED, {**_chain_of(sendout), "no_sign": no_sign, "cannot_tell": cannot_tell, "by_text": by_text})


def not_answered_query(sendout: Sendout) -> AudienceQuery:
    """Those who got a send-out, by any channel and over its whole chain, and have not answered or confirmed what it asks."""
    asked = {"has_question": bool(sendout.question), "asks_confirmation": sendout.asks_confirmation}
    return AudienceQuery(NOT_ANSWERED, {**_chain_of(sendout), **asked})


def not_reached_query(sendout: Sendout) -> AudienceQuery:
    """Those whom nothing of a send-out or its resends got through to, and who never said that they want none."""
    return AudienceQuery(NOT_REACHED, _chain_of(sendout))


def _composed(sendout: Sendout) -> AudienceQuery:
    filters = fitting(sendout)
    parameters = {"sendout_id": sendout.id, "organisation_id": sendout.organisation_id, **filters.parameters}
    return AudienceQuery(_COMPOSED.format(filters=filters.sql), parameters)


def _of_group(resend: Sendout, group: ResendGroup) -> AudienceQuery:
    if group is ResendGroup.NOT_ANSWERED:
        return not_answered_query(resend)
    if group is ResendGroup.NOT_REACHED:
        return not_reached_query(resend)
    no_sign, cannot_tell = (bool(resend.audience_rule[each]) for each in ("no_sign", "cannot_tell"))
    by_text = Channel.SMS in ChannelPlan(resend.channel_plan).channels
    return not_opened_query(resend, no_sign=no_sign, cannot_tell=cannot_tell, by_text=by_text)


def _not_taken(resend: Sendout, query: AudienceQuery) -> AudienceQuery:
    """The same without those whom a resend of the same instant goes to already. A draft has not started, and leaves nobody out for that."""
    started = {"resend_id": resend.id, "started_at": resend.launched_at}
    return AudienceQuery(NOT_TAKEN.format(asked=query.sql), {**query.parameters, **started})


def _chain_of(sendout: Sendout) -> dict[str, int]:
    return {"root_id": sendout.root_id or sendout.id, "organisation_id": sendout.organisation_id}


def _gone_out(sendout: Sendout, ids: list[int]) -> dict[str, Any]:
    return {"gone_out": ids, "organisation_id": sendout.organisation_id}
