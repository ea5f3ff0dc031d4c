"""Names of people and languages as they are written down."""

import unicodedata

_PARTICLES = frozenset({
    "al", "bin", "da", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "el", "la", "le", "las", "los",
    "ten", "ter", "van", "vom", "von", "zu", "zum", "zur",
})  # fmt: skip

_LANGUAGES = {
    "en": "english, englisch, anglais, inglés",
    "de": "german, deutsch, allemand, alemán",
    "fr": "french, französisch, français, francés",
    "es": "spanish, spanisch, espagnol, español, castellano",
    "it": "italian, italienisch, italien, italiano",
    "pt": "portuguese, portugiesisch, portugais, português, portugués",
    "nl": "dutch, niederländisch, néerlandais, nederlands, neerlandés",
    "pl": "polish, polnisch, polonais, polski, polaco",
    "tr": "turkish, türkisch, turc, türkçe, turco",
    "ar": "arabic, arabisch, arabe, العربية, árabe",
    "uk": "ukrainian, ukrainisch, ukrainien, українська, ucraniano",
    "ru": "russian, russisch, russe, русский, ruso",
}
_CODES = {word.strip(): code for code, words in _LANGUAGES.items() for word in words.split(",")}
_CODE_LENGTH = 2


def split_name(name: str) -> tuple[str, str]:
    """First and last name: "Ludwig van Beethoven" → ("Ludwig", "van Beethoven"); "Meyer, Anna" → ("Anna", "Meyer")."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma:
        return first, last
    words = name.split()
    if len(words) <= 1:
        return name.strip(), ""
    start = next((at for at, word in enumerate(words) if at and word.lower() in _PARTICLES), len(words) - 1)
    return " ".join(words[:start]), " ".join(words[start:])


def language_code(text: str) -> str | None:
    """The two letters of a language named in its own or a neighbour's words, or by a code (de, de-CH); None if unknown."""
    word = unicodedata.normalize("NFC", text).strip().lower()
    if word in _CODES:
        return _CODES[word]
    code = word.replace("_", "-").partition("-")[0]
    return code if len(code) == _CODE_LENGTH and code.isascii() and code.isalpha() else None


def language_name(code: str) -> str:
    """What a language is called here: "German" for de; the code itself where we know no better."""
    return _LANGUAGES[code].partition(",")[0].capitalize() if code in _LANGUAGES else code


def joined_names(names: list[str]) -> str:
    """Names in a sentence: Mia · Mia and Tom · Mia, Tom and Ida."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
