"""The simulator's control API: what it accepted, and what goes wrong with it."""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

CALM: dict[str, Any] = {
    "throttle": 0, "error5xx": 0, "error5xx_after_accept": 0, "reset_before_accept": 0, "reset_after_accept": 0, "hang_after_accept": 0,
    "entry_failure": 0, "duplicate": 0, "reorder": 0, "late": 0, "missing": 0, "early": 0, "throttle_seconds": 0,
    "daily_quota_spent": False, "credentials_revoked": False,
}  # fmt: skip


@dataclass(frozen=True)
class Provider:
    """Amazon and Twilio, played."""

    url: str

    def accepted(self) -> list[dict[str, Any]]:
        """Everything that was taken since the last reset, in order."""
        return list(self._ask("GET", "acceptances")["acceptances"])

    def turn(self, knobs: dict[str, Any], only: str = "") -> None:
        """Turn the knobs of one provider, `ses` or `twilio`, or of both."""
        self._ask("PUT", f"faults?{urllib.parse.urlencode({'provider': only})}", knobs)

    def is_idle(self) -> bool:
        """Nothing more comes by itself."""
        return bool(self._ask("GET", "idle")["idle"])

    def pending(self) -> str:
        """What is still to come, in words."""
        idle = self._ask("GET", "idle")
        return f"simulator: {idle['scheduled']} scheduled, {idle['callbacks']} callbacks, {dict(idle['counts'])}"

    def is_ready(self) -> bool:
        """It answers, and our web process has confirmed the subscription."""
        try:
            return bool(self._ask("GET", "idle")["confirmed"])
        except OSError:
            return False

    def reset(self) -> None:
        """A fresh world with the same subscription."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(f"{self.url}/control/{path}", body, method=method)  # noqa: S310 - our own simulator
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - see above
            return dict(json.load(answer))
