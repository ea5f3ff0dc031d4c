"""The Amazon SES account as it was last asked about, in words."""

from dataclasses import dataclass, field

import structlog
from redis.exceptions import RedisError

from app.domain.send_path import SendPath, Turn
from app.lib.clock import now
from app.messages.quota import KnownAccount, ask_account, known_account
from app.messages.send_path import is_left_to_us, turn_now
from app.providers.base import CannotAsk
from app.web.installation import providers

log = structlog.get_logger(__name__)

_ENFORCEMENT = {
    "HEALTHY": "Healthy: Amazon sees nothing wrong.",
    "PROBATION": "Under review: Amazon has asked for something to be changed. Its e-mail to the account's owner says what.",
    "SHUTDOWN": "Stopped: Amazon lets this account send nothing. Only its owner can settle that, with Amazon.",
}


@dataclass(frozen=True, slots=True)
class Account:
    """What a page says of the account; `known` None: not asked since Redis was last emptied, or Redis is away."""

    known: KnownAccount | None
    turn: Turn = field(default_factory=Turn)
    is_left_to_us: bool = True

    @property
    def is_one_by_one(self) -> bool:
        """Whether e-mail goes in single calls at the moment."""
        return self.turn.path is SendPath.SINGLE

    @property
    def is_slow_either_way(self) -> bool:
        """Whether single calls were tried lately, and fared no better."""
        return not self.is_one_by_one and self.turn.until is not None and self.turn.until > now()

    @property
    def enforcement(self) -> str:
        """SES's verdict in words; one that we have never seen as it came."""
        word = self.known.quota.enforcement if self.known else ""
        return _ENFORCEMENT.get(word, f"Amazon says “{word}”." if word else "Amazon did not say.")

    @property
    def troubles(self) -> list[str]:
        """What keeps this account from sending freely."""
        if self.known is None:
            return []
        quota = self.known.quota
        found = []
        if not quota.is_sending_enabled:
            found.append("Sending is switched off in Amazon SES. Somebody with access to the Amazon account has to switch it on.")
        if not quota.is_production:
            found.append("The account is in Amazon's sandbox: only verified addresses get anything. Ask Amazon for production access.")
        if quota.enforcement not in ("HEALTHY", ""):
            found.append(self.enforcement)
        if quota.max_24_hours is not None and quota.sent_24_hours >= 0.9 * quota.max_24_hours:
            found.append("Nine tenths or more of what Amazon allows within 24 hours are used up.")
        return found


def account() -> Account:
    """What is known, without asking Amazon."""
    try:
        known = known_account()
    except RedisError:
        known = None
    return Account(known, turn_now(), is_left_to_us())


def ask_amazon() -> bool:
    """Ask now, and remember. False when Amazon, or Redis, did not answer."""
    try:
        ask_account(providers().account_quota)
    except (CannotAsk, RedisError) as problem:
        log.warning("SES account not asked", problem=type(problem).__name__)
        return False
    return True
