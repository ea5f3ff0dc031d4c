"""The rows of the page on which conditions are chosen: what was chosen in each so far, and what there is to choose from."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.domain.conditions import LONGEST_VALUE, MOST_CONDITIONS, OPERATORS, About, Condition, Operator
from app.lib.errors import Invalid
from app.models import CustomField, CustomFieldKind
from app.participants.filters.known import OPERATORS_OF_KIND, Known
from app.participants.filters.words import ABOUT_WORDS, OPERATOR_WORDS

_FIELD = f"{About.FIELD}:"
_ROW = re.compile(r"what-(\d{1,3})")
_ID = re.compile(r"\d{1,18}", re.ASCII)
_INPUTS = {
    Operator.ANY_OF: "ticks",
    Operator.IS: "text",
    Operator.CONTAINS: "text",
    Operator.EQUALS: "number",
    Operator.LESS: "number",
    Operator.MORE: "number",
    Operator.BEFORE: "date",
    Operator.AFTER: "date",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was chosen. `what` is what it looks at ("list", "field:team"), `problem` what it lacks to be a condition.

    `input` says how it is compared: "text", "number", "date", "ticks", or "" where there is nothing to compare with.
    """

    what: str = ""
    which: str = ""
    operator: Operator | None = None
    operators: tuple[tuple[Operator, str], ...] = ()
    values: tuple[str, ...] = ()
    condition: Condition | None = None
    problem: str = ""
    trouble: str = ""
    about: About | None = None

    @property
    def input(self) -> str:
        """How it is compared."""
        return _INPUTS.get(self.operator, "") if self.operator else ""

    @property
    def is_begun(self) -> bool:
        """Whether something was chosen in it."""
        return bool(self.what)


def rows_in(form: MultiDict[str, str], known: Known) -> list[Row]:
    """The rows of a form or an address, without one that is removed, with an empty one where another is wanted or there is none."""
    places = sorted(int(found[1]) for name in form if (found := _ROW.fullmatch(name)))
    rows = [_row(form, place, known) for place in places[:MOST_CONDITIONS] if form.get("remove") != str(place)]
    if not rows or ("add" in form and len(rows) < MOST_CONDITIONS):
        rows.append(Row())
    return rows


def rows_of(conditions: Iterable[Condition], known: Known) -> list[Row]:
    """The rows of conditions that were saved."""
    return [_filled(each.about, each.which, each.operator, each.values, known) for each in conditions]


def named_by(form: MultiDict[str, str]) -> Iterator[tuple[About, int]]:
    """The lists and send-outs that the rows of a form ask about."""
    for name, what in form.items():
        found = _ROW.fullmatch(name)
        about = _about(what) if found else None
        if found and about in (About.LIST, About.SENDOUT) and _ID.fullmatch(which := form.get(f"which-{found[1]}", "")):
            yield about, int(which)


def conditions_of(rows: Iterable[Row]) -> tuple[Condition, ...]:
    """The conditions that are complete."""
    return tuple(row.condition for row in rows if row.condition is not None)


def what_choices(fields: Mapping[str, CustomField]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be looked at, in groups; a group without any choice is left out."""
    known, joined = (About.EMAIL, About.MOBILE, About.LANGUAGE, About.MEMBER_NUMBER), (About.LIST, About.SENDOUT)
    groups = [
        ("What you know of everybody", [(str(each), ABOUT_WORDS[each]) for each in known]),
        ("Your own fields", [(f"{_FIELD}{key}", each.name) for key, each in fields.items()]),
        ("Where they are, and what they did", [(str(each), ABOUT_WORDS[each]) for each in joined]),
    ]
    return [(word, choices) for word, choices in groups if choices]


def _row(form: MultiDict[str, str], place: int, known: Known) -> Row:
    what = form.get(f"what-{place}", "")
    values = tuple(value.replace("\0", "") for value in form.getlist(f"value-{place}"))
    about, which = (About.FIELD, what.removeprefix(_FIELD)) if what.startswith(_FIELD) else (_about(what), form.get(f"which-{place}", ""))
    if about is None:
        return Row()
    which = which.replace("\0", "") if about in (About.FIELD, About.LIST, About.SENDOUT) else ""
    operator = next((each for each in Operator if each == form.get(f"operator-{place}")), None)
    return _filled(about, which, operator, values, known)


def _about(what: str) -> About | None:
    return next((each for each in About if each == what and each is not About.FIELD), None)


def _filled(about: About, which: str, operator: Operator | None, values: tuple[str, ...], known: Known) -> Row:
    """A row with what it may be compared by; what does not go with what it looks at by now is left out."""
    offered = _operators(about, which, known) or OPERATORS[about]
    chosen = operator if operator in offered else offered[0]
    kept = values if _INPUTS.get(chosen) and (operator is None or _INPUTS.get(operator) == _INPUTS.get(chosen)) else ()
    kept = _as_compared(kept, chosen)
    condition, problem = _condition(about, which, chosen, kept)
    return Row(
        what=f"{_FIELD}{which}" if about is About.FIELD else str(about),
        which=which,
        operator=chosen,
        operators=tuple((each, OPERATOR_WORDS[each]) for each in offered),
        values=kept,
        condition=condition,
        problem=problem,
        trouble=(known.trouble_with(condition) or "") if condition else "",
        about=about,
    )


def _as_compared(values: tuple[str, ...], operator: Operator) -> tuple[str, ...]:
    """What is ticked stays as people have it, to the last space; what was typed loses the spaces that nobody sees."""
    if _INPUTS.get(operator) != "ticks":
        values = tuple(" ".join(value.split()) for value in values)
    return tuple(value[: LONGEST_VALUE + 1] for value in values if value)


def _operators(about: About, which: str, known: Known) -> tuple[Operator, ...]:
    if about is not About.FIELD:
        return OPERATORS[about]
    found = known.fields.get(which)
    return OPERATORS_OF_KIND[CustomFieldKind(found.kind)] if found else ()


def _condition(about: About, which: str, operator: Operator, values: tuple[str, ...]) -> tuple[Condition | None, str]:
    try:
        return Condition(about, operator, which, values), ""
    except Invalid as mistake:
        return None, str(mistake)
