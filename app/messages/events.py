"""What the providers tell of messages, written down once each, and what follows from it.

The outcome does not depend on the order in which events arrive, nor on how often. Nothing here commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.events import DeliveryEvent
from app.messages.consequences import Change, draw_consequences
from app.messages.events_sql import (
    MessageRow,
    append_events,
    heard_before,
    heard_of,
    locked_messages,
    note_progress,
    taken_refs,
    write_standings,
    write_verdicts,
)
from app.messages.follow_up import apply_actions
from app.messages.matching import Unmatched, match_events
from app.messages.standing import Heard, machine_verdicts, standing_after


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """How many events were new, how many had been heard before, and those whose message is not known, with the reason."""

    new_count: int
    repeated_count: int
    unmatched: Sequence[Unmatched]
    about_erased: frozenset[str] = frozenset()  # keys of events whose message has no address any more


def record_events(events: Sequence[DeliveryEvent]) -> RecordedEvents:
    """Write provider events down once each and raise their messages' statuses to match.

    Callable twice, in any order and with any grouping. Unmatched events have no effect: offer them again later, since the
    send that earns their reference may not have committed yet.
    """
    matched = match_events(events)
    rows = locked_messages(list(matched.by_message))
    before = heard_before(list(rows))
    offered = {message_id: _kept_of(rows[message_id], said) for message_id, said in matched.by_message.items() if message_id in rows}
    fresh = _fresh(offered, rows, before)
    verdicts = _verdicts(fresh, before)
    added = append_events([(rows[message_id], event) for message_id, new in fresh.items() for event in new], verdicts) if fresh else set()

    new = {message_id: kept for message_id, said in fresh.items() if (kept := [event for event in said if event.event_key in added])}
    changes = [_change(rows[message_id], before[message_id], said) for message_id, said in new.items()]
    _write(changes)
    draw_consequences(changes)
    new_count = sum(len(said) for said in new.values())
    erased = frozenset(event.event_key for message_id, row in rows.items() if row.address is None for event in offered[message_id])
    return RecordedEvents(new_count, len(events) - len(matched.unmatched) - new_count, matched.unmatched, erased)


def _kept_of(row: MessageRow, events: Sequence[DeliveryEvent]) -> Sequence[DeliveryEvent]:
    """Of a message to somebody who was erased, what happened and when, and no word in which an address may stand."""
    if row.address is not None:
        return events
    return [replace(event, words=None, recipient=None, detail={}) for event in events]


def _fresh(
    offered: Mapping[int, Sequence[DeliveryEvent]], rows: Mapping[int, MessageRow], before: Mapping[int, Sequence[Heard]]
) -> dict[int, list[DeliveryEvent]]:
    """The events that these messages have not had yet, each once."""
    fresh: dict[int, list[DeliveryEvent]] = {}
    for message_id in rows:
        known = {heard.event_key for heard in before[message_id]}
        new = {event.event_key: event for event in offered[message_id] if event.event_key not in known}
        if new:
            fresh[message_id] = list(new.values())
    return fresh


def _verdicts(fresh: Mapping[int, Sequence[DeliveryEvent]], before: Mapping[int, Sequence[Heard]]) -> dict[str, bool]:
    verdicts: dict[str, bool] = {}
    for message_id, events in fresh.items():
        verdicts |= machine_verdicts([*before[message_id], *map(heard_of, events)])
    return verdicts


def _change(row: MessageRow, before: Sequence[Heard], events: Sequence[DeliveryEvent]) -> Change:
    heard = [*before, *map(heard_of, events)]
    return Change(before=row, after=replace(row, standing=standing_after(row.standing, heard)), heard=heard, events=events)


def _write(changes: Sequence[Change]) -> None:
    bound = _bound(changes)
    write_standings([change.after for change in bound if change.after != change.before])
    write_verdicts(_changed_verdicts(changes))
    note_progress([(change.before, change.after) for change in bound])
    apply_actions([change.after.id for change in bound if change.after.standing.facts != change.before.standing.facts])


def _changed_verdicts(changes: Sequence[Change]) -> dict[tuple[int, str], bool]:
    """Of opens and clicks that the ledger had already: a delivery heard of since may show that they came too soon for a person."""
    changed = {}
    for change in changes:
        verdicts = machine_verdicts(change.heard)
        for heard in change.heard:
            if heard.was_machine is not None and verdicts[heard.event_key] is not heard.was_machine:
                changed[change.after.id, heard.event_key] = verdicts[heard.event_key]
    return changed


def _bound(changes: Sequence[Change]) -> list[Change]:
    """With the provider's reference where the message had none, unless another message has it."""
    wanted = {
        change.after.id: min((event.occurred_at, event.provider_ref) for event in change.events if event.provider_ref)[1]
        for change in changes
        if change.after.provider_ref is None and any(event.provider_ref for event in change.events)
    }
    taken = taken_refs(list(wanted.values())) if wanted else set()
    bound = []
    for change in changes:
        ref = wanted.get(change.after.id)
        if ref is None or ref in taken:
            bound.append(change)
            continue
        taken.add(ref)
        bound.append(replace(change, after=replace(change.after, provider_ref=ref)))
    return bound
