"""What a page says of an audience that follows from what became of an earlier send-out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.resends import ResendGroup


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule in the places that speak of it.

    `short` stands in lists; `titled` goes before the earlier one's name; `who` follows "Of those whom the earlier one went to:";
    `leaves` is what takes somebody out of it until it starts.
    """

    short: str
    titled: str
    who: str
    leaves: str


def rule_words(rule: Mapping[str, Any]) -> RuleWords | None:
    """The words for a send-out's `audience_rule`; None where its audience is only what was composed."""
    if "resend" not in rule:
        return None
    words = _OF_GROUPS[ResendGroup(rule["resend"])]
    if rule.get("no_sign") != rule.get("cannot_tell"):
        return RuleWords(words.short, words.titled, _NO_SIGN if rule["no_sign"] else _CANNOT_TELL, words.leaves)
    return words


_NO_SIGN = "who has shown no sign of opening it"
_CANNOT_TELL = "of whom we cannot tell whether they opened it"
_OF_GROUPS = {
    ResendGroup.NOT_OPENED: RuleWords(
        "those who did not open", "Those who did not open", "who has not opened it, as far as anybody can tell", "opens it"
    ),
    ResendGroup.NOT_ANSWERED: RuleWords(
        "those who have not answered", "Those who have not answered", "who has not answered or confirmed it", "answers"
    ),
    ResendGroup.NOT_REACHED: RuleWords(
        "those not reached", "Those who were not reached by", "whom nothing of it has reached", "is reached or opts out"
    ),
}
