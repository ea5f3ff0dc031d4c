"""How a channel's counts become slices and the line that adds up to the audience. Pure arithmetic over the shown statuses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.shown import ARRIVED, DELIVERED_AT_LEAST, ShownGroup, ShownStatus, group_of
from app.domain.status_words import WORDS

Shown = Mapping[ShownStatus, int]

NOT_CONFIRMED = frozenset(status for status in ShownStatus if group_of(status) in (ShownGroup.ON_THE_WAY, ShownGroup.NEEDS_A_PERSON))

_GROUP_WORDS = {
    ShownGroup.GOOD: "delivered",
    ShownGroup.ON_THE_WAY: "on the way",
    ShownGroup.NEEDS_A_PERSON: "in doubt",
    ShownGroup.STOPPED_BY_THEM: "opted out",
    ShownGroup.FAILED: "not delivered",
    ShownGroup.NEVER_SENT: "never sent",
}
# What cannot happen on a channel is not even listed as nobody.
_NEVER_BY = {
    Channel.EMAIL: frozenset({ShownStatus.STOPPED, ShownStatus.FAILED, ShownStatus.BAD_NUMBER}),
    Channel.SMS: frozenset(
        {
            ShownStatus.CLICKED,
            ShownStatus.OPENED,
            ShownStatus.DELAYED,
            ShownStatus.SOFT_BOUNCED,
            ShownStatus.BAD_EMAIL,
            ShownStatus.BOUNCED,
            ShownStatus.COMPLAINT,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One status of a channel with its people; a slice of nobody is listed but not drawn."""

    status: ShownStatus
    word: str
    people: int


@dataclass(frozen=True, slots=True)
class Term:
    """A summand of the accounting line."""

    people: int
    words: str
    group: ShownGroup


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody in the audience over both channels, each counted once.

    `sharing` get what somebody else with the same address gets; `left_out` were excluded by whoever wrote it.
    """

    reached: int = 0
    waiting: int = 0
    unreached: int = 0
    sharing: int = 0
    left_out: int = 0

    @property
    def people(self) -> int:
        """The audience."""
        return sum(getattr(self, each.name) for each in fields(self))


def possible_statuses(channel: Channel, asked: str | None = None) -> list[ShownStatus]:
    """The statuses that messages of a channel can come to, and the one that was asked for all the same."""
    return [status for status in ShownStatus if status not in _NEVER_BY[channel] or status == asked]


def slices(shown: Shown, channel: Channel, *, is_tracked: bool) -> tuple[Slice, ...]:
    """Every status that the channel knows, in its order around the ring; none that occurs is left out."""
    listed = [status for status in ShownStatus if shown.get(status) or status not in _NEVER_BY[channel]]
    return tuple(Slice(status, slice_word(status, channel, is_tracked=is_tracked), shown.get(status, 0)) for status in listed)


def slice_word(status: ShownStatus, channel: Channel, *, is_tracked: bool) -> str:
    """The status in words; only where openings are seen is being delivered alone also a word on not having opened."""
    if status is ShownStatus.DELIVERED and channel is Channel.EMAIL and is_tracked:
        return "Delivered, not opened"
    return WORDS[status]


def accounting_terms(shown: Shown) -> tuple[Term, ...]:
    """The summands that make up the audience, one a group that has anybody; good before bad."""
    return tuple(_terms(shown))


def delivered_count(shown: Shown) -> int:
    """Delivered at least: opened, clicked and answered included."""
    return sum(people for status, people in shown.items() if status in DELIVERED_AT_LEAST)


def reach_of_channel(shown: Shown, skipped: Mapping[str, int]) -> Reach:
    """The people line of a send-out by one channel, where rows are people: from its counts alone."""
    reached = sum(people for status, people in shown.items() if status in ARRIVED)
    waiting = sum(people for status, people in shown.items() if status in NOT_CONFIRMED)
    sharing, left_out = skipped.get(SkipReason.DUPLICATE, 0), skipped.get(SkipReason.EXCLUDED, 0)
    return Reach(reached, waiting, sum(shown.values()) - reached - waiting - sharing - left_out, sharing, left_out)


def _terms(shown: Shown) -> Iterator[Term]:
    for group in ShownGroup:
        present = [status for status in ShownStatus if group_of(status) is group and shown.get(status)]
        if present:
            yield Term(sum(shown[status] for status in present), _term_words(group, present), group)


def _term_words(group: ShownGroup, present: list[ShownStatus]) -> str:
    """A group with a single status goes by that one's own word ("57 bounced"), but what arrived is always "delivered"."""
    if group is ShownGroup.GOOD or len(present) > 1:
        return _GROUP_WORDS[group]
    word = WORDS[present[0]]
    return word if word.isupper() else word[0].lower() + word[1:]
