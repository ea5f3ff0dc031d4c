"""Our own tracking, laid into a mail's HTML: links that pass by us, and the picture that tells of an opening."""

import html as entities
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import accumulate

from app.domain.mail_html import LIQUID_FILLER, hidden_liquid


def rewrite_links(source: str, url_for_link: Callable[[int, str], str]) -> tuple[str, list[str]]:
    """The HTML with each link's address replaced, and the addresses replaced; not another character changes.

    `url_for_link(number, address)` is asked with the address's place in that list; an address that occurs twice is one link.
    It may answer with a field such as `{{ link_3 }}`. Left alone: whatever is not http(s), and every href with a field in it,
    the unsubscribe link among them.
    """
    numbers: dict[str, int] = {}
    pieces, end = [], 0
    for start, stop, url in _links(source):
        number = numbers.setdefault(url, len(numbers))
        pieces += [source[end:start], '"', entities.escape(url_for_link(number, url)), '"']
        end = stop
    return "".join([*pieces, source[end:]]), list(numbers)


def add_pixel(source: str, url: str) -> str:
    """The HTML with an invisible picture at its very end, where a mail that is cut short does not show it as read."""
    return _at_the_end(source, f'<img src="{entities.escape(url)}" width="1" height="1" alt="" style="display:block;border:0">')


def add_visible_pixel(source: str, url: str, explained_at: str, title: str) -> str:
    """The HTML with a picture at its end that can be seen, is labelled "auto", and leads to where the tracking is explained.

    The label is its alternative text too: it stands there even where a mail program shows no pictures.
    """
    picture = (
        f'<p style="margin:12px 0 24px;text-align:center"><a href="{entities.escape(explained_at)}"'
        f' title="{entities.escape(title)}" style="color:#5b6472;font:12px/18px Arial,sans-serif">'
        f'<img src="{entities.escape(url)}" width="44" height="18" alt="auto"'
        ' style="border:0"></a></p>'
    )
    return _at_the_end(source, picture)


def _at_the_end(source: str, picture: str) -> str:
    end = source.lower().rfind("</body>")
    return source + picture if end < 0 else source[:end] + picture + source[end:]


_WRAPS = re.compile(r"[\t\r\n]+")  # which browsers leave out of an address, and which no redirect may hold
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>`]+))?""")


def _links(source: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and address of every href's value that may be replaced, quotes included in the span."""
    reader = _HrefReader(hidden_liquid(source))
    for start, stop in reader.spans:
        url = _WRAPS.sub("", entities.unescape(source[start:stop].strip("\"'"))).strip()
        is_personal = LIQUID_FILLER in reader.source[start:stop]
        if url.lower().startswith(("http://", "https://")) and not is_personal:
            yield start, stop, url


class _HrefReader(HTMLParser):
    """Finds where the values of links' href attributes stand."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.spans: list[tuple[int, int]] = []
        self._line_starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"a", "area"} or not dict(attrs).get("href"):
            return
        line, column = self.getpos()
        start = self._line_starts[line - 1] + column
        attributes = _ATTRIBUTE.finditer(self.get_starttag_text() or "", len(tag) + 1)
        values = [attribute.span(2) for attribute in attributes if attribute[1].lower() == "href"]
        self.spans += [(start + opens, start + closes) for opens, closes in values[:1]]
