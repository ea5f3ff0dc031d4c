"""What a page says of an audience that follows from what became of an earlier send-out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.resends import ResendGroup


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule in the places that speak of it.

    `short` stands in lists; `titled` goes before the earlier one's name; `before` and `after` stand around the link to it in Review;
    `leaves` is what takes somebody out of it until it starts, if anything does; `relation` is what it is to the earlier one.
    `is_whole`: it is all that the audience follows from, and there is no list to choose.
    """

    short: str
    titled: str
    before: str
    after: str
    leaves: str = ""
    relation: str = "resend"
    is_whole: bool = True


def rule_words(rule: Mapping[str, Any]) -> RuleWords | None:
    """The words for a send-out's `audience_rule`; None where its audience is only what was composed."""
    if "resend" not in rule:
        return next((words for key, words in _OF_STOPPED.items() if key in rule), None)
    words = _OF_GROUPS[ResendGroup(rule["resend"])]
    if rule.get("no_sign") != rule.get("cannot_tell"):
        return replace(words, after=_NO_SIGN if rule["no_sign"] else _CANNOT_TELL)
    return words


_OF_STOPPED = {
    "got": RuleWords(
        "those who got an earlier one",
        titled="Those who got or may have got",
        before="Those who got the",
        after=", or may have,",
        relation="correction",
    ),
    "without": RuleWords(
        "without those who got an earlier one",
        titled="Whoever got or may have got",
        before="Without those who got the",
        after=", or may have,",
        relation="copy",
        is_whole=False,
    ),
}
_OF_THOSE = "Of those whom the"
_NO_SIGN = " went to: who has shown no sign of opening it"
_CANNOT_TELL = " went to: of whom we cannot tell whether they opened it"
_OF_GROUPS = {
    ResendGroup.NOT_OPENED: RuleWords(
        "those who did not open",
        titled="Those who did not open",
        before=_OF_THOSE,
        after=" went to: who has not opened it, as far as anybody can tell",
        leaves="opens it",
    ),
    ResendGroup.NOT_ANSWERED: RuleWords(
        "those who have not answered",
        titled="Those who have not answered",
        before=_OF_THOSE,
        after=" went to: who has not answered or confirmed it",
        leaves="answers",
    ),
    ResendGroup.NOT_REACHED: RuleWords(
        "those not reached",
        titled="Those who were not reached by",
        before=_OF_THOSE,
        after=" went to: whom nothing of it has reached",
        leaves="is reached or opts out",
    ),
}
