"""Conditions on people: which there can be, and that they are the same after having been kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.conditions import MOST_VALUES, OPERATORS, About, Condition, Operator, decoded, encoded
from app.lib.errors import Invalid

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(str.strip)
numbers = st.integers(-(10**14), 10**14).map(str) | st.decimals(-1000, 1000, places=2, allow_nan=False).map(lambda value: f"{value:f}")
days = st.dates().map(str)
_VALUES = {
    Operator.IS: words.map(lambda word: (word,)),
    Operator.CONTAINS: words.map(lambda word: (word,)),
    Operator.EQUALS: numbers.map(lambda number: (number,)),
    Operator.LESS: numbers.map(lambda number: (number,)),
    Operator.MORE: numbers.map(lambda number: (number,)),
    Operator.BEFORE: days.map(lambda day: (day,)),
    Operator.AFTER: days.map(lambda day: (day,)),
    Operator.ANY_OF: st.lists(words, min_size=1, max_size=5).map(tuple),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    about = draw(st.sampled_from(About))
    operator = draw(st.sampled_from(OPERATORS[about]))
    which = {About.FIELD: words, About.LIST: st.integers(1, 10**17).map(str), About.SENDOUT: st.integers(1, 10**17).map(str)}
    return Condition(about, operator, draw(which.get(about, st.just(""))), draw(_VALUES.get(operator, st.just(()))))


@given(st.lists(conditions(), max_size=6))
def test_conditions_are_the_same_after_having_been_kept(several):
    kept = json.loads(json.dumps(encoded(several)))

    assert decoded(kept) == tuple(several)


@pytest.mark.parametrize(
    ("about", "operator", "which", "values"),
    [
        (About.EMAIL, Operator.CONTAINS, "", ("x",)),
        (About.EMAIL, Operator.HAS, "3", ()),
        (About.EMAIL, Operator.HAS, "", ("x",)),
        (About.LIST, Operator.ON, "", ()),
        (About.LIST, Operator.ON, "U9", ()),
        (About.LIST, Operator.ON, "1" * 19, ()),
        (About.SENDOUT, Operator.OPENED, "-1", ()),
        (About.FIELD, Operator.IS, "", ("x",)),
        (About.FIELD, Operator.IS, "team\0", ("x",)),
        (About.FIELD, Operator.IS, "team", ()),
        (About.FIELD, Operator.IS, "team", (" ",)),
        (About.FIELD, Operator.IS, "team", ("x", "y")),
        (About.FIELD, Operator.CONTAINS, "team", ("x" * 201,)),
        (About.FIELD, Operator.CONTAINS, "team", ("a\0b",)),
        (About.FIELD, Operator.ANY_OF, "size", ()),
        (About.FIELD, Operator.ANY_OF, "size", ("M", "")),
        (About.FIELD, Operator.ANY_OF, "size", ("M",) * (MOST_VALUES + 1)),
        (About.FIELD, Operator.MORE, "goals", ("many",)),
        (About.FIELD, Operator.MORE, "goals", ("1e9",)),
        (About.FIELD, Operator.MORE, "goals", ("NaN",)),
        (About.FIELD, Operator.MORE, "goals", ("٣",)),
        (About.FIELD, Operator.BEFORE, "born", ("21.11.2026",)),
        (About.FIELD, Operator.BEFORE, "born", ("2026-02-30",)),
        (About.FIELD, Operator.BEFORE, "born", ("20260221",)),
    ],
)
def test_what_cannot_be_asked_of_anybody_is_no_condition(about, operator, which, values):
    with pytest.raises(Invalid):
        Condition(about, operator, which, values)


@pytest.mark.parametrize(
    "stored", [{}, {"about": "shoe"}, {"about": "email", "operator": "smells"}, {"about": "email", "operator": "has", "values": 3}]
)
def test_what_was_kept_by_nobody_of_ours_is_refused(stored):
    with pytest.raises(Invalid):
        decoded([stored])


def test_every_thing_to_look_at_can_be_compared():
    assert set(OPERATORS) == set(About)
    assert {operator for several in OPERATORS.values() for operator in several} == set(Operator)
