"""What SES allows us at the moment: asked at most once a minute, and shared by every worker through Redis."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from app.extensions import redis_client
from app.lib.clock import now
from app.providers.base import CannotAsk
from app.providers.ses import AccountQuota

log = structlog.get_logger(__name__)

KEY = "ses-quota"
FRESH_SECONDS = 60
ACCOUNT_KEY = "ses-account"
ASKING_KEY = "ses-quota-asking"
ASKING_SECONDS = 30  # longer than an answer takes; should the one who asks die, another does
STILL_TRUE = timedelta(hours=1)
SANDBOX_RATE = 1.0  # what every account may: where SES cannot be asked, too slow mends itself
_UNKNOWN = "unknown"


def ses_rate(ask: Callable[[], AccountQuota], unknown: float = SANDBOX_RATE) -> float | None:
    """Recipients a second that SES takes from us; None is without limit. Raises RedisError: then nobody sends.

    One worker asks for all of them: SES takes the question once a second, and whoever came too late would learn nothing. `unknown`
    is what counts for as long as SES has not said.
    """
    said = _known_rate(ask)
    return unknown if said == _UNKNOWN else None if said is None else float(said)


def _known_rate(ask: Callable[[], AccountQuota]) -> float | str | None:
    known = redis_client.client.get(KEY)
    if isinstance(known, bytes):
        said: float | str | None = json.loads(known)
        return said
    if not redis_client.client.set(ASKING_KEY, 1, ex=ASKING_SECONDS, nx=True):
        return _last_rate()
    rate = _asked(ask)
    redis_client.client.set(KEY, json.dumps(rate), ex=FRESH_SECONDS)
    redis_client.client.delete(ASKING_KEY)
    return rate


def _asked(ask: Callable[[], AccountQuota]) -> float | str | None:
    try:
        return ask_account(ask).max_per_second
    except CannotAsk as problem:
        log.warning("SES did not say its rate", problem=str(problem))
        return _last_rate()


def _last_rate() -> float | str | None:
    """What SES said lately."""
    known = known_account()
    if known is None or now() - known.asked_at > STILL_TRUE:
        return _UNKNOWN
    return known.quota.max_per_second


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What SES said of its account, and when."""

    quota: AccountQuota
    asked_at: datetime


def ask_account(ask: Callable[[], AccountQuota]) -> AccountQuota:
    """Ask SES, and remember the answer for the pages. Raises CannotAsk and RedisError."""
    quota = ask()
    redis_client.client.set(ACCOUNT_KEY, json.dumps(asdict(quota) | {"asked_at": now().isoformat()}))
    return quota


def known_account() -> KnownAccount | None:
    """What SES said last; None when it was never asked, or Redis was wiped since. Raises RedisError."""
    known = redis_client.client.get(ACCOUNT_KEY)
    if not isinstance(known, bytes):
        return None
    said = json.loads(known)
    asked_at = datetime.fromisoformat(said.pop("asked_at"))
    return KnownAccount(AccountQuota(**said), asked_at)
