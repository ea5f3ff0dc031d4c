"""What comes along with a text: shown, or a file with a word that people use."""

import pytest

from app.domain.media import is_shown, media_word


@pytest.mark.parametrize(
    ("kind", "shown", "word"),
    [
        ("image/jpeg", True, "Picture"),
        ("IMAGE/PNG; charset=binary", True, "Picture"),
        ("image/svg+xml", False, "Picture"),
        ("image/heic", False, "Picture"),
        ("audio/amr", False, "Voice message"),
        ("video/3gpp", False, "Video"),
        ("text/x-vcard", False, "Contact card"),
        ("application/pdf", False, "PDF"),
        ("text/html", False, "File"),
        ("", False, "File"),
    ],
)
def test_each_kind_is_shown_or_named(kind, shown, word):
    assert (is_shown(kind), media_word(kind)) == (shown, word)
