"""What comes along with a text: which kinds are shown as they are, and what the others are called."""

from collections.abc import Mapping

# What every browser shows and none acts on. A picture of another kind (HEIC, SVG) is a file to download.
SHOWN_KINDS = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})

_WORDS: Mapping[str, str] = {
    "application/pdf": "PDF",
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
    "text/directory": "Contact card",
    "text/calendar": "Calendar entry",
}
_FAMILIES: Mapping[str, str] = {"image": "Picture", "audio": "Voice message", "video": "Video"}


def plain_kind(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_shown(content_type: str) -> bool:
    """Whether it is shown in the conversation."""
    return plain_kind(content_type) in SHOWN_KINDS


def media_word(content_type: str) -> str:
    """What an organiser calls it."""
    kind = plain_kind(content_type)
    return _WORDS.get(kind) or _FAMILIES.get(kind.partition("/")[0], "File")
