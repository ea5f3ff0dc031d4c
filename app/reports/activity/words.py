"""What is written down of people's doings, in words: one sentence an action, and the part of the product that it belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Part(StrEnum):
    """Parts of the product, as the filter names them."""

    SENDOUTS = "sendouts"
    PEOPLE = "people"
    UNSUBSCRIBES = "unsubscribes"
    TEAM = "team"
    SETTINGS = "settings"


PART_WORDS = {
    Part.SENDOUTS: "Send-outs",
    Part.PEOPLE: "Participants and lists",
    Part.UNSUBSCRIBES: "Unsubscribes",
    Part.TEAM: "Team",
    Part.SETTINGS: "Settings",
}

# Action → part and sentence. What it was done to stands behind the sentence, as a link where there still is a page.
_ACTIONS: dict[Part, dict[str, str]] = {
    Part.SENDOUTS: {
        "sent": "Pressed Send",
        "tested": "Sent a test",
        "sending undone": "Took Send back",
        "scheduled": "Scheduled",
        "unscheduled": "Took the schedule back",
        "pause": "Paused",
        "resume": "Resumed",
        "cancel": "Cancelled",
        "send_again": "Sent again what was in doubt",
        "leave_doubt": "Left what was in doubt as it is",
        "resend": "Resent",
        "correction": "Began a correction",
        "right_people": "Stopped it and began a copy for the right people",
        "approval_asked": "Asked for approval",
        "approved": "Approved",
        "sent_back": "Sent back with a note",
        "edit link opened": "Let edit links lead somewhere again",
        "edit link revoked": "Took edit links back",
    },
    Part.PEOPLE: {
        "address corrected": "Corrected an address",
        "people merged": "Merged two people",
        "merge undone": "Took merged people apart",
        "person exported": "Exported all about a person",
        "person erased": "Erased a person",
        "import undone": "Undid an import",
        "list deleted": "Deleted a list",
        "filter deleted": "Deleted a saved filter",
        "field removed": "Removed a field",
    },
    Part.UNSUBSCRIBES: {
        "unsubscribe.lifted": "Took an address off the Unsubscribes list",
        "unsubscribe.put_back": "Put an address back on the Unsubscribes list",
        "unsubscribe.imported": "Imported addresses into the Unsubscribes list",
    },
    Part.TEAM: {
        "member invited": "Invited somebody",
        "role changed": "Changed a role",
        "member removed": "Removed somebody from the team",
        "password link made": "Made a link for a new password",
        "password renewed": "Set a new password by a link in an e-mail",
        "handed over": "Handed over what somebody looked after",
    },
    Part.SETTINGS: {
        "organisation changed": "Changed the organisation",
        "tracking switched off": "Switched tracking off everywhere",
        "rules changed": "Changed the rules of sending",
        "sender added": "Added a sender",
        "sender changed": "Changed a sender",
        "sender archived": "Took a sender out of use",
        "sender restored": "Took a sender back into use",
        "prices changed": "Changed prices or budget",
        "follow-up switched on": "Switched follow-up on",
        "follow-up switched off": "Switched follow-up off",
        "follow-up status saved": "Saved a follow-up status",
        "follow-up status removed": "Removed a follow-up status",
        "message action added": "Added a message action",
        "message action removed": "Removed a message action",
        "API key made": "Made a key for a program",
        "API key revoked": "Revoked a key for a program",
    },
}
_CHANGING = frozenset({"organisation changed", "rules changed", "sender changed", "role changed"})  # name → [before, after] in the detail
SENTENCES = {action: sentence for actions in _ACTIONS.values() for action, sentence in actions.items()}
_NAMING = ("name", "address", "because", "proof")  # what in an entry's detail says best what it was about
_MARKS = ("is_", "has_")
_MOST_CHARACTERS = 120


def actions_of(part: Part) -> Iterable[str]:
    """The actions that belong to a part."""
    return _ACTIONS[part]


@dataclass(frozen=True, slots=True)
class Change:
    """A setting by name, what it was and what it became."""

    name: str
    before: str
    after: str


def changes_in(action: str, detail: Mapping[str, Any]) -> list[Change]:
    """What an entry says was changed, setting by setting."""
    if action not in _CHANGING:
        return []
    return [Change(_label(name), _said(before), _said(after)) for name, (before, after) in detail.items()]


def named_in(detail: Mapping[str, Any]) -> str:
    """What an entry says it was about, where it says so in words; else nothing."""
    said = (detail.get(name) for name in _NAMING)
    return next((_shortened(each) for each in said if isinstance(each, str) and each), "")


def _label(name: str) -> str:
    for mark in _MARKS:
        name = name.removeprefix(mark)
    return name.replace("_", " ")


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return _shortened(str(value)) if value not in (None, "") else "nothing"


def _shortened(said: str) -> str:
    return said if len(said) <= _MOST_CHARACTERS else f"{said[: _MOST_CHARACTERS - 1]}…"
