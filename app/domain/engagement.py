"""Telling people from machines among opens and clicks (product.md, promise 3; providers.md 5.4 and 5.5).

What a machine did is kept and counted apart, and never believed: a wrong "machine" only hides a reader in
"cannot tell", a wrong "human" claims a reading that nobody did. So doubt counts as machine.
"""

import re
from functools import lru_cache

# A person needs this long to notice a mail, open it, and find something in it; filters look at it while it arrives.
SUSPECT_SECONDS = 5.0
# Scanners follow the links of a mail side by side; a person follows one, reads, and comes back.
BURST_SECONDS = 2.0
BURST_LINKS = 2

# Apple Mail Privacy Protection fetches every picture in advance and says nothing but this.
_APPLE_PREFETCH = "Mozilla/5.0"

# "bot" but not "Cubot", which makes telephones.
_SCANNER = re.compile(
    r"(?<!cu)bot|barracuda|bingpreview|bitdefender|crawler|curl/|go-http-client|headless|java/|libwww|mimecast|phantomjs"
    r"|proofpoint|python|scanner|spider|trendmicro|wget",
    re.IGNORECASE,
)


def is_machine_open(user_agent: str | None, seconds_since_delivery: float | None) -> bool:
    """Whether an open proves no reader.

    Machine: no user agent, Apple's exact "Mozilla/5.0", a named scanner, or within SUSPECT_SECONDS of delivery or before it.
    The picture proxies of Gmail ("GoogleImageProxy") and Yahoo ("YahooMailProxy") fetch when a person looks, so
    they count as one unless they are that early. Without a known delivery the user agent alone decides.
    """
    return _is_machine_agent(user_agent) or _is_too_early(seconds_since_delivery)


def is_machine_click(user_agent: str | None, seconds_since_delivery: float | None, *, links_in_burst: int = 1) -> bool:
    """Whether a click proves no reader: by the rules for opens, or one of several links at once.

    `links_in_burst` counts the different links of the message that were followed within BURST_SECONDS of this
    click, this one included; it may grow later, and the click is judged again then.
    """
    return links_in_burst >= BURST_LINKS or is_machine_open(user_agent, seconds_since_delivery)


@lru_cache(maxsize=4096)  # a send-out's readers use a few hundred programs; searching cost more than all else about an open
def _is_machine_agent(user_agent: str | None) -> bool:
    agent = (user_agent or "").strip()
    return agent in {"", _APPLE_PREFETCH} or _SCANNER.search(agent) is not None


def _is_too_early(seconds_since_delivery: float | None) -> bool:
    return seconds_since_delivery is not None and seconds_since_delivery <= SUSPECT_SECONDS
