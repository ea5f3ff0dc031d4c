"""What people themselves did about a message: wrote back, answered, opted out. Set beside its delivery status."""

from dataclasses import replace

from app.domain.shown import Facts, OptOutMethod
from app.messages.events_sql import MessageRow, locked_messages, note_progress, write_standings
from app.messages.follow_up import apply_actions
from app.messages.standing import standing_with

_WITHDRAWABLE = frozenset({OptOutMethod.LINK, OptOutMethod.ONE_CLICK})


def record_facts(message_id: int, facts: Facts) -> bool:
    """Add what a person did to their message; the earliest time of each stands, so it is callable again.

    An answer proves delivery. Returns whether anything changed; False also for a message that does not exist.
    """
    message = locked_messages([message_id]).get(message_id)
    if message is None:
        return False
    return _write(message, replace(message, standing=standing_with(message.standing, facts)))


def withdraw_opt_out(message_id: int) -> bool:
    """Take back an opt-out that was made by the message's own link; a STOP or a complaint stays. Returns whether there was one."""
    message = locked_messages([message_id]).get(message_id)
    if message is None or message.standing.facts.opted_out_by not in _WITHDRAWABLE:
        return False
    facts = replace(message.standing.facts, opted_out_at=None, opted_out_by=None)
    return _write(message, replace(message, standing=replace(message.standing, facts=facts)))


def _write(before: MessageRow, after: MessageRow) -> bool:
    if after == before:
        return False
    write_standings([after])
    note_progress([(before, after)])
    if after.standing.facts != before.standing.facts:
        apply_actions([after.id])
    return True
