"""A period's charges as the lines of a table that adds up."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.costs import ChargeKind, Prices
from app.extensions import db
from app.lib.clock import now
from app.messages.spending import Billed, BudgetStanding, Charged, Dimension, Period, amount_of, billed, budget_standing, charges
from app.models import Organisation, ParticipantList, Sender, Sendout
from app.reports.remembered import remembered

MONTHS = 13
_NO_TEXTS = (ChargeKind.EMAIL, ChargeKind.SKIPPED)
MOST_LINES = 500
_ANSWERS = "answers"  # stands for the keys of all single texts: they are one line
_NOBODYS = {
    Dimension.SENDER: "No sender",
    Dimension.LIST: "People chosen one by one, and texts received",
    Dimension.SENDOUT: "Not of a send-out",
}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line: its name, how many messages of each kind, how many parts the texts had, and what it comes to by our estimate.

    `billed` is what the provider has charged for its texts, by currency, for as many of them as it has told of.
    """

    name: str
    sendout_id: int | None
    messages: Mapping[ChargeKind, int]
    parts: int
    amount: Decimal
    billed: Mapping[str, Decimal]
    billed_texts: int

    @property
    def texts(self) -> int:
        """How many texts were charged."""
        return sum(count for kind, count in self.messages.items() if kind not in _NO_TEXTS)


@dataclass(frozen=True, slots=True)
class CostTable:
    """The lines, the dearest first (months the newest first), and what all of them come to, also those that are not shown."""

    lines: list[CostLine]
    whole: CostLine
    left_out: int


def cost_table(period: Period, dimension: Dimension, prices: Prices) -> CostTable:
    """The charges of a period by this dimension."""
    charged, said = charges(period, dimension), billed(period, dimension)
    answers = _answer_keys(period.organisation_id, charged) if dimension is Dimension.SENDOUT else set()
    whole, by_key = _Sums(charged, said), defaultdict[str | None, _Sums](_Sums)
    for each in charged:
        by_key[_ANSWERS if each.key in answers else each.key].charged.append(each)
    for told in said:
        by_key[_ANSWERS if told.key in answers else told.key].billed.append(told)
    names = _names(period.organisation_id, dimension, by_key)
    linked = {key for key in by_key if dimension is Dimension.SENDOUT and key != _ANSWERS}
    lines = [(key, sums.line(names[key], key if key in linked else None, prices)) for key, sums in by_key.items()]
    if dimension is Dimension.MONTH:
        lines.sort(key=lambda pair: pair[0] or "", reverse=True)
    else:
        lines.sort(key=lambda pair: (-pair[1].amount, -pair[1].parts, pair[1].name))
    return CostTable([line for _, line in lines[:MOST_LINES]], whole.line("Together", None, prices), max(0, len(lines) - MOST_LINES))


def budget_lately(organisation_id: int) -> BudgetStanding | None:
    """How the month stands against its budget as of some minutes ago: for pages that everybody opens all day."""
    instant = now()
    answer = remembered(f"budget:{organisation_id}", f"{instant:%Y%m%d%H}-{instant.minute // 5}", lambda: _budget_as_json(organisation_id))
    return BudgetStanding(Decimal(answer[0]), Decimal(answer[1]), answer[2]) if answer else None


def _budget_as_json(organisation_id: int) -> list[str] | None:
    standing = budget_standing(organisation_id)
    return [str(standing.spent), str(standing.budget), standing.currency] if standing else None


def month_choices(zone: str) -> list[tuple[str, str]]:
    """The months that can be asked for, this one first: "2026-11" and "November 2026"."""
    today = now().astimezone(ZoneInfo(zone)).date()
    months = [_months_before(today, back) for back in range(MONTHS)]
    return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months]


def period_of(organisation: Organisation, dimension: Dimension, month: str) -> Period:
    """The month asked for, in the organisation's zone; by month, all the months that can be chosen."""
    zone = ZoneInfo(organisation.time_zone)
    first = date.fromisoformat(f"{month}-01")
    begins = _months_before(now().astimezone(zone).date(), MONTHS - 1) if dimension is Dimension.MONTH else first
    ends = now() if dimension is Dimension.MONTH else _midnight(_months_before(first, -1), zone)
    return Period(organisation.id, _midnight(begins, zone), ends, organisation.time_zone)


def _answer_keys(organisation_id: int, charged: list[Charged]) -> set[str | None]:
    ids = {int(each.key) for each in charged if each.key}
    asked = select(Sendout.id).where(Sendout.organisation_id == organisation_id, Sendout.id.in_(ids), Sendout.is_single)
    return {str(number) for number in db.session.scalars(asked)}


@dataclass(slots=True)
class _Sums:
    """Charges that are put together in one line, or in all of them."""

    charged: list[Charged] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)

    def line(self, name: str, key: str | None, prices: Prices) -> CostLine:
        messages = {kind: sum(row.messages for row in self.charged if row.kind is kind) for kind in ChargeKind}
        parts = sum(row.parts for row in self.charged if row.kind not in _NO_TEXTS)
        by_currency: dict[str, Decimal] = {}
        for each in sorted(self.billed, key=lambda each: each.currency):
            by_currency[each.currency] = by_currency.get(each.currency, Decimal(0)) + each.amount
        amount, texts = amount_of(self.charged, prices), sum(each.texts for each in self.billed)
        return CostLine(name, int(key) if key else None, messages, parts, amount, by_currency, texts)


def _names(organisation_id: int, dimension: Dimension, keys: Collection[str | None]) -> dict[str | None, str]:
    """What each key is called; what has been deleted since keeps a line without a name."""
    known: dict[str | None, str] = {None: _NOBODYS.get(dimension, "")}
    if dimension is Dimension.MONTH:
        return known | {key: f"{date.fromisoformat(f'{key}-01'):%B %Y}" for key in keys if key}
    if dimension is Dimension.CHANNEL:
        return known | {Channel.EMAIL.value: "E-mail", Channel.SMS.value: "Texts"}
    known[_ANSWERS] = "Messages to single people, and texts back to those"
    ids = [int(key) for key in keys if key and key != _ANSWERS]
    asked = {
        Dimension.SENDER: select(Sender.id, Sender.address).where(Sender.organisation_id == organisation_id, Sender.id.in_(ids)),
        Dimension.LIST: select(ParticipantList.id, ParticipantList.name).where(
            ParticipantList.organisation_id == organisation_id, ParticipantList.id.in_(ids)
        ),
        Dimension.SENDOUT: select(Sendout.id, Sendout.title).where(Sendout.organisation_id == organisation_id, Sendout.id.in_(ids)),
    }[dimension]
    named = {str(number): name or "Without a title" for number, name in db.session.execute(asked)}
    return {key: named.get(key or "", "Deleted since") for key in keys} | known


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before this day's; after it for a negative number."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
