"""How many parts a text is sent in."""

_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_7_EXTENDED = frozenset("^{}\\[~]|€\f")


def segment_count(text: str) -> int:
    """160 GSM-7 or 70 UCS-2 units alone, 153 or 67 each when split, neither escapes nor surrogate pairs being torn apart.

    Source: 3GPP TS 23.038 section 6.2 and TS 23.040 section 9.2.3.24.1.
    """
    if all(character in _GSM_7 or character in _GSM_7_EXTENDED for character in text):
        return _parts([2 if character in _GSM_7_EXTENDED else 1 for character in text], alone=160, each=153)
    return _parts([len(character.encode("utf-16-be")) // 2 for character in text], alone=70, each=67)


def _parts(widths: list[int], *, alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    parts, filled = 1, 0
    for width in widths:
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return parts
