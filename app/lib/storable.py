"""Text from outside as a database takes it: PostgreSQL keeps neither NUL nor half a surrogate pair, and JSON brings both."""

from collections.abc import Mapping


def storable(value: object) -> object:
    """The same without the characters that cannot be stored, through lists and mappings."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {key: storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value


def storable_text(text: str) -> str:
    """The text without NUL; half surrogates become question marks."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
