"""The HTTP face of Twilio's Messages: create, fetch, list."""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from simulator import clock
from simulator.carrier import OPTED_OUT, SERVICE_NUMBER, Carrier
from simulator.faults import CallFault, Faults
from simulator.gate import Refusals, pass_through
from simulator.ledger import Acceptance, Ledger
from simulator.media import MediaStore, Picture
from simulator.origins import Origins
from simulator.settings import Settings
from simulator.texts import API_VERSION, CODE_WORDS, Text, TextFilter, TextStore

_PREFIX = f"/{API_VERSION}/Accounts/{{account}}/Messages"
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_MOST_CHARACTERS = 1600
_STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 21611: 429, 63038: 429}
_DAY_SECONDS = 86_400.0
_PAGE_SIZES = (50, 1000)  # when none is asked for, and at most


@dataclass
class Refused(Exception):
    """A request that Twilio answers with one of its codes."""

    code: int
    to: str = ""
    callback: str = ""

    def answer(self) -> web.Response:
        status = _STATUSES.get(self.code, 400)
        words = CODE_WORDS[self.code].format(to=self.to, callback=self.callback)
        body = {"code": self.code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{self.code}", "status": status}
        return _json(body, status)


_REFUSALS = Refusals(Refused(20429).answer, Refused(20500).answer)


@dataclass(frozen=True)
class Twilio:
    """Answers like the REST API of 2010-04-01, for one account."""

    settings: Settings
    carrier: Carrier
    store: TextStore
    ledger: Ledger
    faults: Faults
    origins: Origins
    media: MediaStore

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_PREFIX}.json", self._create),
            web.get(f"{_PREFIX}.json", self._list),
            web.get(f"{_PREFIX}/{{sid}}.json", self._fetch),
            web.get(f"{_PREFIX}/{{sid}}/Media.json", self._list_media),
            web.get(f"{_PREFIX}/{{sid}}/Media/{{media}}", self._fetch_media),
            web.delete(f"{_PREFIX}/{{sid}}/Media/{{media}}.json", self._delete_media),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        def accept(fault: CallFault, *, early: bool) -> web.Response:
            try:
                text = self._text(form)
            except Refused as refusal:
                return refusal.answer()
            return self._take(text, fault, early=early)

        refusal = self._access_refusal(request)
        if refusal is not None:
            return refusal.answer()
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        return await pass_through(request, self.faults, _REFUSALS, accept)

    async def _fetch(self, request: web.Request) -> web.Response:
        refusal = self._access_refusal(request)
        text = self.store.find(request.match_info["sid"])
        if refusal is not None or text is None:
            return (refusal or Refused(20404)).answer()
        return _json(text.resource(self.settings.price_after))

    async def _list(self, request: web.Request) -> web.Response:
        refusal = self._access_refusal(request)
        if refusal is not None:
            return refusal.answer()
        query = request.query
        size = min(int(query.get("PageSize", _PAGE_SIZES[0])), _PAGE_SIZES[1])
        page = int(query.get("Page", 0))
        found = list(islice(self.store.listed(_filter(query)), page * size, (page + 1) * size + 1))
        shown = [text.resource(self.settings.price_after) for text in found[:size]]
        return _json(_page(request, shown, page, size, more=len(found) > size))

    async def _list_media(self, request: web.Request) -> web.Response:
        refusal = self._access_refusal(request)
        text = self.store.find(request.match_info["sid"])
        if refusal is not None or text is None:
            return (refusal or Refused(20404)).answer()
        return _json({"media_list": text.media(), "next_page_uri": None, "page": 0, "page_size": 50, "uri": request.path})

    async def _fetch_media(self, request: web.Request) -> web.Response:
        """The picture itself is elsewhere, for some hours."""
        refusal = self._access_refusal(request)
        _, picture = self._picture(request)
        if refusal is not None or picture is None:
            return (refusal or Refused(20404)).answer()
        return web.Response(status=307, headers={"Location": self.media.put(picture)})

    async def _delete_media(self, request: web.Request) -> web.Response:
        refusal = self._access_refusal(request)
        text, picture = self._picture(request)
        if refusal is not None or text is None or picture is None:
            return (refusal or Refused(20404)).answer()
        text.pictures = tuple(each for each in text.pictures if each != picture)
        return web.Response(status=204)

    def _picture(self, request: web.Request) -> tuple[Text | None, Picture | None]:
        text = self.store.find(request.match_info["sid"])
        wanted = request.match_info["media"]
        return text, next((each for each in text.pictures if each.sid == wanted), None) if text else None

    def _access_refusal(self, request: web.Request) -> Refused | None:
        expected = base64.b64encode(f"{self.settings.account_sid}:{self.settings.auth_token}".encode()).decode()
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if not secrets.compare_digest(given, expected) or self.faults.knobs.credentials_revoked:
            return Refused(20003)
        return None if request.match_info["account"] == self.settings.account_sid else Refused(20404)

    def _text(self, form: Mapping[str, str]) -> Text:
        """The text that a form asks for; raises Refused in the order in which Twilio looks at it."""
        to, sender, service = form.get("To", ""), form.get("From", ""), form.get("MessagingServiceSid", "")
        callback = form.get("StatusCallback", "")
        if not to:
            raise Refused(21604)
        if not _E164.match(to):
            raise Refused(21211, to)
        if not (sender or service):
            raise Refused(21603)
        self._check_body(form.get("Body", ""))
        if callback and self.origins.road_to(callback) is None:
            raise Refused(21609, to, callback)
        self._check_recipient(to, sender, service)
        status = "accepted" if service else "queued"
        return Text(self.settings.account_sid, to, form["Body"], sender or SERVICE_NUMBER, service, callback, status=status)

    def _check_body(self, body: str) -> None:
        if not body:
            raise Refused(21602)
        if len(body) > _MOST_CHARACTERS:
            raise Refused(21617)
        if self.faults.knobs.daily_quota_spent:
            raise Refused(63038)

    def _check_recipient(self, to: str, sender: str, service: str) -> None:
        """An opted-out person is refused here for a number; for a Messaging Service it comes in the callback."""
        fate = self.carrier.fate_of(to)
        opted_out = (sender, to) in self.carrier.blocked or fate.refused == OPTED_OUT
        if opted_out and not service:
            raise Refused(OPTED_OUT)
        if fate.refused and fate.refused != OPTED_OUT:
            raise Refused(fate.refused, to)

    def _take(self, text: Text, fault: CallFault, *, early: bool) -> web.Response:
        answer = _json(text.resource(), status=201)
        sender = text.service or text.sender
        taken = Acceptance("twilio", text.sid, text.to, "CreateMessage", callback_url=text.callback_url, sender=sender, fault=fault)
        self.ledger.record(taken)
        self.ledger.flush()
        self.carrier.take(text, early=early)
        return answer


def _filter(query: Mapping[str, str]) -> TextFilter:
    """`DateSent` is a whole day; `DateSent>` and `DateSent<` take a day or an instant, the day itself included."""
    since, until = 0.0, float("inf")
    if day := query.get("DateSent"):
        since = clock.seconds_of(day[:10])
        until = since + _DAY_SECONDS
    if after := query.get("DateSent>"):
        since = clock.seconds_of(after)
    if before := query.get("DateSent<"):
        until = clock.seconds_of(before) + (_DAY_SECONDS if "T" not in before else 0)
    return TextFilter(query.get("To", ""), query.get("From", ""), since, until)


def _page(request: web.Request, messages: list[dict[str, object]], page: int, size: int, *, more: bool) -> dict[str, object]:
    def uri(number: int) -> str:
        return f"{request.path}?{urlencode({**request.query, 'PageSize': size, 'Page': number})}"

    return {
        "messages": messages,
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(messages) - 1),
        "uri": uri(page),
    }


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(text=json.dumps(body), status=status, content_type="application/json")
