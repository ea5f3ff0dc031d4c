"""The guard rail of large send-outs: a first part goes ahead, and what is seen of it decides whether the rest may follow.

The same looks are taken as long as anything is left to go.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.domain.channels import Channel
from app.domain.reputation import BOUNCES, COMPLAINTS

GUARDED_ABOVE = 2_000  # people: below, all of it has gone before anything is heard
FIRST_PART = 1_000  # messages a channel: a share of 5 % is known to within 1.4 of a hundred by then
LEAST_SHARE = 0.2  # of a first part, handed over: as many as the largest sample below
SETTLED_SHARE = 0.95  # of the first part's outcomes: the last of them may take days
LEAST_WAIT_SECONDS = 20.0  # bounces of large mail providers arrive within seconds of each other
LONGEST_WAIT_SECONDS = 300.0  # some servers never confirm anything, and nobody may have asked to be told


class Trouble(StrEnum):
    """What can be wrong with a send-out as a whole."""

    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    BLOCKS = "blocks"
    ERRORS = "errors"


# Twilio's codes for what carriers, and Twilio for them, stop for its words or for who sends it.
CARRIER_BLOCKS = ("21618", "30007", "30032", "30033", "30034", "30038", "30111")


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one channel at a moment. `refused` of those handed over, everything else of those `accepted`."""

    channel: Channel
    handed_over: int
    accepted: int
    unconfirmed: int = 0
    bounced: int = 0
    complained: int = 0
    blocked: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """From which share on something is wrong, over how many it is a share at all, and how many it takes not to be chance."""

    share: float
    sample: int
    fewest: int

    def is_crossed(self, amount: int, whole: int) -> bool:
        """Whether so many of so many are too many."""
        return whole >= self.sample and amount >= self.fewest and amount / whole >= self.share


BOUNDS = {
    Trouble.BOUNCES: Bound(BOUNCES.review, sample=200, fewest=10),  # where Amazon reviews an account
    Trouble.COMPLAINTS: Bound(COMPLAINTS.review, sample=200, fewest=3),  # the same; one or two people are no habit
    Trouble.BLOCKS: Bound(0.05, sample=100, fewest=5),  # a carrier that stops one in twenty goes on to stop the number
    Trouble.ERRORS: Bound(0.10, sample=100, fewest=10),  # one in ten refused is a setting that is wrong, not these people
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and how much of it was seen."""

    trouble: Trouble
    amount: int
    whole: int
    channel: Channel

    @property
    def words(self) -> str:
        """What a person reads before they decide."""
        kind = "e-mails" if self.channel is Channel.EMAIL else "texts"
        seen = f"{self.amount:,} of {self.whole:,} {kind} ({100 * self.amount / self.whole:.1f} %)"
        return f"{seen} {_WORDS[self.trouble]}"


def finding(sight: Sight, waived: Collection[Trouble] = ()) -> Finding | None:
    """The first thing that is wrong with what is seen, less what a person has decided to live with; None when all is well."""
    amounts = {
        Trouble.COMPLAINTS: (sight.complained, sight.accepted),
        Trouble.BOUNCES: (sight.bounced, sight.accepted),
        Trouble.BLOCKS: (sight.blocked, sight.accepted),
        Trouble.ERRORS: (sight.refused, sight.handed_over),
    }
    crossed = (
        Finding(trouble, amount, whole, sight.channel)
        for trouble, (amount, whole) in amounts.items()
        if trouble not in waived and BOUNDS[trouble].is_crossed(amount, whole)
    )
    return next(crossed, None)


def may_follow(sights: Collection[Sight], seconds: float) -> bool:
    """Whether the rest may follow a first part that was handed over so many seconds ago, and with which nothing is wrong."""
    accepted = sum(sight.accepted for sight in sights)
    known = accepted - sum(sight.unconfirmed for sight in sights)
    return seconds >= LONGEST_WAIT_SECONDS or (seconds >= LEAST_WAIT_SECONDS and known >= SETTLED_SHARE * accepted)


_WORDS = {
    Trouble.BOUNCES: (
        "came back because the address does not exist. Amazon reviews an account at 5 %, and may stop all its e-mail at 10 %. "
        "Find out where these addresses come from."
    ),
    Trouble.COMPLAINTS: (
        "were marked as spam. Amazon reviews an account at 0.1 %, and may stop all its e-mail at 0.5 %. "
        "Ask yourself whether these people expect it."
    ),
    Trouble.BLOCKS: (
        "were stopped by a filter of the phone companies. They may go on to block your number. Look at the words and the links, "
        "and at the registration of the number."
    ),
    Trouble.ERRORS: "were refused by the delivery service. The report names the reasons; they would hold for the rest, too.",
}
