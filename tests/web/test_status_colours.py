"""The colours of `tokens.css`: readable as words, and told apart by neighbours in the ring, also by the colour-blind."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from app.domain.shown import ShownGroup, ShownStatus, group_of

CSS = (Path(__file__).parents[2] / "app/static/css/tokens.css").read_text()
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS))

# Full-severity simulations on linear RGB: Machado, Oliveira, Fernandes 2009, table 1.
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def contrast(one, other):
    light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (linear(one), linear(other)))
    return (light[1] + 0.05) / (light[0] + 0.05)


# Björn Ottosson's perceptual space: https://bottosson.github.io/posts/oklab/
TO_CONES = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566), (0.0883024619, 0.2817188376, 0.6299787))
TO_LAB = ((0.2104542553, 0.793617785, -0.0040720468), (1.9779984951, -2.428592205, 0.4505937), (0.0259040371, 0.7827717662, -0.80867577))


def times(matrix, vector):
    return [sum(one * other for one, other in zip(row, vector, strict=True)) for row in matrix]


def oklab(colour, sight):
    seen = [min(1, max(0, share)) for share in times(SIGHTS[sight], linear(colour))]
    return times(TO_LAB, [cone ** (1 / 3) for cone in times(TO_CONES, seen)])


def distance(one, other, sight):
    return sum((a - b) ** 2 for a, b in zip(oklab(one, sight), oklab(other, sight), strict=True)) ** 0.5


def slice_colour(shown):
    return COLOURS[f"status-{shown.replace('_', '-')}"]


@pytest.mark.parametrize("shown", list(ShownStatus))
def test_every_status_has_a_class_with_its_own_colour(shown):
    assert f".status-{shown} {{ --c: var(--status-{shown.replace('_', '-')}); }}" in CSS
    assert [slice_colour(other) for other in ShownStatus].count(slice_colour(shown)) == 1


@pytest.mark.parametrize("group", list(ShownGroup))
def test_the_words_of_a_group_are_readable_on_its_tint(group):
    name = group.replace("_", "-")

    assert contrast(COLOURS[f"{name}-ink"], COLOURS[f"{name}-tint"]) >= 4.5


@pytest.mark.parametrize(("ink", "paper"), [("ink", "paper"), ("ink-soft", "paper"), ("brand", "paper"), ("danger", "paper")])
def test_text_is_readable_on_the_page(ink, paper):
    assert contrast(COLOURS[ink], COLOURS[paper]) >= 4.5


@pytest.mark.parametrize("sight", list(SIGHTS))
@pytest.mark.parametrize(("one", "next_one"), list(pairwise([*ShownStatus, next(iter(ShownStatus))])))
def test_neighbours_in_the_ring_are_told_apart_by_every_eye(one, next_one, sight):
    assert distance(slice_colour(one), slice_colour(next_one), sight) >= 0.07


def test_what_was_never_sent_is_hatched():
    never = [shown for shown in ShownStatus if group_of(shown) is ShownGroup.NEVER_SENT]

    assert never == [ShownStatus.SKIPPED, ShownStatus.CANCELLED]
    assert "repeating-linear-gradient" in CSS[CSS.index(".swatch.group-never_sent") :]


@pytest.mark.parametrize("sight", list(SIGHTS))
def test_no_eye_takes_a_failure_for_a_success(sight):
    good = [shown for shown in ShownStatus if group_of(shown) is ShownGroup.GOOD]
    failed = [shown for shown in ShownStatus if group_of(shown) is ShownGroup.FAILED]

    closest = min(distance(slice_colour(one), slice_colour(other), sight) for one in good for other in failed)

    assert closest >= 0.05
