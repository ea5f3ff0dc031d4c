"""What a draft comes to if it goes: the money, what Amazon takes of it today, and when the last of it leaves."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from redis.exceptions import RedisError

from app.domain.channels import Channel
from app.domain.costs import money
from app.lib.clock import now
from app.messages.quota import STILL_TRUE, KnownAccount, known_account
from app.messages.spending import prices_of
from app.models import Sendout
from app.sendouts.counting import AudienceCounts
from app.sendouts.personal import PersonalCheck
from app.sendouts.reviewing.finish import Finish, finish_of


@dataclass(frozen=True, slots=True)
class Charge:
    """What one channel is charged for: so many parts of texts, or e-mails, of which `certain` wait for no other channel to fail."""

    channel: Channel
    amount: int
    certain: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What a send-out costs by the organisation's prices; who is skipped costs nothing."""

    charges: tuple[Charge, ...]
    currency: str

    @property
    def least(self) -> Decimal:
        """Where nothing fails that something else waits for."""
        return sum((each.certain * each.price for each in self.charges), Decimal(0))

    @property
    def most(self) -> Decimal:
        """Where everything goes that may."""
        return sum((each.amount * each.price for each in self.charges), Decimal(0))

    @property
    def words(self) -> str:
        """For people: "4.12 USD", or what it lies between."""
        whole = money(self.most, self.currency)
        return whole if self.least == self.most else f"between {money(self.least, self.currency)} and {whole}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What Amazon takes of this account within 24 hours, as it last said, beside what this send-out wants of it. None: no limit."""

    wanted: int
    left: int | None
    most: int | None
    is_enabled: bool
    asked_at: datetime

    @property
    def is_enough(self) -> bool:
        """Whether all of it can go now."""
        return self.is_enabled and (self.left is None or self.wanted <= self.left)

    @property
    def is_ever_enough(self) -> bool:
        """Whether a day is long enough for it, if nothing else is sent."""
        return self.most is None or self.wanted <= self.most


@dataclass(frozen=True, slots=True)
class Outlook:
    """All of it; None for what nobody can know: without prices, without an answer of Amazon's, with words that cannot be read."""

    cost: Cost | None
    allowance: Allowance | None
    finish: Finish | None


def outlook_of(sendout: Sendout, counts: AudienceCounts, personal: PersonalCheck | None) -> Outlook:
    """What a draft comes to. `personal` tells what its texts come to."""
    account = _account()
    finish = finish_of(sendout, counts, _certain_texts(counts, personal), account)
    return Outlook(cost_of(sendout, counts, personal), _allowance(counts, account), finish)


def cost_of(sendout: Sendout, counts: AudienceCounts, personal: PersonalCheck | None) -> Cost | None:
    """What it costs by the prices under Settings; None where there are none, or the texts cannot be counted."""
    prices, texts, mails = prices_of(sendout.organisation_id), counts.of(Channel.SMS), counts.of(Channel.EMAIL)
    if prices is None or (texts and personal is None):
        return None
    charges = []
    if texts and personal:
        charges.append(Charge(Channel.SMS, personal.texts, _certain_texts(counts, personal) or 0, prices.text))
    if mails:
        charges.append(Charge(Channel.EMAIL, mails.messages + mails.waiting, mails.messages, prices.email))
    return Cost(tuple(charges), prices.currency)


def estimated_cost(sendout: Sendout, counts: AudienceCounts, personal: PersonalCheck | None) -> Decimal:
    """What a budget has to cover; nothing is known without prices."""
    cost = cost_of(sendout, counts, personal)
    return cost.most if cost else Decimal(0)


def _certain_texts(counts: AudienceCounts, personal: PersonalCheck | None) -> int | None:
    """The parts of those texts that wait for no e-mail to fail: their share of all. None where the words cannot be read."""
    texts = counts.of(Channel.SMS)
    rows = texts.messages + texts.waiting if texts else 0
    if personal is None:
        return None
    return round(personal.texts * texts.messages / rows) if texts and rows else 0


def _account() -> KnownAccount | None:
    try:
        known = known_account()
    except RedisError:
        return None
    return known if known and now() - known.asked_at <= STILL_TRUE else None


def _allowance(counts: AudienceCounts, account: KnownAccount | None) -> Allowance | None:
    mails = counts.of(Channel.EMAIL)
    if account is None or mails is None or not mails.messages:
        return None
    most = account.quota.max_24_hours
    return Allowance(
        mails.messages,
        account.quota.left_24_hours,
        None if most is None else int(most),
        account.quota.is_sending_enabled,
        account.asked_at,
    )
