"""How a draft's audience is judged as it stands: by the very SQL that freezes it, so what Review promises is what the start writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Result, text

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.local_time import LateChoice, known_zones, zones_past
from app.extensions import db
from app.messages.capping import cap_of, cap_parameters
from app.models import Organisation, Sendout
from app.sendouts.audience import AudienceQuery, audience_query
from app.sendouts.judging import audience, judged, plan_for_many, sharers

ROWS_AT_ONCE = 500

_WANTED = """
    (SELECT p.*, is_excluded
     FROM wanted JOIN participants p ON p.id = wanted.participant_id AND p.organisation_id = :organisation_id
     WHERE p.erased_at IS NULL) AS p"""
_INCLUDED = f"(SELECT * FROM {_WANTED} WHERE NOT is_excluded) AS p"  # noqa: S608  a constant of ours

# Where everybody has an hour of their own and the late get nothing: the same with them skipped, as the start writes it.
_WITHOUT_LATE = """
    SELECT r.participant_id, r.channel, r.address, r.own_reason, r.duplicate_of, r.duplicate,
           CASE WHEN r.skip_reason IS NULL AND zone.is_late THEN 'too_late' ELSE r.skip_reason END AS skip_reason,
           r.waits AND NOT zone.is_late AS waits
    FROM resolved r JOIN participants p ON p.id = r.participant_id
         CROSS JOIN LATERAL (
            SELECT CASE WHEN p.time_zone = ANY(CAST(:known_zones AS text[])) THEN p.time_zone ELSE :home END
                   = ANY(CAST(:late_zones AS text[])) AS is_late) AS zone"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An audience, and what it is judged by."""

    audience: AudienceQuery
    organisation_id: int
    plan: ChannelPlan
    is_marketing: bool
    one_per_address: bool
    late_zones: frozenset[str] = frozenset()  # whoever lives there gets nothing
    kept_in: str | None = None  # a table of this transaction with what came of it

    @property
    def sql(self) -> str:
        """Everything up to `resolved`, for a SELECT to follow."""
        if self.kept_in is not None:
            return f"WITH resolved AS (SELECT * FROM {self.kept_in})"  # noqa: S608  a name of ours
        resolved = f"""
            WITH wanted AS MATERIALIZED ({self.audience.sql}), {sharers(_INCLUDED)}, {audience(_WANTED)},
            {judged(has_fallback=self.plan.fallback is not None)}"""
        return f"WITH resolved AS ({resolved} {_WITHOUT_LATE})" if self.late_zones else resolved

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL is asked with."""
        if self.kept_in is not None:
            return {}
        cap = cap_of(self.organisation_id) if self.is_marketing else None
        return {
            **self.audience.parameters,
            **cap_parameters(self.organisation_id, None, cap),
            "organisation_id": self.organisation_id,
            "channels": [str(channel) for channel in self.plan.channels],
            "fallback": self.plan.fallback,
            "is_marketing": self.is_marketing,
            "one_per_address": self.one_per_address,
            **(self._late if self.late_zones else {}),
        }

    @property
    def _late(self) -> dict[str, Any]:
        home = db.session.get_one(Organisation, self.organisation_id).time_zone
        return {"late_zones": sorted(self.late_zones), "known_zones": sorted(known_zones()), "home": home}

    def ask(self, select: str, **more: Any) -> Result[Any]:
        """Select from `resolved`, or from what is put before it; rows come as they are read."""
        plan_for_many()
        return db.session.execute(text(self.sql + select), self.parameters | more, execution_options={"yield_per": ROWS_AT_ONCE})

    def kept(self) -> "Judgement":
        """The same, judged now and written down until this transaction ends."""
        name = f"judged_{uuid4().hex}"
        plan_for_many()
        written = f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {self.sql} SELECT * FROM resolved"  # noqa: S608  names of ours
        db.session.execute(text(written), self.parameters)
        return replace(self, kept_in=name)

    def but(self, *, is_marketing: bool | None = None, one_per_address: bool | None = None) -> "Judgement":
        """The same by another type, or with another answer to who shares an address."""
        asked = (
            self.is_marketing if is_marketing is None else is_marketing,
            self.one_per_address if one_per_address is None else one_per_address,
        )
        if asked == (self.is_marketing, self.one_per_address):
            return self
        return replace(self, is_marketing=asked[0], one_per_address=asked[1], kept_in=None)


_kept: ContextVar[tuple[int, Judgement] | None] = ContextVar("kept", default=None)


@contextmanager
def judged_once(sendout: Sendout) -> Iterator[None]:
    """Every question about a draft's audience in this block is asked of one judgement: nothing may be changed meanwhile."""
    kept = judgement_of(sendout)
    token = _kept.set((sendout.id, kept if kept.kept_in else kept.kept()))
    try:
        yield
    finally:
        _kept.reset(token)


def judgement_of(sendout: Sendout) -> Judgement:
    """How a draft is judged as it stands. Without an answer to the type it counts as non-marketing."""
    kept = _kept.get()
    if kept is not None and kept[0] == sendout.id:
        return kept[1]
    return Judgement(
        audience=audience_query(sendout),
        organisation_id=sendout.organisation_id,
        plan=ChannelPlan(sendout.channel_plan),
        is_marketing=sendout.communication_type == CommunicationType.MARKETING,
        one_per_address=sendout.one_per_address,
        late_zones=late_zones_of(sendout),
    )


def late_zones_of(sendout: Sendout) -> frozenset[str]:
    """Where it was past the hour when a send-out by own clocks was scheduled, if whoever lives there gets nothing for that."""
    if sendout.scheduled_local is None or sendout.local_since_at is None or sendout.late_choice != LateChoice.SKIP:
        return frozenset()
    return zones_past(sendout.scheduled_local, sendout.local_since_at)
