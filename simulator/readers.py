"""The people and machines that read what arrives: they fetch its images and links over HTTP, and press its unsubscribe button."""

import re
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from random import Random
from urllib.parse import urlsplit

from simulator.behaviour import BROWSER, Doing, Moment, Visit
from simulator.mail import Mail
from simulator.origins import Origins
from simulator.outbox import Outbox

Publish = Callable[[Mail, Moment], None]
_AT_ONCE_SECONDS = (0.05, 0.4)  # the hurry of machines
_HOUSEKEEPING = re.compile(r"unsub|optout|opt-out|preferences|/u/|/view/", re.IGNORECASE)


class Readers:
    """Acts on delivered mails. Where SES tracks, an open or a click is also published as SES's own event."""

    def __init__(self, outbox: Outbox, origins: Origins, pace: float, seed: int) -> None:
        self._outbox, self._origins, self._pace = outbox, origins, pace
        self._random = Random(seed)
        self.publish: Publish = _unheard

    def plan(self, mail: Mail, visits: tuple[Visit, ...]) -> None:
        """Set out what happens after this delivery."""
        lateness = 1 + self._random.random() / 2
        for visit in visits:
            wait = visit.paces * self._pace * lateness if visit.paces else self._random.uniform(*_AT_ONCE_SECONDS)
            self._outbox.later(wait, partial(self.act, mail, visit.doing, visit.agent))

    def act(self, mail: Mail, doing: Doing, agent: str = BROWSER, link: str = "") -> None:
        """Do it now; `link` is for a click on one certain link."""
        acts = {
            Doing.OPEN: partial(self._open, mail, agent),
            Doing.CLICK: partial(self._click, mail, agent, link),
            Doing.SCAN: partial(self._scan, mail, agent),
            Doing.UNSUBSCRIBE: partial(self._unsubscribe, mail, agent),
        }
        self._outbox.go(acts[doing]())

    async def _open(self, mail: Mail, agent: str) -> None:
        if mail.call.tracks_opens:
            self.publish(mail, Moment("Open", detail={"userAgent": agent}))
        for image in links_in(mail.html).images:
            await self._fetch(mail, image, agent)

    async def _click(self, mail: Mail, agent: str, link: str) -> None:
        target = link or self._link_to_follow(mail)
        if not target:
            return
        if mail.call.tracks_clicks:
            self.publish(mail, Moment("Click", detail={"link": target, "linkTags": None, "userAgent": agent}))
        await self._fetch(mail, target, agent)

    async def _scan(self, mail: Mail, agent: str) -> None:
        found = links_in(mail.html)
        for url in dict.fromkeys([*found.images, *found.links, unsubscribe_link(mail)]):
            if mail.call.tracks_clicks and url in found.links:
                self.publish(mail, Moment("Click", detail={"link": url, "linkTags": None, "userAgent": agent}))
            await self._fetch(mail, url, agent)

    async def _unsubscribe(self, mail: Mail, agent: str) -> None:
        """RFC 8058: a POST without cookies to the one https URI, only where List-Unsubscribe-Post asks for it."""
        if mail.header("List-Unsubscribe-Post").strip() != "List-Unsubscribe=One-Click":
            return
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": agent}
        await self._fetch_with(mail, "POST", unsubscribe_link(mail), headers, b"List-Unsubscribe=One-Click")

    async def _fetch(self, mail: Mail, url: str, agent: str) -> None:
        await self._fetch_with(mail, "GET", url, {"User-Agent": agent})

    async def _fetch_with(self, mail: Mail, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> None:
        if self._origins.road_to(url) is None:
            return
        status, _ = await self._outbox.request(method, url, headers, body)
        self._outbox.visits.append(f"{status} {method} {urlsplit(url).path} for {mail.recipient}")

    def _link_to_follow(self, mail: Mail) -> str:
        """The first link of the body that is a redirect of the application's, passing over unsubscribing and the like."""
        own = unsubscribe_link(mail)
        links = [link for link in links_in(mail.html).links if link != own and not _HOUSEKEEPING.search(link)]
        ours = (link for link in links if self._origins.road_to(link))
        return next(ours, links[0] if links and mail.call.tracks_clicks else "")


def _unheard(_mail: Mail, _moment: Moment) -> None:
    """Until the post office listens."""


def unsubscribe_link(mail: Mail) -> str:
    """The web address in List-Unsubscribe, or nothing."""
    uris = re.findall(r"<([^<>]+)>", mail.header("List-Unsubscribe"))
    return next((uri for uri in uris if uri.startswith(("https:", "http:"))), "")


class links_in(HTMLParser):  # noqa: N801 - called as the question it answers
    """The web addresses of a mail's images and links, each once, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found, name = {"img": (self.images, "src"), "a": (self.links, "href")}.get(tag, (None, ""))
        url = dict(attrs).get(name) or ""
        if found is not None and url.startswith(("http:", "https:")) and url not in found:
            found.append(url)
