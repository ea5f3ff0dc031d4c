"""The ids of rows as they come in from outside."""

LARGEST_ID = 2**63 - 1  # a bigint's


def row_id(text: str) -> int | None:
    """The id that a text holds; None for what can be none, such as more digits than a column takes."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID)) and int(text) <= LARGEST_ID
    return int(text) if is_id else None
