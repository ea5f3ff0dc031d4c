"""Puts the parts together and serves them until told to stop."""

import asyncio
import signal
import sys

from aiohttp import web

from simulator.account import Account
from simulator.carrier import Carrier
from simulator.control import Control
from simulator.faults import Faults
from simulator.inbox import Inbox
from simulator.ledger import Ledger
from simulator.mailbox import Mailbox
from simulator.media import MediaStore
from simulator.origins import Origins
from simulator.outbox import Outbox
from simulator.post_office import PostOffice
from simulator.readers import Readers
from simulator.ses import Ses
from simulator.settings import Settings
from simulator.sns import Topic
from simulator.texts import TextStore
from simulator.twilio import Twilio

_MOST_BYTES = 60 * 1024 * 1024  # SES takes 40 MB after base64, and JSON wraps that once more
_LAST_ANSWERS_SECONDS = 2.0


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then finish cleanly."""
    origins = Origins(settings.callback_url, settings.public_url)
    outbox = Outbox(origins, settings.retry_scale)
    ledger = Ledger(settings.log)
    await outbox.open()
    topic, routes = _assembled(settings, origins, outbox, ledger)
    app = web.Application(client_max_size=_MOST_BYTES)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LAST_ANSWERS_SECONDS)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
        sys.stdout.write(f"simulator at {settings.base_url} calling back {settings.callback_url}\n")
        sys.stdout.flush()
        topic.ask_to_confirm()
        await _told_to_stop()
    finally:
        await outbox.close()
        await runner.cleanup()
        ledger.close()


def _assembled(settings: Settings, origins: Origins, outbox: Outbox, ledger: Ledger) -> tuple[Topic, list[web.RouteDef]]:
    faults = {provider: Faults(f"{settings.seed}:{provider}") for provider in ("ses", "twilio")}
    for each in faults.values():
        each.clear(settings.latency)
        each.change(settings.disorder)
    topic = Topic(settings, outbox, faults["ses"])
    account = Account(settings, faults["ses"])
    readers = Readers(outbox, origins, settings.pace, settings.seed)
    post_office = PostOffice(settings, account, topic, outbox, readers)
    texts, media = TextStore(), MediaStore()
    inbox = Inbox(settings.inbound_domain.lower(), topic)
    carrier = Carrier(settings, texts, outbox, faults["twilio"])
    parts = (
        topic,
        Ses(account, post_office, ledger, faults["ses"], tracks=settings.tracking == "ses"),
        Twilio(settings, carrier, texts, ledger, faults["twilio"], origins, media),
        media,
        Control(settings, faults, ledger, outbox, topic, account, post_office, inbox, carrier, texts.clear),
        Mailbox(post_office, readers, inbox, carrier, texts),
    )
    return topic, [route for part in parts for route in part.routes()]


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
