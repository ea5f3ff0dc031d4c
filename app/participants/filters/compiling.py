"""Conditions as SQL over `participants`: one expression for the pages of people, the composer's numbers and the start of a send-out.

A condition that can no longer be asked holds for nobody. The tests hold each of them together with the same in Python.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.conditions import About, Condition, Operator
from app.participants.filters.known import Known

NOBODY = "false"
EVERYBODY = "true"


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition of a WHERE on `participants`, and its parameters."""

    sql: str
    parameters: Mapping[str, Any]


def clause_of(conditions: Sequence[Condition], known: Known, prefix: str = "filter") -> Clause:
    """All of these conditions; the parameters' names begin with the prefix, so that several filters fit into one statement."""
    parameters: dict[str, Any] = {}
    parts: list[str] = []
    for place, condition in enumerate(conditions):
        if known.trouble_with(condition):
            return Clause(NOBODY, {})
        name = f"{prefix}_{place}"
        parts.append(_SQL[condition.operator].format(looked_at=_looked_at(condition, name), value=f":{name}_value", which=f":{name}_which"))
        parameters |= _parameters(condition, known, name)
    return Clause(" AND ".join(f"({part})" for part in parts) or EVERYBODY, parameters)


def _looked_at(condition: Condition, name: str) -> str:
    return f"participants.custom -> CAST(:{name}_which AS text)" if condition.about is About.FIELD else _COLUMNS.get(condition.about, "")


def _parameters(condition: Condition, known: Known, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if condition.about is About.SENDOUT:
        found["which"] = list(known.sendouts[condition.number].chain)
    elif condition.about is About.LIST:
        found["which"] = condition.number
    elif condition.which:
        found["which"] = condition.which
    if condition.operator is Operator.ANY_OF:
        found["value"] = list(condition.values)
    elif condition.values:
        found["value"] = condition.values[0]
    return {f"{name}_{key}": value for key, value in found.items()}


# As JSON like the custom fields, so that one expression serves all; `#>> '{{}}'` is the value's own text.
_COLUMNS = {
    About.LANGUAGE: "to_jsonb(participants.language)",
    About.MEMBER_NUMBER: "to_jsonb(participants.member_number)",
    About.EMAIL: "participants.email_address",
    About.MOBILE: "participants.phone_number",
}
_TEXT = "({looked_at}) #>> '{{}}'"
_IS_NUMBER = "jsonb_typeof({looked_at}) = 'number' AND ({looked_at})"
_IS_DAY = f"{_TEXT} LIKE '____-__-__' AND {_TEXT} COLLATE \"C\""
_IS_ON = "EXISTS (SELECT FROM list_memberships WHERE list_id = {which} AND participant_id = participants.id)"
_DID = "participants.id IN (SELECT participant_id FROM messages WHERE sendout_id = ANY(CAST({{which}} AS bigint[])) AND {fact})"
# As a resend asks it: got it by e-mail and shows no human sign, by text neither, over the whole chain of what was sent again.
_DID_NOT_OPEN = """participants.id IN (
    SELECT participant_id FROM messages WHERE sendout_id = ANY(CAST({which} AS bigint[]))
       AND (status NOT IN ('skipped', 'cancelled') OR skip_reason = 'stopped')
    GROUP BY participant_id
    HAVING bool_or(channel = 'email') AND bool_and(shown_status IN ('delivered', 'sent') OR (channel = 'sms'
           AND shown_status NOT IN ('responded', 'acknowledged', 'wrote_back', 'clicked', 'opened'))))"""

_SQL = {
    Operator.IS: f"lower({_TEXT}) = lower({{value}})",
    Operator.CONTAINS: f"strpos(lower({_TEXT}), lower({{value}})) > 0",
    Operator.EMPTY: f"coalesce({_TEXT}, '') = ''",
    Operator.FILLED: f"coalesce({_TEXT}, '') <> ''",
    Operator.EQUALS: f"{_IS_NUMBER} = to_jsonb(CAST({{value}} AS numeric))",
    Operator.LESS: f"{_IS_NUMBER} < to_jsonb(CAST({{value}} AS numeric))",
    Operator.MORE: f"{_IS_NUMBER} > to_jsonb(CAST({{value}} AS numeric))",
    Operator.BEFORE: f"{_IS_DAY} < {{value}}",
    Operator.AFTER: f"{_IS_DAY} > {{value}}",
    Operator.ANY_OF: f"{_TEXT} = ANY(CAST({{value}} AS text[]))",
    Operator.HAS: "coalesce({looked_at}, '') <> ''",
    Operator.HAS_NONE: "coalesce({looked_at}, '') = ''",
    Operator.ON: _IS_ON,
    Operator.NOT_ON: f"NOT {_IS_ON}",
    Operator.OPENED: _DID.format(fact="channel = 'email' AND (opened_at IS NOT NULL OR clicked_at IS NOT NULL)"),
    Operator.NOT_OPENED: _DID_NOT_OPEN,
    Operator.CLICKED: _DID.format(fact="clicked_at IS NOT NULL"),
    Operator.ANSWERED: _DID.format(fact="(responded_at IS NOT NULL OR wrote_back_at IS NOT NULL)"),
}
