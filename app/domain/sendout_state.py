"""A send-out's own states, which verbs each allows, and the words that a page shows for it."""

from enum import StrEnum


class SendoutState(StrEnum):
    """What is stored; "Sent", "Delivered" and "Finished" are derived from the rows."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LAUNCHING = "launching"  # the audience is being frozen
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    CANCELLED = "cancelled"


class Verb(StrEnum):
    """What a person or a worker may ask of a send-out."""

    EDIT = "edit"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    LAUNCH = "launch"
    START = "start"  # a worker's: the audience is frozen, messages may leave
    PAUSE = "pause"
    RESUME = "resume"
    HOLD = "hold"
    CANCEL = "cancel"


class ShownState(StrEnum):
    """The state on a send-out's chip."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FINISHED = "finished"  # every row is done and none was ever accepted: "Sent" would be untrue
    PAUSED = "paused"
    HELD = "held"
    CANCELLED = "cancelled"


WORDS = {
    ShownState.DRAFT: "Draft",
    ShownState.SCHEDULED: "Scheduled",
    ShownState.SENDING: "Sending…",
    ShownState.SENT: "Sent",
    ShownState.DELIVERED: "Delivered",
    ShownState.FINISHED: "Finished",
    ShownState.PAUSED: "Paused",
    ShownState.HELD: "Held",
    ShownState.CANCELLED: "Cancelled",
}

# A scheduled text is taken back to draft before it is edited: saved as one types, it could leave half-written at its hour.
# Resuming a held one launches it: it may have been held before its audience was frozen, and a freeze repeated adds nothing.
_AFTER = {
    SendoutState.DRAFT: {
        Verb.EDIT: SendoutState.DRAFT,
        Verb.SCHEDULE: SendoutState.SCHEDULED,
        Verb.LAUNCH: SendoutState.LAUNCHING,
    },
    SendoutState.SCHEDULED: {
        Verb.UNSCHEDULE: SendoutState.DRAFT,
        Verb.LAUNCH: SendoutState.LAUNCHING,
        Verb.HOLD: SendoutState.HELD,
        Verb.CANCEL: SendoutState.CANCELLED,
    },
    SendoutState.LAUNCHING: {
        Verb.START: SendoutState.RUNNING,
        Verb.HOLD: SendoutState.HELD,
        Verb.CANCEL: SendoutState.CANCELLED,
    },
    SendoutState.RUNNING: {
        Verb.PAUSE: SendoutState.PAUSED,
        Verb.HOLD: SendoutState.HELD,
        Verb.CANCEL: SendoutState.CANCELLED,
    },
    SendoutState.PAUSED: {
        Verb.RESUME: SendoutState.RUNNING,
        Verb.HOLD: SendoutState.HELD,
        Verb.CANCEL: SendoutState.CANCELLED,
    },
    SendoutState.HELD: {
        Verb.RESUME: SendoutState.LAUNCHING,
        Verb.UNSCHEDULE: SendoutState.DRAFT,  # only while nothing of it is resolved
        Verb.CANCEL: SendoutState.CANCELLED,
    },
    SendoutState.CANCELLED: {},
}

_SHOWN_BY_ITSELF = {
    SendoutState.DRAFT: ShownState.DRAFT,
    SendoutState.SCHEDULED: ShownState.SCHEDULED,
    SendoutState.LAUNCHING: ShownState.SENDING,
    SendoutState.PAUSED: ShownState.PAUSED,
    SendoutState.HELD: ShownState.HELD,
    SendoutState.CANCELLED: ShownState.CANCELLED,
}

_NOT_STARTED = frozenset({ShownState.DRAFT, ShownState.SCHEDULED})
_INTERRUPTED = frozenset({ShownState.PAUSED, ShownState.HELD, ShownState.CANCELLED})


def allows(state: SendoutState, verb: Verb) -> bool:
    """Whether the verb may be used on a send-out in this state."""
    return verb in _AFTER[state]


def after(state: SendoutState, verb: Verb) -> SendoutState:
    """The state that the verb leads to; raises KeyError where `allows` says no."""
    return _AFTER[state][verb]


def shown_state(state: SendoutState, *, accepted: int, delivered: int, audience: int, unfinished: int) -> ShownState:
    """The chip's state: once running, it follows the rows, first acceptance and first delivery."""
    if state in _SHOWN_BY_ITSELF:
        return _SHOWN_BY_ITSELF[state]
    if delivered:
        return ShownState.DELIVERED
    if accepted:
        return ShownState.SENT
    return ShownState.FINISHED if audience and not unfinished else ShownState.SENDING


# Five plain values of one line of text, and each caller has them at hand: a dataclass would only rename them.
def count_sentence(shown: ShownState, delivered: int, accepted: int, audience: int, finished: bool) -> str:  # noqa: FBT001
    """The chip with its count: "Delivered · 1,204 of 4,812 so far", and at last "… · Finished"."""
    word = WORDS[shown]
    if shown in _NOT_STARTED:
        return f"{word} · {audience:,} {'person' if audience == 1 else 'people'}"
    if shown in _INTERRUPTED:
        return f"{word} · {accepted:,} of {audience:,} sent"
    count = f"{delivered if shown is ShownState.DELIVERED else accepted:,} of {audience:,}"
    if shown is ShownState.FINISHED:
        return f"{word} · {count} sent"
    return f"{word} · {count} · Finished" if finished else f"{word} · {count} so far"
