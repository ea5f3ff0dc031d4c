"""HTML for mail: what may stay in it, what it reads like as plain text, and the fields in it that nobody may touch.

Sanitisers and parsers know no Liquid: they would escape its quotes, and move a loop around table rows out of the
table. So each Liquid construct travels through them as a token, and is put back as it was.
"""

import html as entities
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import zip_longest

import nh3


def clean_html(source: str) -> str:
    """The mail's HTML without anything that acts: scripts, forms, frames, event handlers, strange links.

    Tables, pictures, inline styles, style sheets, comments (Outlook's conditions) and Liquid stay. The frame of a whole document goes:
    `as_document` puts one around it again. Cleaning twice changes nothing.
    """
    return around_fields(source, _without_what_acts)


def around_fields(source: str, change: Callable[[str], str]) -> str:
    """The source changed by something that parses HTML, with every Liquid construct coming through it as it was."""
    masked, constructs = _masked(source)
    portable = _TAG_OR_TOKEN.sub(lambda found: f"<!--{found[0]}-->" if found["token"] else found[0], masked)
    return _WRAPPED_TOKEN.sub(lambda token: constructs[int(token["wrapped"] or token["bare"])], change(portable))


def paragraphs(words: str) -> str:
    """Plain words as a mail's HTML; fields in them stay fields."""
    blocks = (entities.escape(each.strip(), quote=False).replace("\n", "<br>") for each in words.strip().split("\n\n"))
    return clean_html("".join(f"<p>{each}</p>" for each in blocks if each))


def as_document(body: str, *, language: str = "en") -> str:
    """A complete mail around a cleaned body, as mail programs expect one."""
    return (
        f'<!DOCTYPE html>\n<html lang="{entities.escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'</head>\n<body style="margin:0;padding:0">\n{body}\n</body>\n</html>\n'
    )


def text_from_html(source: str) -> str:
    """The plain-text part that says what the HTML says: links with their address behind them, Liquid as it was."""
    masked, constructs = _masked(source)
    reader = _TextReader()
    reader.feed(masked)
    reader.close()
    return _WRAPPED_TOKEN.sub(lambda token: constructs[int(token["bare"])], reader.text())


def hidden_liquid(source: str) -> str:
    """The source with every Liquid construct as so many LIQUID_FILLERs: positions stay, and parsers see plain words."""
    return _LIQUID.sub(lambda construct: LIQUID_FILLER * len(construct[0]), source)


def escaped_beside_liquid(words: str) -> str:
    """Plain words as HTML, their Liquid as it was: its quotes and comparisons are no HTML."""
    beside, constructs = _LIQUID.split(words), _LIQUID.findall(words)
    return "".join(entities.escape(text, quote=False) + construct for text, construct in zip_longest(beside, constructs, fillvalue=""))


LIQUID_FILLER = "\ue002"
# A construct holds no other's beginning: else `{% comment %}{{{% endcomment %}<script>…` would pass for one.
_LIQUID = re.compile(r"\{\{(?:(?!\{\{|\{%|%\}).)*?\}\}|\{%(?:(?!\{\{|\{%|\}\}).)*?%\}", re.DOTALL)
_TOKEN = "\ue000{}\ue001"  # noqa: S105 - private-use characters, which no mail holds and no parser changes
# What is quoted in a tag may hold a ">". Possessive: however quotes are missing, each character is read once.
_TAG_OR_TOKEN = re.compile(r"""<!--.*?-->|<[a-zA-Z/](?:"[^"<]*+"|'[^'<]*+'|[^<>])*+>|(?P<token>\ue000\d+\ue001)""", re.DOTALL)
_WRAPPED_TOKEN = re.compile(r"<!--\ue000(?P<wrapped>\d+)\ue001-->|\ue000(?P<bare>\d+)\ue001")
_RESERVED = re.compile("[\ue000\ue001]")
_LIKE_A_TAG = re.compile(r"<[a-zA-Z/!?]")

_TAGS = {
    "a", "abbr", "address", "area", "article", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "i", "img", "ins", "li", "main", "map", "ol", "p", "pre", "q", "s", "section", "small", "span", "strike", "strong", "style", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {
        "align", "aria-hidden", "aria-label", "background", "bgcolor", "border", "class", "dir", "height", "id", "lang", "role", "style",
        "title", "valign", "width",
    },
    "a": {"href", "name", "target"},
    "area": {"alt", "coords", "href", "shape", "target"},
    "col": {"span"},
    "font": {"color", "face", "size"},
    "img": {"alt", "hspace", "src", "srcset", "usemap", "vspace"},
    "map": {"name"},
    "ol": {"start", "type"},
    "style": {"media", "type"},
    "table": {"cellpadding", "cellspacing", "summary"},
    "td": {"abbr", "colspan", "headers", "nowrap", "rowspan"},
    "th": {"abbr", "colspan", "headers", "nowrap", "rowspan", "scope"},
    "ul": {"type"},
}  # fmt: skip


def _without_what_acts(portable: str) -> str:
    return nh3.clean(
        portable,
        tags=_TAGS,
        clean_content_tags={"script", "title", "noscript", "template", "textarea", "select", "iframe", "object", "svg", "math"},
        attributes=_ATTRIBUTES,
        strip_comments=False,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel", "sms", "cid"},
    )


def _masked(source: str) -> tuple[str, list[str]]:
    """The source with tokens for its Liquid constructs, and those; editors write entities into them, which are undone."""
    constructs: list[str] = []

    def token(found: re.Match[str]) -> str:
        construct = entities.unescape(found[0])
        if _LIKE_A_TAG.search(construct):
            return found[0]  # a tag must not pass the sanitiser inside braces
        constructs.append(construct)
        return _TOKEN.format(len(constructs) - 1)

    return _LIQUID.sub(token, _RESERVED.sub("", source)), constructs


class _TextReader(HTMLParser):
    """Collects what a reader of the mail would see, line by line."""

    _LINES = frozenset(
        {"address", "article", "center", "dd", "div", "dl", "dt", "figure", "footer", "header", "hr", "li", "main", "section", "tr"}
    )
    _PARAGRAPHS = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table", "ul", "ol"})
    _UNSEEN = frozenset({"head", "script", "style", "title"})

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._unseen_depth = 0
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        broken = re.sub(r"[ \v\f\n]*[\v\f\n][ \v\f\n]*", _line_break, "".join(self._pieces))
        return re.sub(r"^-\n+", "- ", re.sub(" +", " ", broken.strip()), flags=re.MULTILINE) + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen_depth += tag in self._UNSEEN
        attributes = {name: value or "" for name, value in attrs}
        self._pieces.append("\n" if tag == "br" else self._edge(tag))
        if tag == "li":
            self._pieces.append("- ")
        if tag == "img":
            self.handle_data(attributes.get("alt", ""))
        if tag == "a":
            self._links.append((attributes.get("href", ""), len(self._pieces)))

    def handle_endtag(self, tag: str) -> None:
        self._unseen_depth = max(0, self._unseen_depth - (tag in self._UNSEEN))
        if tag == "a" and self._links:
            self._name_target(*self._links.pop())
        self._pieces.append(" " if tag in {"td", "th"} else self._edge(tag))

    def handle_data(self, data: str) -> None:
        if not self._unseen_depth:
            self._pieces.append(re.sub(r"\s+", " ", data))

    def _edge(self, tag: str) -> str:
        """What stands before and after an element: a new line, an empty one, or nothing. `_line_break` counts neighbours once."""
        if tag in self._PARAGRAPHS:
            return "\f"
        return "\v" if tag in self._LINES else ""

    def _name_target(self, href: str, first_piece: int) -> None:
        shown = "".join(self._pieces[first_piece:]).strip()
        target = href.removeprefix("mailto:").removeprefix("tel:")
        is_news = target not in {"", shown} and not target.startswith("#")
        self._pieces.append(is_news * (f" ({target})" if shown else target))


def _line_break(gap: re.Match[str]) -> str:
    if "\f" in gap[0]:
        return "\n\n"
    return "\n" * min(2, max(1, gap[0].count("\n")))
