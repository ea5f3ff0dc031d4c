"""Whose turn it is in a slot: organisations one after the other, and within each its send-outs one after the other."""

import time
from dataclasses import dataclass, field

from app.domain.channels import Channel
from app.extensions import db
from app.messages.claiming import Work, ready_work

LOOK_AGAIN_SECONDS = 0.5


@dataclass(slots=True)
class Turns:
    """The send-outs that have something ready, and who of them was served when.

    One that has to wait for its sender's rate rests, and holds up nobody else's.
    """

    channel: Channel
    is_urgent: bool
    ready: list[Work] = field(default_factory=list)
    _looked_at: float = float("-inf")
    _count: int = 0
    _served: dict[Work, int] = field(default_factory=dict)
    _served_organisation: dict[int, int] = field(default_factory=dict)
    _rests_until: dict[Work, float] = field(default_factory=dict)

    def next_work(self) -> Work | None:
        """The next send-out in turn; None when nothing is ready, or all that is rests."""
        if time.monotonic() - self._looked_at > LOOK_AGAIN_SECONDS or not self._awake():
            self._look()
        work = min(self._awake(), key=self._turn, default=None)
        if work is not None:
            self._count += 1
            self._served[work] = self._served_organisation[work.organisation_id] = self._count
        return work

    def rest(self, work: Work, seconds: float) -> None:
        """It may not go on for so long."""
        self._rests_until[work] = time.monotonic() + seconds

    @property
    def wait_seconds(self) -> float | None:
        """How long until the first that rests may go on; None when nothing is ready at all."""
        return min((max(0.0, self._rests_until.get(work, 0.0) - time.monotonic()) for work in self.ready), default=None)

    def _awake(self) -> list[Work]:
        return [work for work in self.ready if self._rests_until.get(work, 0.0) <= time.monotonic()]

    def _turn(self, work: Work) -> tuple[int, int]:
        """Among those that this slot has not served yet, the first that is ready comes first: whose last progress is longest ago."""
        return self._served_organisation.get(work.organisation_id, 0), self._served.get(work, 0)

    def _look(self) -> None:
        self.ready = ready_work(self.channel, is_urgent=self.is_urgent)
        db.session.commit()
        self._looked_at = time.monotonic()
