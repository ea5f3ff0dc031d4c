"""The links of a mail, checked for their form alone: nothing is fetched."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from app.domain.mail_html import LIQUID_FILLER, hidden_liquid


def doubtful_links(html: str) -> list[str]:
    """A sentence for each link that cannot lead where it should, each once, in their order."""
    reader = _Links()
    reader.feed(hidden_liquid(html))
    reader.close()
    doubts = (_doubt(href.strip()) for href in reader.hrefs)
    return list(dict.fromkeys(doubt for doubt in doubts if doubt))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "area"}:
            self.hrefs += [value or "" for name, value in attrs if name == "href"]


_LIKE_A_DOMAIN = re.compile(r"^[\w-]+(\.[\w-]+)+(/|$)")
_LOCAL = re.compile(r"^(localhost|127\.|10\.|192\.168\.|\[?::1)")
_FEW_DIGITS = 5


def _doubt(href: str) -> str | None:
    if LIQUID_FILLER in href or href.startswith("#") or href.lower().startswith(("cid:", "sms:")):
        return None
    if not href:
        return "A link leads nowhere: its address is empty."
    if href.lower().startswith("mailto:"):
        return None if re.match(r"(?i)mailto:[^@\s]+@[\w-]+(\.[\w-]+)+", href) else f"“{href}” is not an e-mail address."
    if href.lower().startswith("tel:"):
        return None if len(re.sub(r"\D", "", href)) >= _FEW_DIGITS else f"“{href}” is not a phone number."
    return _web_doubt(href)


def _web_doubt(href: str) -> str | None:
    if not href.lower().startswith(("http://", "https://")):
        meant = f" Do you mean https://{href}?" if _LIKE_A_DOMAIN.match(href) else ""
        return f"The link “{href}” lacks its beginning.{meant}"
    try:
        host = urlsplit(href).hostname or ""
    except ValueError:
        host = ""
    if " " in href or host in {"http", "https"} or "." not in host.strip("."):
        return f"The link “{href}” is not complete."
    return f"The link “{href}” works on your own computer only." if _LOCAL.match(host) else None
