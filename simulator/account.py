"""The Amazon account: its quota and rates, its standing, and its suppression list."""

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import Any

from simulator import clock
from simulator.faults import Faults, Knobs
from simulator.ses_errors import PAUSED, QUOTA_SPENT, SUSPENDED, THROTTLED, SesError
from simulator.settings import Settings

_DAY_SECONDS = 86_400.0
UNVERIFIED = "unverified.example"  # domains that end so are unknown until they are created, and never found to have their entries
_BURST_SECONDS = 2.0  # short bursts above the rate are let through, sustained ones are not


class Bucket:
    """Tokens that come back at a rate; 0 means that they never run out."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, clock.now()

    def takes(self) -> bool:
        """Whether there was a token left to take."""
        if self._rate <= 0:
            return True
        now = clock.now()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(frozen=True)
class Suppression:
    address: str
    reason: str
    at: float


class Account:
    """Says whether the account may send now, and counts what it sent."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self._settings, self._faults = settings, faults
        self.clear()

    def clear(self) -> None:
        """Back to a fresh account: nothing sent, nobody suppressed, every bucket full."""
        rate = self._settings.max_send_rate
        self._mails = Bucket(rate, max(1.0, rate * _BURST_SECONDS))
        self._bulk_calls = Bucket(self._settings.bulk_calls_per_second, 1.0)
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_count = 0
        self.suppressed: dict[str, Suppression] = {}
        self.identities: set[str] = set()

    @property
    def _knobs(self) -> Knobs:
        return self._faults.knobs

    def check_standing(self, source: str, configuration_set: str) -> None:
        """Raise what SES answers to a whole call when this account, sender or configuration set cannot send."""
        if self._knobs.account_suspended:
            raise SUSPENDED
        if self._knobs.account_paused:
            raise PAUSED
        if self._knobs.sender_unverified:
            words = "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
            raise SesError("MessageRejected", words + source)
        known = self._settings.configuration_sets
        if configuration_set and known and configuration_set not in known:
            raise SesError("NotFoundException", f"Configuration set <{configuration_set}> does not exist.", 404)

    def check_bulk_rate(self) -> None:
        if not self._bulk_calls.takes():
            raise THROTTLED

    def refusal_now(self) -> SesError | None:
        """Why one more mail cannot go now: the daily quota, or the rate. Takes a token of the rate when it can."""
        quota = self._settings.daily_quota
        if self._knobs.daily_quota_spent or (quota >= 0 and self.sent_in_a_day() >= quota):
            return QUOTA_SPENT
        return None if self._mails.takes() else THROTTLED

    def count_sent(self, recipients: int) -> None:
        self._sent.append((clock.now(), recipients))
        self._sent_count += recipients

    def sent_in_a_day(self) -> int:
        while self._sent and self._sent[0][0] < clock.now() - _DAY_SECONDS:
            self._sent_count -= self._sent.popleft()[1]
        return self._sent_count

    def suppress(self, address: str, reason: str) -> None:
        self.suppressed[address.lower()] = Suppression(address, reason, clock.now())

    def identity(self, name: str) -> dict[str, Any] | None:
        """What GetEmailIdentity answers: domains are verified, but for those that nobody has entered anything for, see UNVERIFIED."""
        is_address, name = "@" in name, name.lower()
        if name not in self.identities and (is_address or name.endswith(UNVERIFIED)):
            return None
        is_verified = not name.endswith(UNVERIFIED) and not self._knobs.sender_unverified
        standing = "SUCCESS" if is_verified else "PENDING"
        tokens = [hashlib.sha256(f"{number} {name}".encode()).hexdigest()[:32] for number in range(3)]
        dkim = {"SigningEnabled": True, "Status": standing, "Tokens": tokens, "SigningAttributesOrigin": "AWS_SES"}
        return {
            "IdentityType": "EMAIL_ADDRESS" if is_address else "DOMAIN",
            "VerifiedForSendingStatus": is_verified,
            "VerificationStatus": standing,
            "DkimAttributes": {} if is_address else dkim,
        }

    def described(self) -> dict[str, Any]:
        """What GetAccount answers."""
        quota = self._settings.daily_quota
        spent = quota if self._knobs.daily_quota_spent and quota >= 0 else float(self.sent_in_a_day())
        return {
            "DedicatedIpAutoWarmupEnabled": True,
            "EnforcementStatus": "SHUTDOWN" if self._knobs.account_suspended else "HEALTHY",
            "ProductionAccessEnabled": True,
            "SendQuota": {
                "Max24HourSend": float(quota),
                "MaxSendRate": float(self._settings.max_send_rate or 10_000.0),
                "SentLast24Hours": spent,
            },
            "SendingEnabled": not (self._knobs.account_paused or self._knobs.account_suspended),
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }
