"""What texts were charged for: Twilio's list is read, a day at a time, once their prices should be in it."""

import time

import structlog

from app.extensions import db
from app.messages.prices import UnpricedDay, note_prices, note_read, unpriced_days
from app.providers.base import CannotAsk
from app.web.installation import providers
from workers.runtime import draining, job, only_one

LONGEST_SECONDS = 20.0  # a run; the next one goes on where it ended, since launches wait for the same worker

log = structlog.get_logger(__name__)


@job
def ask_prices() -> int:
    """Read the days on which texts without a price went or came, as long as there is time. Returns how many prices were news."""
    with only_one("ask-prices") as mine:
        return _ask_prices() if mine else 0


def _ask_prices() -> int:
    deadline = time.monotonic() + LONGEST_SECONDS
    days = unpriced_days()
    db.session.rollback()
    heard = 0
    try:
        for day in days:
            if draining.asked or time.monotonic() > deadline:
                break
            heard += _read(day, deadline)
    except CannotAsk as problem:
        log.warning("prices not listed", problem=str(problem))
    return heard


def _read(day: UnpricedDay, deadline: float) -> int:
    """One day, page by page and the newest first. No transaction is open while Twilio is asked."""
    heard = 0
    for page in providers().texts.prices_between(day.since, day.until):
        heard += note_prices(page)
        sent = [each.sent_at for each in page if each.sent_at is not None]
        if sent:
            note_read(day, min(sent))
        db.session.commit()
        if draining.asked or time.monotonic() > deadline:
            return heard
    note_read(day, None)
    db.session.commit()
    return heard
