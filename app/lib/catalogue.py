"""Fixed words in the language of whoever reads them, from catalogues in gettext's own files (`app/translations/<language>.po`).

They are read as they are when first needed: nothing is compiled, so a fresh clone has them all.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = (SOURCE_LANGUAGE, "fr", "de", "es")
FOLDER = Path(__file__).parents[1] / "translations"


def spoken(*wanted: str | None) -> str | None:
    """The first of these languages (de, de-CH, pt_BR) of which there is a catalogue; None where there is none."""
    codes = ((each or "").replace("_", "-").partition("-")[0].lower() for each in wanted)
    return next((code for code in codes if code in LANGUAGES), None)


def in_language(language: str | None, words: str) -> str:
    """English words in a language; words that its catalogue lacks stay as they are. Placeholders stay for the caller to fill."""
    return words if language in (None, SOURCE_LANGUAGE) else catalogue(str(language)).get(words, words)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Mapping[str, str]:
    """English words and what they are in a language; empty for one that is not spoken here."""
    if language not in LANGUAGES or language == SOURCE_LANGUAGE:
        return {}
    with (FOLDER / f"{language}.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id and each.string}
