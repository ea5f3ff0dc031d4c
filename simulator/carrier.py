"""What becomes of a text after create: its statuses, the person's answers, and Twilio's default opt-out handling."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from functools import partial
from random import Random
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from simulator import clock
from simulator.behaviour import TEXT_FATES, Oracle, TextFate
from simulator.faults import Faults
from simulator.media import KIND, Picture
from simulator.outbox import Letter, Outbox, RetryPolicy, Sealed
from simulator.settings import Settings
from simulator.texts import API_VERSION, Text, TextStore

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
OPTED_OUT = 21610
_API = "https://api.twilio.com"  # as Twilio writes it, wherever this one is
SERVICE_NUMBER = "+15005550006"  # the one in every Messaging Service's pool
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)\d{7}\Z")
_WORDS = {
    "stop": "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    "start": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe.",
    "help": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_PASSED: Mapping[str, tuple[str, ...]] = {"queued": (), "failed": ("sending",)}  # on the way to a last status, where not sending and sent
_RETRY_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
_HASTE = 0.02  # seconds between statuses that must overtake the answer


class Carrier:
    """Plays out texts and takes inbound ones, telling the application by signed callbacks."""

    def __init__(self, settings: Settings, store: TextStore, outbox: Outbox, faults: Faults) -> None:
        self._settings, self._store = settings, store
        self._outbox, self._faults = outbox, faults
        self._oracle = Oracle(settings.seed, settings.probabilities)
        self._random = Random(settings.seed)
        self.blocked: set[tuple[str, str]] = set()
        self._free_at: dict[str, float] = {}

    def fate_of(self, number: str) -> TextFate:
        return self._oracle.text_fate(number)

    def take(self, text: Text, *, early: bool) -> None:
        """Accepted: keep it, and let its statuses follow."""
        self._store.keep(text)
        fate = self._fate_in_force(text)
        path = dict.fromkeys(("queued", *_PASSED.get(fate.ends, ("sending", "sent")), fate.ends))
        statuses = tuple(status for status in path if status != text.status)
        self._outbox.later(self._turn_of(text), partial(self._walk, text, statuses, (fate, early)))

    def receive(self, text: Text) -> None:
        """A person's text: opt-out words act first, and it is posted to the application whatever it says."""
        self._store.keep(text)
        self._heed_keywords(text)
        form = self._inbound_form(text)
        self._post(self._settings.inbound_url, form, partial(self._show_replies, text))

    def inbound(self, person: str, to: str, body: str, pictures: int = 0) -> Text:
        """Make the text that a person sends us; it belongs to the service that last wrote to them from that number."""
        earlier = (text for text in reversed(self._store.with_person(person)) if not text.is_inbound and text.sender == to)
        service = next((text.service for text in earlier), "")
        now = clock.now()
        sent = tuple(Picture() for _ in range(pictures))
        return Text(
            self._settings.account_sid, to, body, person, service, direction="inbound", status="received", sent_at=now, pictures=sent
        )

    def clear(self) -> None:
        self.blocked.clear()
        self._free_at.clear()

    def _fate_in_force(self, text: Text) -> TextFate:
        if self._faults.knobs.account_paused or self._faults.knobs.account_suspended:
            return TextFate(ends="failed", code=30002)
        if (text.block_scope, text.to) in self.blocked:
            return TEXT_FATES["0011"]
        fate = self.fate_of(text.to)
        return TextFate(ends="failed", code=fate.refused) if fate.refused else fate

    def _turn_of(self, text: Text) -> float:
        """Seconds until the sender's queue has come to this text; a long code carries one segment a second."""
        rate = self._settings.sender_segments_per_second
        if rate <= 0:
            return 0.0
        now = clock.now()
        begins = max(now, self._free_at.get(text.sender, now))
        self._free_at[text.sender] = begins + text.segments / rate
        return begins - now

    def _walk(self, text: Text, statuses: tuple[str, ...], rest: tuple[TextFate, bool]) -> None:
        fate, early = rest
        if not statuses:
            self._answer_back(text, fate)
            return
        wait = _HASTE if early else self._settings.step
        self._outbox.later(wait, partial(self._advance, text, statuses, rest))

    def _advance(self, text: Text, statuses: tuple[str, ...], rest: tuple[TextFate, bool]) -> None:
        text.status, text.updated_at = statuses[0], clock.now()
        if text.status == "sent":
            text.sent_at = text.updated_at
        if text.status in ("failed", "undelivered"):
            text.error_code = rest[0].code
        if text.callback_url:
            self._post(text.callback_url, self._status_form(text))
        self._walk(text, statuses[1:], rest)

    def _answer_back(self, text: Text, fate: TextFate) -> None:
        wait = self._settings.pace * (1 + self._random.random() / 2)
        for number, reply in enumerate(fate.replies, start=1):
            self._outbox.later(wait * number, partial(self._say, text, reply, fate.pictures))

    def _say(self, text: Text, reply: str, pictures: int) -> None:
        self.receive(self.inbound(text.to, text.sender, reply, pictures))

    def _heed_keywords(self, text: Text) -> None:
        """On toll-free numbers the network does it, and knows fewer words."""
        word = text.body.strip().upper()
        toll_free = bool(_TOLL_FREE.match(text.to))
        scope = (text.service or text.to, text.sender)
        if word in ({"STOP"} if toll_free else STOP_WORDS):
            self.blocked.add(scope)
            self._show(text, _WORDS["stop"])
        elif word in ({"START", "UNSTOP"} if toll_free else START_WORDS):
            self.blocked.discard(scope)
            self._show(text, _WORDS["start"])
        elif word in HELP_WORDS and not toll_free:
            self._show(text, _WORDS["help"])

    def _show_replies(self, text: Text, answer: bytes) -> None:
        """The messages of a TwiML answer reach the person, unless they have opted out."""
        try:
            messages = ET.fromstring(answer).iter("Message") if answer.strip() else iter(())  # noqa: S314 - our own application's
        except ET.ParseError:
            return
        if (text.service or text.to, text.sender) in self.blocked:
            return
        for message in messages:
            self._show(text, "".join(message.itertext()).strip())

    def _show(self, text: Text, words: str) -> None:
        now = clock.now()
        shown = Text(
            text.account_sid, text.sender, words, text.to, text.service, direction="outbound-reply", status="delivered", sent_at=now
        )
        self._store.keep(shown)

    def _status_form(self, text: Text) -> dict[str, str]:
        form = {"SmsSid": text.sid, "SmsStatus": text.status, "MessageStatus": text.status, "To": text.to, "MessageSid": text.sid}
        form |= {"AccountSid": text.account_sid, "From": text.sender, "ApiVersion": API_VERSION}
        if text.service:
            form["MessagingServiceSid"] = text.service
        if text.error_code is not None:
            form["ErrorCode"] = str(text.error_code)
        if text.status in ("delivered", "undelivered"):
            form["RawDlrDoneDate"] = clock.receipt_instant(text.updated_at)
        return form

    def _inbound_form(self, text: Text) -> dict[str, str]:
        form = {"SmsMessageSid": text.sid, "SmsSid": text.sid, "MessageSid": text.sid, "AccountSid": text.account_sid}
        form |= {"From": text.sender, "To": text.to, "Body": text.body, "SmsStatus": "received", "ApiVersion": API_VERSION}
        form |= {"NumMedia": str(len(text.pictures)), "NumSegments": str(text.segments)}
        for number, each in enumerate(text.media()):
            form |= {f"MediaContentType{number}": KIND, f"MediaUrl{number}": f"{_API}{each['uri'].removesuffix('.json')}"}
        form |= {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip")} | {
            "FromCountry": "US",
            "ToCountry": "US",
        }
        return form | ({"MessagingServiceSid": text.service} if text.service else {})

    def _post(self, url: str, form: dict[str, str], on_answer: partial[None] | None = None) -> None:
        seal = partial(sealed_form, url, form, self._settings.auth_token)
        self._outbox.post(Letter(form["MessageSid"], url, seal, retry_policy(url), on_answer), self._faults)


def sealed_form(url: str, form: Mapping[str, str], token: str) -> Sealed:
    """Signed as Twilio signs a form: HMAC-SHA1 over the URL without its fragment and the sorted parameters."""
    signed = url.partition("#")[0] + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": signature,
        "I-Twilio-Idempotency-Token": secrets.token_hex(18),
    }
    return Sealed(headers, urlencode(form).encode())


def retry_policy(url: str) -> RetryPolicy:
    """What the URL's fragment asks for (`#rc=3&rp=5xx,ct,rt`); without it one more try, and only when no connection was made."""
    wishes = dict(pair.partition("=")[::2] for pair in urlsplit(url).fragment.split("&"))
    count = int(wishes["rc"]) if wishes.get("rc", "").isdigit() else 1
    on = frozenset(wishes.get("rp", "ct").split(","))
    return RetryPolicy(_RETRY_WAITS[: min(count, 5)], frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in on else on)
