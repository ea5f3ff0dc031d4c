"""What an organisation's messages were charged for: read from the ledger, so that it adds up with every other report.

Texts are charged by the part, in both directions, e-mails each; skipped rows are there to be counted, and cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from app.domain.channels import Channel
from app.domain.costs import BudgetLevel, ChargeKind, Prices, budget_level, price_of
from app.domain.sms_segments import measure_text
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import NotAllowed
from app.messages.questions import sms_source
from app.models import Organisation, PriceList, Sendout

# A message is charged when the provider took it. Send-outs are looked at from two months before: a paused one may go on so long.
_CHARGES = """
    WITH charges AS (
        SELECT coalesce(m.accepted_at, s.launched_at) AS at, m.channel, m.sendout_id, m.participant_id,
               CASE WHEN m.status = 'skipped' THEN 'skipped' WHEN m.channel = 'email' THEN 'email'
                    WHEN s.audience_rule @> '{"automatic": true}' THEN 'auto_replied' ELSE 'sent' END AS kind,
               CASE m.channel WHEN 'email' THEN s.email_sender_id ELSE s.sms_sender_id END AS sender_id,
               CASE WHEN m.status = 'skipped' THEN 0 ELSE coalesce(m.segments, 1) END AS parts,
               m.provider_ref
        FROM sendouts s JOIN messages m ON m.sendout_id = s.id
        WHERE s.organisation_id = :organisation_id
          AND s.launched_at < :until AND s.launched_at >= CAST(:since AS timestamptz) - interval '60 days'
          AND (m.accepted_at IS NOT NULL OR m.status = 'skipped')
          AND coalesce(m.accepted_at, s.launched_at) >= :since AND coalesce(m.accepted_at, s.launched_at) < :until
        UNION ALL
        SELECT i.received_at, 'sms', m.sendout_id, i.participant_id, 'received', i.sender_id, i.segments, i.provider_ref
        FROM inbound_texts i LEFT JOIN messages m ON m.id = i.message_id AND m.organisation_id = i.organisation_id
        WHERE i.organisation_id = :organisation_id AND i.channel = 'sms' AND i.received_at >= :since AND i.received_at < :until
        UNION ALL
        SELECT t.done_at, CASE WHEN t.kind LIKE '%\\_email' THEN 'email' ELSE 'sms' END, m.sendout_id, i.participant_id,
               CASE WHEN t.kind LIKE '%\\_email' THEN 'email' WHEN t.kind = 'confirm_stop' THEN 'auto_replied' ELSE 'forwarded' END,
               CASE WHEN t.kind LIKE '%\\_email' THEN NULL ELSE i.sender_id END, coalesce(t.segments, 1), t.provider_ref
        FROM reply_tasks t JOIN inbound_texts i ON i.id = t.text_id LEFT JOIN messages m ON m.id = i.message_id
        WHERE t.organisation_id = :organisation_id AND t.state = 'done' AND t.kind <> 'auto_reply'
          AND t.done_at >= :since AND t.done_at < :until
    )"""


class Dimension(StrEnum):
    """By what the charges of a period are put together."""

    MONTH = "month"
    CHANNEL = "channel"
    SENDER = "sender"
    LIST = "list"
    SENDOUT = "sendout"


# A person on several lists of one send-out is counted with the oldest of them, so that the lines add up to the whole.
_LIST_OF = """(SELECT min(l.list_id) FROM sendout_lists l JOIN list_memberships b ON b.list_id = l.list_id
    WHERE l.sendout_id = c.sendout_id AND NOT l.is_excluded AND b.participant_id = c.participant_id)"""
_KEYS = {
    Dimension.MONTH: "to_char(c.at AT TIME ZONE :zone, 'YYYY-MM')",
    Dimension.CHANNEL: "c.channel",
    Dimension.SENDER: "c.sender_id",
    Dimension.LIST: _LIST_OF,
    Dimension.SENDOUT: "c.sendout_id",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time of one organisation; `zone` is where its months begin."""

    organisation_id: int
    since: datetime
    until: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Charged:
    """How often something was charged under one key, and in how many parts."""

    key: str | None
    kind: ChargeKind
    messages: int
    parts: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What the provider charged for the texts under one key in one currency, as far as it has said so: for how many."""

    key: str | None
    currency: str
    texts: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """How this month stands against its budget."""

    spent: Decimal
    budget: Decimal | None
    currency: str

    @property
    def level(self) -> BudgetLevel:
        """FINE, WARNING or USED_UP."""
        return budget_level(self.spent, self.budget)


def charges(period: Period, dimension: Dimension) -> list[Charged]:
    """What was charged in a period, by key of the dimension and by kind; a key is None for what belongs to none."""
    grouped = f"SELECT CAST({_KEYS[dimension]} AS text), c.kind, count(*), sum(c.parts) FROM charges c GROUP BY 1, 2"  # noqa: S608  our own
    return [Charged(key, ChargeKind(kind), count, parts) for key, kind, count, parts in _asked(grouped, period, dimension)]


def billed(period: Period, dimension: Dimension) -> list[Billed]:
    """What the provider has charged for the same texts, by the same keys and by currency."""
    grouped = f"""SELECT CAST({_KEYS[dimension]} AS text), p.currency, count(*), sum(p.amount)
        FROM charges c JOIN text_prices p ON p.provider_ref = c.provider_ref AND p.organisation_id = :organisation_id
        WHERE c.kind NOT IN ('email', 'skipped') GROUP BY 1, 2"""  # noqa: S608  our own
    return [Billed(*row) for row in _asked(grouped, period, dimension)]


def _asked(grouped: str, period: Period, dimension: Dimension) -> Sequence[Row[*tuple[Any, ...]]]:
    named = {"organisation_id": period.organisation_id, "since": period.since, "until": period.until}
    if dimension is Dimension.MONTH:
        named |= {"zone": period.zone}
    return db.session.execute(text(f"{_CHARGES} {grouped}"), named).all()


def amount_of(charged: list[Charged], prices: Prices) -> Decimal:
    """What these charges come to, as estimated from the prices."""
    return sum((each.parts * price_of(each.kind, prices) for each in charged), Decimal(0))


def prices_of(organisation_id: int) -> Prices | None:
    """The organisation's prices; None until an owner has given them."""
    row = db.session.get(PriceList, organisation_id)
    return Prices(row.currency, row.text_price, row.received_price, row.email_price, row.monthly_budget) if row else None


def this_month(organisation: Organisation) -> Period:
    """From the first of the month, in the organisation's zone, until now."""
    zone = ZoneInfo(organisation.time_zone)
    first = now().astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(organisation.id, first, now(), organisation.time_zone)


def has_budget(organisation_id: int) -> bool:
    """Whether an owner has limited what a month may cost."""
    prices = prices_of(organisation_id)
    return prices is not None and prices.monthly_budget is not None


def budget_standing(organisation_id: int, coming: Decimal | None = None) -> BudgetStanding | None:
    """How this month stands; None without a budget, and then nothing is counted.

    With `coming`, what is about to go out: how it will stand once that has gone, and everything that was started before it.
    """
    prices = prices_of(organisation_id)
    if prices is None or prices.monthly_budget is None:
        return None
    period = this_month(db.session.get_one(Organisation, organisation_id))
    spent = amount_of(charges(period, Dimension.CHANNEL), prices)
    if coming is not None:
        spent += coming + _on_its_way(period, prices)
    return BudgetStanding(spent, prices.monthly_budget, prices.currency)


_ON_ITS_WAY = text("""
    SELECT c.sendout_id, c.channel, sum(c.amount)::bigint AS amount
    FROM sendouts s, LATERAL (
        SELECT sendout_id, channel, amount FROM sendout_counts t WHERE t.sendout_id = s.id AND t.counter = 'shown:pending'
        UNION ALL
        SELECT sendout_id, channel, amount FROM sendout_count_deltas d WHERE d.sendout_id = s.id AND d.counter = 'shown:pending') c
    WHERE s.organisation_id = :organisation_id AND s.state IN ('running', 'paused', 'held')
      AND s.launched_at >= CAST(:since AS timestamptz) - interval '60 days'
    GROUP BY 1, 2 HAVING sum(c.amount) > 0""")


def _on_its_way(period: Period, prices: Prices) -> Decimal:
    """What may still be charged for what has started: pending rows, also those in a worker's hands, texts by their parts without fields."""
    rows = db.session.execute(_ON_ITS_WAY, {"organisation_id": period.organisation_id, "since": period.since})
    return sum((_charge(Channel(row.channel), row.sendout_id, prices) * row.amount for row in rows), Decimal(0))


def _charge(channel: Channel, sendout_id: int, prices: Prices) -> Decimal:
    if channel is Channel.EMAIL:
        return prices.email
    return prices.text * measure_text(sms_source(db.session.get_one(Sendout, sendout_id))).segments


def require_budget(organisation_id: int) -> None:
    """Raise NotAllowed where nothing is left of the month's budget."""
    standing = budget_standing(organisation_id)
    if standing is not None and standing.level is BudgetLevel.USED_UP:
        amount = f"{standing.budget:,.2f} {standing.currency}"
        raise NotAllowed(f"This month's budget of {amount} does not cover it: ask an owner to send it. Urgent texts still go.")
