"""Which mailbox providers e-mails did not arrive at, and why. Only those that failed are looked at, and of these so many at most."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import text

from app.domain.mailbox_providers import provider_of
from app.domain.shown import FAILED
from app.extensions import db
from app.messages.counts import ChannelCounts
from app.reports.details.findings import Cause, failed_version
from app.reports.remembered import remembered

LOOKED_AT = 100_000
_SHOWN, _SHOWN_CAUSES, _SHOWN_DOMAINS = 12, 3, 3

_BY_DOMAIN = text("""
    SELECT split_part(lower(address), '@', -1) AS domain, shown_status, coalesce(error_words, '') AS words, count(*) AS people
    FROM (SELECT address, shown_status, error_words FROM messages
          WHERE sendout_id = :sendout_id AND channel = 'email' AND shown_status = ANY(:failed) AND address IS NOT NULL
          LIMIT :most) AS looked_at
    GROUP BY 1, 2, 3""")


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The people of one provider whom an e-mail did not reach. `key` asks for them; `domains` are its commonest, if it has several."""

    key: str
    name: str
    domains: tuple[str, ...]
    people: int
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class ByProvider:
    """The providers of the most failures, how many people the others have, and of how many failures this is."""

    rows: tuple[Mailboxes, ...]
    others: int
    looked_at: int

    @property
    def is_all(self) -> bool:
        """Whether every failure has been looked at."""
        return self.looked_at < LOOKED_AT


def failed_by_provider(sendout_id: int, counts: ChannelCounts) -> ByProvider:
    """The providers at which the most e-mails failed, with the commonest causes at each."""

    def ask() -> dict[str, Any]:
        asked = {"sendout_id": sendout_id, "failed": list(FAILED), "most": LOOKED_AT}
        return asdict(_gathered(db.session.execute(_BY_DOMAIN, asked).all()))

    known = remembered(f"mailboxes:{sendout_id}", failed_version(counts), ask)
    return ByProvider(tuple(_row(each) for each in known["rows"]), known["others"], known["looked_at"])


@dataclass(slots=True)
class _Pile:
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)


def _gathered(found: Iterable[Any]) -> ByProvider:
    piles: dict[str, _Pile] = {}
    for domain, status, words, people in found:
        pile = piles.setdefault(provider_of(domain) or domain, _Pile())
        pile.causes[status, words] += people
        pile.domains[domain] += people
    ordered = sorted(piles.items(), key=lambda named: (-named[1].causes.total(), named[0]))
    rows = tuple(_mailboxes(key, pile) for key, pile in ordered[:_SHOWN])
    whole = sum(pile.causes.total() for pile in piles.values())
    return ByProvider(rows, whole - sum(row.people for row in rows), whole)


def _mailboxes(key: str, pile: _Pile) -> Mailboxes:
    provider = provider_of(next(iter(pile.domains)))
    causes = tuple(Cause(status, words, people) for (status, words), people in pile.causes.most_common(_SHOWN_CAUSES))
    domains = tuple(domain for domain, _ in pile.domains.most_common(_SHOWN_DOMAINS)) if provider else ()
    return Mailboxes(str(key), provider.words if provider else key, domains, pile.causes.total(), causes)


def _row(known: dict[str, Any]) -> Mailboxes:
    causes: Sequence[dict[str, Any]] = known["causes"]
    return Mailboxes(**(known | {"domains": tuple(known["domains"]), "causes": tuple(Cause(**each) for each in causes)}))
