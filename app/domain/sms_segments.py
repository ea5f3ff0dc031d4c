"""What a text costs: its encoding, and into how many parts the network cuts it."""

# ruff: noqa: RUF001, RUF002 - look-alikes of plain characters are what this is about

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """How a text travels: one character outside the GSM table makes all of it UCS-2."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class TextMeasure:
    """A text's size: `units` are septets (GSM-7) or UTF-16 units; `offending` are the characters that forced UCS-2, each once, in order."""

    encoding: Encoding
    units: int
    segments: int
    offending: tuple[str, ...] = ()


def measure_text(text: str) -> TextMeasure:
    """How a text counts: 160 septets or 70 UTF-16 units alone, 153 or 67 in each part when split.

    Nothing that takes two units is cut in half. An empty text counts as one part, as Twilio bills it.
    Source: 3GPP TS 23.038 section 6.2; TS 23.040 section 9.2.3.24.1 (7 septets of each part go to the header).
    """
    offending = tuple(dict.fromkeys(character for character in text if character not in _SEPTETS))
    encoding = Encoding.UCS_2 if offending else Encoding.GSM_7
    sizes = [_utf16_units(character) if offending else _SEPTETS[character] for character in text]
    return TextMeasure(encoding, sum(sizes), _part_count(sizes, *_CAPACITY[encoding]), offending)


def plain_replacements(text: str) -> dict[str, str]:
    """The look-alike for each character of the text that has a cheaper one ("’" → "'"), for the organiser to accept."""
    return {character: _LOOK_ALIKES[character] for character in dict.fromkeys(text) if character in _LOOK_ALIKES}


def _part_count(sizes: list[int], alone: int, split: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > split:
            parts, used = parts + 1, 0
        used += size
    return parts


def _utf16_units(character: str) -> int:
    return 2 if ord(character) > _LAST_OF_BASIC_PLANE else 1


_LAST_OF_BASIC_PLANE = 0xFFFF
_CAPACITY = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}

_GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = "^{}\\[~]|€\f"
_SEPTETS = dict.fromkeys(_GSM_BASIC, 1) | dict.fromkeys(_GSM_EXTENSION, 2)

# What word processors, keyboards and copied web pages put in without being asked.
_LOOK_ALIKES = {
    "‘": "'", "’": "'", "‚": ",", "‛": "'", "′": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "-", "·": "-", "⁄": "/", "×": "x",
    "\t": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufe0f": "", "\ufeff": "",
}  # fmt: skip
