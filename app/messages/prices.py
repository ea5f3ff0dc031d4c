"""What texts were charged for, as the provider says: which of its days are to be read for it, and what was found there.

A price comes some time after its text, and never for some. So a day is read again ever later, and no more than MOST_ROUNDS times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from app.extensions import db
from app.providers.twilio import PricedText

FIRST_AFTER_SECONDS = 3_600  # after a text has left or come in; then the day is read again after 1, 2, 4 … hours
MOST_ROUNDS = 6
LOOK_BACK_DAYS = 8
_OVERLAP = timedelta(hours=2)  # a text that was taken before midnight may leave after

_UNPRICED = text("""
    WITH charged AS (
        SELECT m.accepted_at AS at, m.provider_ref FROM sendouts s JOIN messages m ON m.sendout_id = s.id
        WHERE s.channel_plan <> 'email' AND s.launched_at > now() - make_interval(days => 60)
          AND m.channel = 'sms' AND m.provider_ref IS NOT NULL AND m.status <> 'skipped' AND m.accepted_at IS NOT NULL
        UNION ALL
        SELECT received_at, provider_ref FROM inbound_texts WHERE channel = 'sms'
        UNION ALL
        SELECT done_at, provider_ref FROM reply_tasks WHERE state = 'done' AND kind NOT LIKE '%\\_email' AND provider_ref IS NOT NULL),
    days AS (
        SELECT DISTINCT CAST(c.at AT TIME ZONE 'UTC' AS date) AS day FROM charged c
        WHERE c.at > now() - make_interval(days => :days) AND c.at < now() - make_interval(secs => :first)
          AND NOT EXISTS (SELECT FROM text_prices p WHERE p.provider_ref = c.provider_ref))
    SELECT d.day, p.listed_until FROM days d LEFT JOIN price_days p ON p.day = d.day
    WHERE p.day IS NULL OR (p.rounds < :most AND p.due_at <= now()) ORDER BY d.day DESC""")

_NOTE = text("""
    INSERT INTO text_prices (provider_ref, organisation_id, amount, currency)
    SELECT given.ref, owner.organisation_id, given.amount, given.currency
    FROM unnest(CAST(:refs AS text[]), CAST(:amounts AS numeric[]), CAST(:currencies AS text[])) AS given(ref, amount, currency)
    CROSS JOIN LATERAL (
        SELECT organisation_id FROM messages WHERE provider_ref = given.ref
        UNION ALL SELECT organisation_id FROM inbound_texts WHERE provider_ref = given.ref
        UNION ALL SELECT organisation_id FROM reply_tasks WHERE provider_ref = given.ref LIMIT 1) AS owner
    ORDER BY given.ref
    ON CONFLICT (provider_ref) DO UPDATE SET amount = excluded.amount, currency = excluded.currency, heard_at = now()
    WHERE (text_prices.amount, text_prices.currency) IS DISTINCT FROM (excluded.amount, excluded.currency)
    RETURNING provider_ref""")

_READ_SO_FAR = text("""
    INSERT INTO price_days (day, listed_until) VALUES (:day, :until)
    ON CONFLICT (day) DO UPDATE SET listed_until = excluded.listed_until""")
_READ = text("""
    INSERT INTO price_days (day, rounds, due_at) VALUES (:day, 1, now() + make_interval(secs => :first))
    ON CONFLICT (day) DO UPDATE SET rounds = price_days.rounds + 1, listed_until = NULL,
        due_at = now() + make_interval(secs => :first * (1 << price_days.rounds))""")
_FORGET = text("DELETE FROM price_days WHERE day < CURRENT_DATE - make_interval(days => :days)")


@dataclass(frozen=True, slots=True)
class UnpricedDay:
    """A day on which texts went or came whose price is not known, and until when its list is still to be read."""

    day: date
    until: datetime

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.day, time.min, UTC)


def unpriced_days() -> list[UnpricedDay]:
    """The days whose turn it is, the newest first."""
    asked = {"days": LOOK_BACK_DAYS, "first": FIRST_AFTER_SECONDS, "most": MOST_ROUNDS}
    return [UnpricedDay(day, until or _end_of(day)) for day, until in db.session.execute(_UNPRICED, asked)]


def note_prices(priced: Sequence[PricedText]) -> int:
    """Keep what texts of ours were charged for; returns how many of these charges are news. Repeatable."""
    known = {each.ref: each for each in priced if each.amount is not None}
    if not known:
        return 0
    amounts, currencies = [each.amount for each in known.values()], [each.currency for each in known.values()]
    rows = {"refs": list(known), "amounts": amounts, "currencies": currencies}
    return len(db.session.execute(_NOTE, rows).all())


def note_read(day: UnpricedDay, until: datetime | None) -> None:
    """Remember how far back a day has been read; None: all of it, so that its next round is due later."""
    if until is not None:
        db.session.execute(_READ_SO_FAR, {"day": day.day, "until": until})
        return
    db.session.execute(_READ, {"day": day.day, "first": FIRST_AFTER_SECONDS})
    db.session.execute(_FORGET, {"days": LOOK_BACK_DAYS * 2})


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, UTC) + _OVERLAP
