"""How texts count, by the shared samples and by rule."""

# ruff: noqa: RUF001 - look-alikes of plain characters are what this is about

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_segments import Encoding, TextMeasure, measure_text, plain_replacements

SAMPLES = json.loads((Path(__file__).parent.parent / "payloads" / "sms-segments.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_every_sample_counts_as_stated(sample):
    measure = measure_text(sample["text"])

    assert (measure.encoding, measure.units, measure.segments) == (sample["encoding"], sample["units"], sample["segments"])


def test_what_made_a_text_dear_is_named_once_each_in_order():
    assert measure_text("It’s “on” – it’s late").offending == ("’", "“", "”", "–")


def test_an_empty_text_counts_as_one():
    assert measure_text("") == TextMeasure(Encoding.GSM_7, units=0, segments=1)


@given(st.text(max_size=400))
def test_units_are_utf16_units_or_septets_and_parts_hold_them(text):
    measure = measure_text(text)

    alone, split = (70, 67) if measure.offending else (160, 153)
    if measure.offending:
        assert measure.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert (measure.segments == 1) == (measure.units <= alone)
    assert measure.units <= alone or measure.segments >= -(-measure.units // split)


@given(st.text(max_size=200), st.text(max_size=50))
def test_a_longer_text_never_counts_less(text, more):
    assert measure_text(text + more).segments >= measure_text(text).segments


@pytest.mark.parametrize(
    ("text", "replacements"),
    [
        ("It’s on – see you…", {"’": "'", "–": "-", "…": "..."}),
        ("plain", {}),
        ("no look-alike: ж 😀", {}),
    ],
)
def test_look_alikes_are_offered_for_what_has_one(text, replacements):
    assert plain_replacements(text) == replacements


@given(st.text(alphabet="‘’“”–—…\u00a0\u200b•`", min_size=1, max_size=30))
def test_accepting_every_look_alike_makes_the_text_cheap_again(text):
    replaced = "".join(plain_replacements(text).get(character, character) for character in text)

    assert measure_text(replaced).encoding is Encoding.GSM_7
