"""Style sheets written into the elements that they are about: several mail programs read no others."""

import re
from functools import cache

from css_inline import CSSInliner

from app.domain.mail_html import around_fields


def inline_styles(source: str) -> str:
    """A cleaned mail with the rules of its style sheets in its elements too; the sheets stay, for phones and what hovers.

    Elements' own styles win, so do this once, on the way out: done to what is kept, a sheet could never be changed again.
    """
    sheets = _STYLE_SHEET.findall(source)
    if not sheets:
        return source
    return around_fields(source, lambda portable: _inliner().inline_fragment(portable, "\n".join(sheets)))


def in_column(body: str) -> str:
    """Words without a layout of their own as one column that reads well on a computer and on a phone; a designed mail is left alone."""
    if _DESIGNED.search(body):
        return body
    return f'<div style="max-width:600px;margin:0 auto;padding:16px;font:16px/1.5 Arial,Helvetica,sans-serif;color:#1b2733">{body}</div>'


_DESIGNED = re.compile(r"<(table|style)\b", re.IGNORECASE)
_STYLE_SHEET = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False, keep_style_tags=True, inline_style_tags=False)
