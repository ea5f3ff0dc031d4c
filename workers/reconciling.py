"""What may have been missed: callbacks of texts that never came, texts that people sent, and what Amazon allows by now.

No transaction is open while a provider is asked.
"""

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from app.domain.events import DeliveryEvent
from app.extensions import db
from app.inbound.missed import TextedNumber, texted_senders, unknown_texts
from app.inbound.service import UnknownSender, receive_text
from app.lib.clock import now
from app.messages import quota
from app.messages.events import record_events
from app.messages.inquiries import UnconfirmedText, note_inquiry, unconfirmed_texts
from app.providers.base import CannotAsk
from app.providers.twilio import ListedText
from app.providers.twilio_callbacks import reported
from app.web.installation import providers
from workers.runtime import draining, job, only_one

MOST_INQUIRIES = 200  # a run
INQUIRIES_AT_ONCE = 20  # between two commits
LONGEST_SECONDS = 20.0  # launches wait for the same worker
MOST_FAILURES = 3  # in a row: then the provider is away, and the rest waits
LOOK_BACK = timedelta(hours=24)

log = structlog.get_logger(__name__)


@job
def check_texts() -> int:
    """Ask Twilio about texts that were long on their way, and record what it says. Returns how many it spoke about."""
    with only_one("check-texts") as mine:
        return _check_texts() if mine else 0


@job
def find_inbound() -> int:
    """Receive what Twilio's list of the last day has and we have not: a STOP whose callback was lost is found. Returns how many."""
    with only_one("find-inbound") as mine:
        return _find_inbound() if mine else 0


@job
def ask_account() -> None:
    """Ask SES for its limits and its verdict, so that a change is seen although nothing is being sent."""
    try:
        quota.ask_account(providers().account_quota)
    except (CannotAsk, RedisError) as problem:
        log.warning("SES account not asked", problem=type(problem).__name__)


def _check_texts() -> int:
    due = unconfirmed_texts(MOST_INQUIRIES)
    db.session.rollback()
    deadline = time.monotonic() + LONGEST_SECONDS
    heard = 0
    for start in range(0, len(due), INQUIRIES_AT_ONCE):
        if draining.asked or time.monotonic() > deadline:
            break
        asked = due[start : start + INQUIRIES_AT_ONCE]
        events, is_away = _ask_about(asked)
        record_events(events)
        note_inquiry(sorted(each.message_id for each in asked))
        db.session.commit()
        heard += len(events)
        if is_away:
            break
    return heard


def _ask_about(texts: Sequence[UnconfirmedText]) -> tuple[list[DeliveryEvent], bool]:
    """What Twilio says of each, and whether it has ceased to answer. One that it does not know any more costs no other its turn."""
    events: list[DeliveryEvent] = []
    failures = 0
    for each in texts:
        try:
            events.append(reported(providers().texts.fetch(each.provider_ref), now()))
            failures = 0
        except CannotAsk as problem:
            log.warning("text not asked about", message_id=each.message_id, problem=str(problem))
            failures += 1
            if failures == MOST_FAILURES:
                return events, True
    return events, False


def _find_inbound() -> int:
    found = 0
    for number in _numbers():
        if draining.asked:
            break
        try:
            listed = providers().texts.inbound_since(number.number, now() - LOOK_BACK, number.messaging_service)
        except CannotAsk as problem:
            log.warning("received texts not listed", problem=str(problem))
            continue
        found += _receive(listed)
    return found


def _numbers() -> list[TextedNumber]:
    """Every number that people can text: our own, and those in our services' pools."""
    senders = texted_senders()
    db.session.rollback()
    numbers = [sender for sender in senders if sender.number]
    for service in (sender.messaging_service for sender in senders if sender.messaging_service):
        try:
            numbers += [TextedNumber(number, service) for number in providers().texts.numbers_of(service)]
        except CannotAsk as problem:
            log.warning("numbers of a service not listed", problem=str(problem))
    return numbers


def _receive(listed: Sequence[ListedText]) -> int:
    """Each in a transaction of its own, the oldest first, so that the last word counts."""
    unknown = unknown_texts(listed)
    db.session.rollback()
    for each in unknown:
        try:
            kept = receive_text(each.text, each.received_at)
        except UnknownSender:
            db.session.rollback()
            continue
        db.session.commit()
        log.warning("a text was found that no callback had told of", text_id=kept.text_id, keyword=kept.keyword)
    return len(unknown)
