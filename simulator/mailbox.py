"""The page on which a person sees what every recipient got, and acts in their place."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simulator import clock
from simulator.behaviour import LATER, Doing, Moment
from simulator.carrier import Carrier
from simulator.inbox import Inbox
from simulator.mail import Mail
from simulator.post_office import PostOffice
from simulator.readers import Readers, links_in, unsubscribe_link
from simulator.texts import TextStore

_HERE = Path(__file__).parent
_PEOPLE_SHOWN = 200
_NO_FETCHING = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # looking at this page is no open
_SPAM = Moment("Complaint", LATER, {"complaintFeedbackType": "abuse", "userAgent": "ExampleISP-FBL/2.3"})


@dataclass(frozen=True)
class Person:
    """One line of the list: an address or number, and what came last."""

    address: str
    count: int
    latest: str
    at: float


class Mailbox:
    """Server-rendered, no script; every action is a form."""

    def __init__(self, post_office: PostOffice, readers: Readers, inbox: Inbox, carrier: Carrier, texts: TextStore) -> None:
        self._post_office, self._readers, self._inbox = post_office, readers, inbox
        self._carrier, self._texts, self._topic = carrier, texts, inbox.topic
        self._pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)
        self._pages.filters["clock"] = clock.clock_face
        self._pages.globals.update(links_in=links_in, unsubscribe_link=unsubscribe_link, mail_url=mail_url, act_url=act_url)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._people),
            web.get("/mailbox.css", self._style),
            web.get("/mailbox", self._person),
            web.get("/mails/{id}", self._mail_body),
            web.post("/mails/{id}/{act}", self._act),
            web.post("/texts", self._text_back),
        ]

    async def _people(self, request: web.Request) -> web.Response:
        """Also where a SubscribeURL leads, as on the real host."""
        if request.query.get("Action") == "ConfirmSubscription":
            return self._topic.confirmation_answer(request.query.get("Token", ""))
        asked = request.query.get("q", "").strip().lower()
        people = sorted((person for person in self._everybody() if asked in person.address.lower()), key=lambda person: -person.at)
        return self._page("people.html", people=people[:_PEOPLE_SHOWN], total=len(people), asked=asked)

    async def _person(self, request: web.Request) -> web.Response:
        who = request.query.get("who", "")
        mails = [mail for mail in reversed(self._post_office.mails.values()) if who in mail.to]
        texts = self._texts.with_person(who)
        senders = list(dict.fromkeys(text.to if text.is_inbound else text.sender for text in reversed(texts)))
        return self._page("person.html", who=who, mails=mails, texts=texts, senders=senders)

    async def _mail_body(self, request: web.Request) -> web.Response:
        """The mail itself for its sandboxed frame: links open beside, nothing is fetched."""
        mail = self._mail(request)
        body = mail.html or f"<pre>{self._pages.filters['e'](mail.text)}</pre>"
        headers = {"Content-Security-Policy": _NO_FETCHING}
        return web.Response(text=f'<base target="_blank">{body}', content_type="text/html", headers=headers)

    async def _act(self, request: web.Request) -> web.Response:
        mail, act = self._mail(request), request.match_info["act"]
        if act == "spam":
            self._post_office.publish(mail, _SPAM)
        elif act == "reply":
            form = await request.post()
            marks = {name: name in form for name in ("is_automatic", "is_forged")}
            letter = self._inbox.answer_to(mail, str(form.get("body", "")), marks)
            where = "SES tells of it" if self._inbox.receive(letter) else f"it went to {', '.join(letter.to)}"
            mail.story.append((clock.now(), f"you: reply; {where}"))
        elif act in (Doing.OPEN, Doing.CLICK, Doing.UNSUBSCRIBE):
            link = str((await request.post()).get("link", ""))
            mail.story.append((clock.now(), f"you: {act}"))
            self._readers.act(mail, Doing(act), link=link)
        else:
            raise web.HTTPNotFound
        raise _back_to(mail.recipient)

    async def _text_back(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = str(form.get("from", ""))
        body = str(form.getall("body", [""])[-1])  # the STOP button's word comes after the field's
        self._carrier.receive(self._carrier.inbound(person, str(form.get("to", "")), body, len(form.getall("picture", []))))
        raise _back_to(person)

    async def _style(self, _request: web.Request) -> web.Response:
        return web.Response(text=(_HERE / "static" / "mailbox.css").read_text(), content_type="text/css")

    def _mail(self, request: web.Request) -> Mail:
        mail = self._post_office.mails.get(request.match_info["id"])
        if mail is None:
            raise web.HTTPNotFound
        return mail

    def _everybody(self) -> Iterable[Person]:
        """Everybody with a mail still kept, or a text."""
        mails: dict[str, list[Mail]] = {}
        for mail in self._post_office.mails.values():
            for address in mail.to:
                mails.setdefault(address, []).append(mail)
        for address, theirs in mails.items():
            yield Person(address, len(theirs), theirs[-1].subject, theirs[-1].accepted_at)
        for number in islice(reversed(self._texts.people()), _PEOPLE_SHOWN * 10):
            texts = self._texts.with_person(number)
            yield Person(number, len(texts), texts[-1].body, texts[-1].created_at)

    def _page(self, name: str, **shown: object) -> web.Response:
        return web.Response(text=self._pages.get_template(name).render(**shown), content_type="text/html")


def mail_url(mail: Mail) -> str:
    """Where the mail itself is shown."""
    return f"/mails/{mail.message_id}"


def act_url(mail: Mail, act: str) -> str:
    """Where a button about it leads: open, click, unsubscribe, spam."""
    return f"{mail_url(mail)}/{act}"


def _back_to(address: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/mailbox?who={quote(address)}")
