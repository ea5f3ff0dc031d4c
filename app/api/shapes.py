"""How rows look to programs: plain values under the words of the tables, times as ISO 8601 in UTC."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.domain.channels import Channel
from app.messages.counts import ChannelCounts
from app.models import CustomField, Participant, ParticipantList, Sendout
from app.participants.lists.queries import ListLine
from app.participants.queries import Standing, address_keys
from app.reports.recipients.queries import Recipient
from app.unsubscribes.entries import shown_address
from app.unsubscribes.queries import ListedEntry

Shape = dict[str, Any]

_PERSON = ("id", "first_name", "last_name", "email_address", "phone_number", "language", "time_zone", "member_number")
_SENDOUT = ("id", "title", "state", "communication_type", "channel_plan", "is_urgent", "audience_count", "resend_of")
_MOMENTS = ("created_at", "scheduled_at", "launched_at", "first_accepted_at", "first_delivered_at")
FACTS = ("accepted", "delivered", "opened", "machine_opened", "clicked", "machine_clicked")
_MESSAGE = ("participant_id", "name", "address", "error_code", "error_words", "answer")
SIGNS = (
    "accepted_at", "delivered_at", "opened_at", "machine_opened_at", "clicked_at", "acknowledged_at", "responded_at",
    "wrote_back_at", "opted_out_at",
)  # fmt: skip


def page(rows: Sequence[Shape], next_cursor: int | None) -> Shape:
    """Some rows, and what to ask for as `after` to get those behind them; null at the end."""
    return {"data": list(rows), "next": next_cursor}


def field(custom: CustomField) -> Shape:
    """A field that the organisation keeps about its people."""
    return {"key": custom.key, "name": custom.name, "kind": custom.kind}


def list_line(line: ListLine) -> Shape:
    """A list with its size."""
    return {"id": line.id, "name": line.name, "created_at": moment(line.created_at), "people": line.people}


def person(one: Participant, standings: Mapping[str, Standing], lists: Sequence[ParticipantList] | None = None) -> Shape:
    """A participant; `lists` where they are asked for one by one."""
    kept_away = [_standing(key, standings[key]) for key in address_keys(one) if key in standings]
    shape = {name: getattr(one, name) for name in _PERSON}
    shape |= {"about": one.about, "custom": one.custom, "is_bad_email": one.is_bad_email, "is_bad_number": one.is_bad_number}
    shape["unsubscribed"] = kept_away
    return shape if lists is None else shape | {"lists": [{"id": each.id, "name": each.name} for each in lists]}


def sendout(one: Sendout, counts: Mapping[Channel, ChannelCounts]) -> Shape:
    """A send-out and how its messages stand, by channel; what is shown adds up to the channel's audience."""
    shape = {name: getattr(one, name) for name in _SENDOUT} | {name: moment(getattr(one, name)) for name in _MOMENTS}
    return shape | {"held_reason": one.held_reason, "channels": {str(channel): _channel(each) for channel, each in counts.items()}}


def message(one: Recipient, channel: Channel) -> Shape:
    """A message, the person it was for, and what became of it."""
    shape = {"id": one.message_id, "channel": str(channel), "status": str(one.shown)} | {name: getattr(one, name) for name in _MESSAGE}
    shape["skip_reason"] = None if one.skip_reason is None else str(one.skip_reason)
    return shape | {name: moment(getattr(one, name)) for name in SIGNS}


def entry(one: ListedEntry) -> Shape:
    """An entry of the Unsubscribes list."""
    named = {name: str(getattr(one, name)) for name in ("channel", "reason", "scope", "source")}
    return {"id": one.id, "address": shown_address(one.address), "created_at": moment(one.created_at)} | named


def moment(at: datetime | None) -> str | None:
    """An instant."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _standing(address: str, one: Standing) -> Shape:
    channel = Channel.EMAIL if "@" in address else Channel.SMS
    return {"channel": str(channel), "reason": str(one.reason), "scope": str(one.scope), "since": moment(one.since)}


def _channel(counts: ChannelCounts) -> Shape:
    shown = {str(status): amount for status, amount in counts.shown.items()}
    return {"audience": counts.audience, "shown": shown, "skipped": counts.skipped} | {name: getattr(counts, name) for name in FACTS}
