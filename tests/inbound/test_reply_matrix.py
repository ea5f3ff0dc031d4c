"""Every word in four languages, on every kind of sender, with and without Twilio's own verdict, from people on STOP and not.

What must hold in each cell: who is on the list afterwards, who gets an automatic answer, whose STOP is ours to confirm, and what
the team is told. The table says what each word means and where Twilio answers it by itself; the rules follow from that.
"""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.senders import SenderKind
from app.extensions import db
from app.inbound.service import receive_text
from app.models import ReplyTask
from app.unsubscribes.queries import standing_entries
from tests.factories import a_message, a_participant, a_sender, a_sendout, an_entry, an_organisation

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

# Kind of sender: (what stands in `To`, the Messaging Service, the sender as it is kept).
SENDERS = {
    "long code": ("+15005550006", None, SenderKind.NUMBER),
    "toll-free": ("+18005550006", None, SenderKind.NUMBER),
    "short code": ("72345", None, SenderKind.NUMBER),
    "Messaging Service": ("+15005550007", "MG1", SenderKind.MESSAGING_SERVICE),
    "alphanumeric": ("RIVERSIDE", None, SenderKind.ALPHANUMERIC),
}
EVERYWHERE, NOT_TOLL_FREE, NOWHERE = "everywhere", "not toll-free", "nowhere"

# Word: (what it means, where Twilio answers it by itself).
WORDS = {
    # English
    "STOP": ("stop", EVERYWHERE),
    " stop ": ("stop", EVERYWHERE),
    "STOPALL": ("stop", NOT_TOLL_FREE),
    "UNSUBSCRIBE": ("stop", NOT_TOLL_FREE),
    "Cancel": ("stop", NOT_TOLL_FREE),
    "END": ("stop", NOT_TOLL_FREE),
    "QUIT": ("stop", NOT_TOLL_FREE),
    "REVOKE": ("stop", NOT_TOLL_FREE),
    "OPTOUT": ("stop", NOT_TOLL_FREE),
    "Stop!": ("stop", NOWHERE),
    "Please stop texting me": ("stop", NOWHERE),
    "stop please": ("likely_stop", NOWHERE),
    "START": ("start", EVERYWHERE),
    "UNSTOP": ("start", EVERYWHERE),
    "YES": ("yes", NOWHERE),
    "HELP": ("help", EVERYWHERE),
    "INFO": ("help", EVERYWHERE),
    "See you there": ("none", NOWHERE),
    # French
    "ARRÊT": ("stop", NOWHERE),
    "Désabonner": ("stop", NOWHERE),
    "Ne m'écrivez plus": ("stop", NOWHERE),
    "AIDE": ("help", NOWHERE),
    "Merci beaucoup": ("none", NOWHERE),
    # Spanish
    "BAJA": ("stop", NOWHERE),
    "No más mensajes": ("stop", NOWHERE),
    "AYUDA": ("help", NOWHERE),
    "Allí estaremos": ("none", NOWHERE),
    # German
    "STOPP": ("stop", NOWHERE),
    "Abmelden": ("stop", NOWHERE),
    "Keine SMS mehr": ("stop", NOWHERE),
    "HILFE": ("help", NOWHERE),
    "Wir kommen": ("none", NOWHERE),
}


def a_club(kind):
    to, service, sender_kind = SENDERS[kind]
    club = an_organisation()
    sender = a_sender(club, Channel.SMS, address=service or to, kind=sender_kind)
    sendout = a_sendout(club, sms_sender_id=sender.id, auto_reply="Thank you", forward_email="bob@club.example")
    return club, sendout, to, service


def expected(kind, word, verdict, *, was_out):
    """What the table says of one cell."""
    meaning, answered_on = WORDS[word]
    is_toll_free = kind == "toll-free"
    if meaning == "yes":
        meaning = "start" if was_out and not is_toll_free else "none"
    meaning = verdict.lower() if verdict else meaning
    is_answered = bool(verdict) or answered_on == EVERYWHERE or (answered_on == NOT_TOLL_FREE and not is_toll_free)
    is_out = {"stop": True, "start": False}.get(meaning, was_out)
    tasks = set()
    if meaning == "stop" and not was_out and not is_answered and kind not in ("short code", "alphanumeric"):
        tasks.add("confirm_stop")
    if meaning in ("none", "help") and not is_answered and not was_out:
        tasks.add("auto_reply")
    if meaning not in ("stop", "start"):
        tasks.add("forward_email")
    return meaning, is_out, tasks


@pytest.mark.parametrize(
    ("kind", "verdict", "was_out"),
    list(product(SENDERS, (None, "STOP", "START", "HELP"), (False, True))),
    ids=lambda value: {True: "opted out", False: "not opted out", None: "no OptOutType"}.get(value, value),
)
def test_every_word_does_what_the_table_says(kind, verdict, was_out):
    club, sendout, to, service = a_club(kind)
    found = {}

    for number, word in enumerate(WORDS):
        theirs = f"+1202555{number:04d}"
        person = a_participant(club, phone_number=theirs)
        a_message(sendout, person, Channel.SMS, status="delivered", accepted_at=NOW - timedelta(hours=1))
        if was_out:
            an_entry(club, channel=Channel.SMS, address=theirs, reason="stop", source="reply")
        received = receive_text(Text(f"SM{number}", theirs, to, service, word, opt_out_type=verdict), NOW)
        is_out = any(entry.reason == "stop" for entry in standing_entries(club.id, Channel.SMS, theirs))
        tasks = set(db.session.scalars(select(ReplyTask.kind).where(ReplyTask.text_id == received.text_id)))
        found[word] = (received.keyword.value, is_out, tasks)

    assert found == {word: expected(kind, word, verdict, was_out=was_out) for word in WORDS}


@pytest.mark.parametrize("theirs", ["72345", "BANK", "+123"], ids=["short code", "name", "no full number"])
@pytest.mark.parametrize("word", ["See you there", "HILFE", "STOPP"])
def test_what_sends_by_itself_is_never_answered(theirs, word):
    club, sendout, to, service = a_club("long code")
    person = a_participant(club)
    a_message(sendout, person, Channel.SMS, address=theirs, status="delivered", accepted_at=NOW - timedelta(hours=1))

    received = receive_text(Text("SM1", theirs, to, service, word), NOW)

    tasks = set(db.session.scalars(select(ReplyTask.kind).where(ReplyTask.text_id == received.text_id)))
    assert tasks <= {"forward_email"}
