"""The control API for tests and demonstrations: JSON under /control."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from simulator.account import Account
from simulator.carrier import Carrier
from simulator.faults import Faults, UnknownFault
from simulator.inbox import Inbox
from simulator.ledger import Ledger
from simulator.outbox import Outbox
from simulator.post_office import PostOffice
from simulator.settings import Settings
from simulator.sns import Topic


@dataclass(frozen=True)
class Control:
    """Everything that can be asked or changed while the simulator runs."""

    settings: Settings
    faults: Mapping[str, Faults]
    ledger: Ledger
    outbox: Outbox
    topic: Topic
    account: Account
    post_office: PostOffice
    inbox: Inbox
    carrier: Carrier
    forget_texts: Callable[[], None]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/acceptances", self._acceptances),
            web.get("/control/faults", self._show_faults),
            web.put("/control/faults", self._change_faults),
            web.post("/control/inbound", self._inbound),
            web.post("/control/answers", self._answer),
            web.get("/control/idle", self._idle),
            web.post("/control/reset", self._reset),
        ]

    async def _acceptances(self, request: web.Request) -> web.Response:
        """Filters: provider, to, id; `after` a sequence number; at most `limit`."""
        query = request.query
        wanted = {name: query[name] for name in ("provider", "to", "id") if name in query}
        limit = int(query["limit"]) if "limit" in query else None
        found = self.ledger.read(after=int(query.get("after", 0)), limit=limit, **wanted)
        return web.json_response({"acceptances": found, "counts": dict(self.ledger.counts)})

    async def _show_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({provider: faults.shown() for provider, faults in self.faults.items()})

    async def _change_faults(self, request: web.Request) -> web.Response:
        """A JSON object of knobs, for both providers or for `?provider=ses|twilio`; an empty one changes nothing."""
        only = request.query.get("provider", "")
        try:
            wanted = await _json_object(request)
            for provider, faults in self.faults.items():
                if only in ("", provider):
                    faults.change(wanted)
        except (ValueError, UnknownFault) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return await self._show_faults(request)

    async def _inbound(self, request: web.Request) -> web.Response:
        """{from, to, body, pictures?}: a person texts one of our numbers."""
        try:
            told = await _json_object(request)
            text = self.carrier.inbound(str(told["from"]), str(told["to"]), str(told["body"]), int(told.get("pictures", 0)))
        except (ValueError, KeyError, UnknownFault) as wrong:
            return web.json_response({"error": f"needs from, to and body: {wrong}"}, status=400)
        self.carrier.receive(text)
        return web.json_response({"sid": text.sid}, status=201)

    async def _answer(self, request: web.Request) -> web.Response:
        """{id, body, is_automatic?, is_forged?, writer?}: whoever got this mail answers it, or another does."""
        try:
            told = await _json_object(request)
            mail = self.post_office.mails[str(told["id"])]
            marks = {name: bool(told.get(name)) for name in ("is_automatic", "is_forged")}
            letter = self.inbox.answer_to(mail, str(told["body"]), marks)
        except (ValueError, KeyError, UnknownFault) as wrong:
            return web.json_response({"error": f"needs the id of a mail, and a body: {wrong}"}, status=400)
        if told.get("writer"):
            letter = replace(letter, writer=str(told["writer"]))
        return web.json_response({"told_of": self.inbox.receive(letter)}, status=201)

    async def _idle(self, _request: web.Request) -> web.Response:
        """Idle when nothing more will reach the application by itself; `unconfirmed` events wait for the subscription."""
        pending = {**self.outbox.pending, "unconfirmed": self.topic.waiting}
        shown = {"idle": not any(pending.values()), "confirmed": self.topic.confirmed, **pending}
        return web.json_response(
            {**shown, "counts": dict(self.outbox.counts), "accepted": dict(self.ledger.counts), "visits_made": list(self.outbox.visits)}
        )

    async def _reset(self, _request: web.Request) -> web.Response:
        """A fresh world: no mail, text, block, suppression, fault, pending callback or log; the subscription stays."""
        self.outbox.forget()
        self.outbox.counts.clear()
        self.outbox.visits.clear()
        self.topic.forget()
        self.topic.ask_to_confirm()
        self.account.clear()
        self.post_office.mails.clear()
        self.carrier.clear()
        self.forget_texts()
        self.ledger.clear()
        for faults in self.faults.values():
            faults.clear(self.settings.latency)
            faults.change(self.settings.disorder)
        return web.json_response({"reset": True})


async def _json_object(request: web.Request) -> dict[str, Any]:
    told = json.loads(await request.read())
    if not isinstance(told, dict):
        raise UnknownFault("a JSON object is wanted")
    return told
