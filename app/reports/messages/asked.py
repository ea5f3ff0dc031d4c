"""What the Messages page was asked for, read from its address and written back into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.channels import Channel
from app.domain.shown import ShownStatus

MOST_PASTED = 500  # more would not fit into an address
MOST_DAYS = 3_650
_YEARS = range(2000, 3000)  # of which any day has one before and one after it
_ID = re.compile(r"(?<!\d)\d{1,18}(?!\d)")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters; None is everything. `until` is the last day that counts. `ids` is None where none were pasted."""

    organisation_id: int
    since: date | None = None
    until: date | None = None
    sendout_id: int | None = None
    channel: Channel | None = None
    status: ShownStatus | None = None
    sender_id: int | None = None
    list_id: int | None = None
    ids: tuple[int, ...] | None = None
    follow_up_id: int | None = None
    days: int | None = None  # so long it has stood there

    @property
    def arguments(self) -> dict[str, str | int | None]:
        """What asks for the same again."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "sendout": self.sendout_id,
            "channel": self.channel,
            "status": self.status,
            "sender": self.sender_id,
            "list": self.list_id,
            "follow_up": self.follow_up_id,
            "days": self.days,
            "ids": ",".join(map(str, self.ids)) if self.ids is not None else None,
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for at all."""
        return any(value is not None for value in self.arguments.values())


def read_asked(organisation_id: int, arguments: Mapping[str, str]) -> Asked:
    """What makes no sense in a filter is as good as empty."""
    pasted = arguments.get("ids", "")
    return Asked(
        organisation_id,
        since=_day(arguments.get("since")),
        until=_day(arguments.get("until")),
        sendout_id=_id(arguments.get("sendout")),
        channel=next((each for each in Channel if each == arguments.get("channel")), None),
        status=next((each for each in ShownStatus if each == arguments.get("status")), None),
        sender_id=_id(arguments.get("sender")),
        list_id=_id(arguments.get("list")),
        ids=pasted_ids(pasted)[:MOST_PASTED] if pasted.strip() else None,
        follow_up_id=_id(arguments.get("follow_up")),
        days=_days(arguments.get("days")),
    )


def pasted_ids(pasted: str) -> tuple[int, ...]:
    """Every message id in what was pasted, each once, whatever stands between them."""
    return tuple(dict.fromkeys(map(int, _ID.findall(pasted))))


def _id(value: str | None) -> int | None:
    return int(value) if value and _ID.fullmatch(value) else None


def _days(value: str | None) -> int | None:
    days = _id(value)
    return days if days and days <= MOST_DAYS else None


def _day(value: str | None) -> date | None:
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None
