"""People who say no in the middle of a send-out, by the link in an e-mail or a STOP, and when they were answered."""

import http.client
import time
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode, urlsplit

from app.domain.channels import Channel
from app.messages.urls import own_urls
from simulator.carrier import sealed_form
from tests.chaos.installation import Installation
from tests.chaos.plan import Fault
from tests.chaos.sight import rows

PATIENCE_SECONDS = 2.0  # nothing else is looked after meanwhile
AT_ONCE = 4
ANSWERED = range(200, 300)
_WAITING = """
    SELECT m.id, m.address, s.address AS ours, (
        SELECT min(e.id) FROM messages e WHERE e.participant_id = m.participant_id AND e.channel = 'email') AS earlier_id
    FROM messages m JOIN sendouts d ON d.id = m.sendout_id JOIN senders s ON s.id = d.sms_sender_id
    WHERE d.id = :id AND m.channel = :channel AND m.status IN ('pending', 'in_doubt') ORDER BY m.id"""


@dataclass(frozen=True)
class OptOut:
    """Somebody was told that they get no more of these; `answered_at` in seconds since 1970, by the one clock that is never wrong."""

    message_id: int
    answered_at: float


def opt_outs(installation: Installation, fault: Fault, sendout_id: int, dice: Random) -> list[OptOut]:
    """A few people say no, most of them before their turn has come. Returns those who were answered."""
    channel = Channel.SMS if fault is Fault.STOP else Channel.EMAIL
    waiting = rows(_WAITING, id=sendout_id, channel=channel)
    answered = []
    for each in dice.sample(waiting, min(AT_ONCE, len(waiting))):
        is_told = _stop(installation, each.address, each.ours, dice) if channel is Channel.SMS else _unsubscribe(each.earlier_id)
        if is_told:
            answered.append(OptOut(each.id, time.time()))
    return answered


def _unsubscribe(message_id: int) -> bool:
    """As the button of a mail program does (RFC 8058), in an e-mail that came long ago."""
    return _post(own_urls().unsubscribe(message_id), {"Content-Type": "application/x-www-form-urlencoded"}, b"List-Unsubscribe=One-Click")


def _stop(installation: Installation, number: str, ours: str, dice: Random) -> bool:
    """Twilio tells us of the text, signed, and waits for our answer."""
    sid = f"SM{dice.getrandbits(128):032x}"
    account = installation.environment["TWILIO_ACCOUNT_SID"]
    form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": account, "From": number, "To": ours, "Body": "STOP"}
    form |= {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"}
    url = f"{installation.url}/callbacks/twilio/inbound"
    sealed = sealed_form(url, form, installation.environment["TWILIO_AUTH_TOKEN"])
    return _post(url, sealed.headers, urlencode(form).encode())


def _post(url: str, headers: dict[str, str], body: bytes) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", parts.path, body, headers)
        return connection.getresponse().status in ANSWERED
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
