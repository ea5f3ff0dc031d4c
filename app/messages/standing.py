"""Where a message stands after everything that was heard of it: a fold that comes out the same in every order of arrival.

Pure: a message's state and its events in, its state out. Nothing here is remembered from one arrival to the next, so an open
that was judged before its delivery was known is judged again, and may turn out a machine's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce

from app.domain.audience import SkipReason
from app.domain.delivery import DeliveryStatus, join_statuses
from app.domain.engagement import BURST_SECONDS, is_machine_click, is_machine_open
from app.domain.events import EventKind
from app.domain.shown import Facts, OptOutMethod, merge_facts


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as the ledger keeps it.

    Of an open or click, `said_machine` is the provider's own verdict, if it gave one; `was_machine` is ours as last written.
    """

    event_key: str
    kind: EventKind
    occurred_at: datetime
    status: DeliveryStatus | None = None
    code: str | None = None
    words: str | None = None
    link: str | None = None
    user_agent: str | None = None
    said_machine: bool | None = None
    was_machine: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a message's row that events can change."""

    status: DeliveryStatus
    skip_reason: SkipReason | None = None
    error_code: str | None = None
    error_words: str | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    facts: Facts = field(default_factory=Facts)


def standing_after(standing: Standing, heard: Sequence[Heard]) -> Standing:
    """The message's standing, given all its events, the old ones and the new; the same for any order of them."""
    if not heard:
        return standing
    standing = _without_proof(standing)
    facts = _facts(standing.facts, heard)
    proved_at = _proof_of_delivery(facts)
    status = _status(standing.status, heard, proved_at)
    accepted_at = _earliest([standing.accepted_at, *[each.occurred_at for each in heard]])
    delivered_at = _reported_delivery(heard) or proved_at or standing.delivered_at
    raised = replace(standing, accepted_at=accepted_at, delivered_at=delivered_at, facts=facts)
    return _raised(raised, status, _decisive(status, heard))


def standing_with(standing: Standing, facts: Facts) -> Standing:
    """The message's standing once a person has done this: an answer proves delivery, anything at all proves acceptance."""
    proved_at = _proof_of_delivery(facts)
    status = join_statuses(standing.status, DeliveryStatus.SENT if proved_at is None else DeliveryStatus.DELIVERED)
    return replace(
        _raised(standing, status, None),
        accepted_at=standing.accepted_at or _earliest([proved_at, facts.opted_out_at]),
        delivered_at=standing.delivered_at or proved_at,
        facts=merge_facts(standing.facts, facts),
    )


def _without_proof(standing: Standing) -> Standing:
    """Before all visits are judged anew: a delivery that only a visit had proved is open again, since that may have been a machine's."""
    proved_at = _proof_of_delivery(standing.facts)
    if proved_at is None or proved_at != standing.delivered_at or standing.status is not DeliveryStatus.DELIVERED:
        return standing
    return replace(standing, status=DeliveryStatus.SENT, delivered_at=None)


def _raised(standing: Standing, status: DeliveryStatus, decisive: Heard | None) -> Standing:
    """At this status: with the code and words of what decided it, without those of a lower one, and a reason exactly if skipped."""
    is_skipped = status is DeliveryStatus.SKIPPED
    reason = (standing.skip_reason or SkipReason.STOPPED) if is_skipped else None
    if decisive is not None:
        return replace(standing, status=status, skip_reason=reason, error_code=decisive.code, error_words=decisive.words)
    if status is standing.status:
        return standing
    return replace(standing, status=status, skip_reason=reason, error_code=None, error_words=None)


def machine_verdicts(heard: Sequence[Heard]) -> dict[str, bool]:
    """Which opens and clicks were a machine's, by event key."""
    visits = [each for each in heard if each.kind is EventKind.OPEN or each.kind is EventKind.CLICK]
    if not visits:
        return {}
    delivered_at = _reported_delivery(heard)
    return {each.event_key: _is_machine(each, heard, delivered_at) for each in visits}


def last_sign_of_life(standing: Standing, heard: Sequence[Heard]) -> datetime | None:
    """When the address last showed that it takes mail: by a delivery, or by a person who read or answered."""
    is_machine = machine_verdicts(heard)
    read = [each.occurred_at for each in heard if is_machine.get(each.event_key) is False]
    delivered = [each.occurred_at for each in heard if each.status is DeliveryStatus.DELIVERED]
    answered = [standing.facts.acknowledged_at, standing.facts.responded_at, standing.facts.wrote_back_at]
    return max([*read, *delivered, *(moment for moment in answered if moment is not None)], default=None)


def _status(before: DeliveryStatus, heard: Sequence[Heard], proved_at: datetime | None) -> DeliveryStatus:
    said = [each.status for each in heard if each.status is not None]
    proved = [] if proved_at is None else [DeliveryStatus.DELIVERED]
    return reduce(join_statuses, [DeliveryStatus.SENT, *said, *proved], before)


def _facts(before: Facts, heard: Sequence[Heard]) -> Facts:
    """Opens and clicks anew from all events, since their verdicts may have changed; what came otherwise is kept."""
    is_machine = machine_verdicts(heard)

    def first(kind: EventKind, *, machine: bool) -> datetime | None:
        return _earliest([each.occurred_at for each in heard if each.kind is kind and is_machine[each.event_key] is machine])

    engaged = before
    if is_machine or _has_visits(before):
        engaged = replace(
            before,
            opened_at=first(EventKind.OPEN, machine=False),
            machine_opened_at=first(EventKind.OPEN, machine=True),
            clicked_at=first(EventKind.CLICK, machine=False),
            machine_clicked_at=first(EventKind.CLICK, machine=True),
        )
    said_no_at = _earliest([each.occurred_at for each in heard if each.kind is EventKind.UNSUBSCRIBE])
    if said_no_at is None:
        return engaged
    return merge_facts(engaged, Facts(opted_out_at=said_no_at, opted_out_by=OptOutMethod.PROVIDER))


def _has_visits(facts: Facts) -> bool:
    return any((facts.opened_at, facts.machine_opened_at, facts.clicked_at, facts.machine_clicked_at))


def _is_machine(event: Heard, heard: Sequence[Heard], delivered_at: datetime | None) -> bool:
    if event.said_machine is not None:
        return event.said_machine
    seconds = None if delivered_at is None else (event.occurred_at - delivered_at).total_seconds()
    if event.kind is EventKind.OPEN:
        return is_machine_open(event.user_agent, seconds)
    return is_machine_click(event.user_agent, seconds, links_in_burst=_links_in_burst(event, heard))


def _links_in_burst(click: Heard, heard: Sequence[Heard]) -> int:
    window = timedelta(seconds=BURST_SECONDS)
    return len({each.link for each in heard if each.kind is EventKind.CLICK and abs(each.occurred_at - click.occurred_at) <= window})


def _reported_delivery(heard: Sequence[Heard]) -> datetime | None:
    return _earliest([each.occurred_at for each in heard if each.status is DeliveryStatus.DELIVERED])


def _proof_of_delivery(facts: Facts) -> datetime | None:
    """When a person first showed that they had it."""
    return _earliest([facts.opened_at, facts.clicked_at, facts.acknowledged_at, facts.responded_at, facts.wrote_back_at])


def _decisive(status: DeliveryStatus, heard: Sequence[Heard]) -> Heard | None:
    """The last of the events that say what the status is now."""
    saying = [each for each in heard if each.status is status]
    return max(saying, key=lambda each: (each.occurred_at, each.event_key), default=None)


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min([moment for moment in moments if moment is not None], default=None)
