"""How large a bench is, and what every figure gets."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.ground import Ground
from bench.world import Club

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each, and how often."""

    people: int
    email: int
    single: int
    sms: int
    events: int
    visits: int
    few: int  # what "many" is compared with
    many: int
    slice: int  # messages handed over at once where a cost is compared
    pages: int
    rounds: int
    growth_rounds: int


SIZES = {
    "smoke": Size(1_500, 400, 100, 100, 300, 300, 200, 1_000, 200, 4, 1, 1),  # says nothing but that every figure can be had
    "small": Size(60_000, 20_000, 2_000, 3_000, 4_000, 4_000, 5_000, 50_000, 5_000, 20, 1, 3),
    "full": Size(1_000_000, 200_000, 30_000, 20_000, 20_000, 20_000, 10_000, 1_000_000, 10_000, 60, 3, 5),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """The ground, who sends, and how much."""

    ground: Ground
    club: Club
    size: Size


def middle(values: list[float], digits: int = 4) -> float:
    """The median, rounded."""
    return round(median(values), digits)
