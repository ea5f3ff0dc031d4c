"""Why a hand-over in doubt is not settled yet, and whether it will be without a person: the conditions of settling, in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.channels import Channel
from app.domain.sendout_state import SendoutState

LATER_SENDS = 20  # so many later messages must have their own Send event before silence about an earlier one means anything
RETRY_PAUSE_SHARE = 1 / 6  # of the settling window, for which we must have heard of these: longer than SNS pauses between two tries
SNS_TRIES_SECONDS = 3_600  # SNS tries a callback that we turned away for an hour, set up by `flask doctor --fix`
BEATS_MISSED = 3  # of the web's signs of life: so many, and it was away
LONGEST_SILENCE_SECONDS = 15.0  # of the web without its having been away: a new version starts sooner, and SNS tries again soon after
SILENCE_SHARE = 1 / 3  # of a short settling window at most: in the rest of it SNS tries more than once
LATE_SHARE = 1 / 3  # of the settling window: news that takes so long comes late, and for so long after it more may come
LOOK_PAUSE_SHARE = 2 / 3  # of the settling window, between two looks into the provider's list: ten minutes of fifteen

_SETTLING = frozenset({SendoutState.RUNNING, SendoutState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Listening:
    """Whether our web was there to hear what Amazon reports.

    `back_at`: when it was there again, unless that is so long ago that everything has been told since; `missed_until`: what
    Amazon first reported before may have been given up.
    """

    is_up: bool = True
    back_at: datetime | None = None
    missed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known towards settling one hand-over; `later_sends` is capped at LATER_SENDS, `looked_at` is for texts.

    `trouble_at`: when we last turned a callback of Amazon's away that has not come again; `is_trouble_lasting` once it will not.
    `late_at`: when we last heard of a Send event that came late, unless that is long enough ago.
    """

    channel: Channel
    state: SendoutState
    claimed_at: datetime
    looked_at: datetime | None = None
    later_sends: int = 0
    waiting_receipts: int = 0
    trouble_at: datetime | None = None
    is_trouble_lasting: bool = False
    late_at: datetime | None = None
    listening: Listening = Listening()

    @property
    def back_at(self) -> datetime | None:
        """When our web was there again after a break that this hand-over began before the end of."""
        back_at = self.listening.back_at
        return back_at if back_at is not None and self.claimed_at < back_at else None


@dataclass(frozen=True, slots=True)
class Rules:
    """How this installation settles: after how long, and whether it sends again by itself (policy `resend`) or asks."""

    window_seconds: int
    resends: bool

    @property
    def window(self) -> timedelta:
        """How long evidence is waited for."""
        return timedelta(seconds=self.window_seconds)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A condition that does not hold yet. "{at}" in the words stands for the instant; `is_final`: only a person can decide."""

    words: str
    at: datetime | None = None
    is_final: bool = False


def longest_silence(window_seconds: float) -> float:
    """For how many seconds the web may give no sign of life without having been away."""
    return min(LONGEST_SILENCE_SECONDS, window_seconds * SILENCE_SHARE)


def listening_seconds(window_seconds: float) -> float:
    """For how many seconds the web must have been there before silence means anything: by then SNS has told what it kept for us."""
    return min(window_seconds, SNS_TRIES_SECONDS)


def late_seconds(window_seconds: float) -> float:
    """From how many seconds on news is late, and for how many more may follow."""
    return window_seconds * LATE_SHARE


def settles_at(evidence: Evidence, rules: Rules) -> datetime:
    """When it is settled at the earliest; a text needs two looks into the provider's list."""
    if evidence.channel is Channel.EMAIL:
        told = timedelta(seconds=listening_seconds(rules.window_seconds))
        heard = evidence.late_at + timedelta(seconds=late_seconds(rules.window_seconds)) if evidence.late_at else evidence.claimed_at
        return max(evidence.claimed_at + rules.window, (evidence.back_at or evidence.claimed_at) + told, heard)
    pause = rules.window * LOOK_PAUSE_SHARE
    first_look = evidence.claimed_at + rules.window
    return max(first_look, evidence.looked_at) + pause if evidence.looked_at else first_look + pause


def obstacles(evidence: Evidence, rules: Rules) -> list[Obstacle]:
    """What is missing, in the order in which it would be looked at; empty when it is settled at the next look."""
    return [*_of_everything(evidence, rules), *(_of_email(evidence) if evidence.channel is Channel.EMAIL else _of_texts(evidence, rules))]


def _of_everything(evidence: Evidence, rules: Rules) -> Iterator[Obstacle]:
    if evidence.state not in _SETTLING:
        yield Obstacle("The send-out stands still. Resume it, and this is looked into again.")
    if not rules.resends:
        yield Obstacle("This service is set to ask: unless news of it comes, a person decides.", is_final=True)


def _of_our_web(evidence: Evidence) -> Iterator[Obstacle]:
    missed_until = evidence.listening.missed_until
    if missed_until is not None and evidence.claimed_at < missed_until:
        words = "Our web was away for so long that Amazon may have given up telling us what happened before {at}. A person decides."
        yield Obstacle(words, missed_until, is_final=True)
    if not evidence.listening.is_up:
        words = "It is not certain that news from Amazon reaches us now: our web gives no sign of life."
        yield Obstacle(f"{words} Tell whoever runs this service.")
    elif evidence.back_at is not None:
        yield Obstacle("Our web was not reachable until {at}; what Amazon reported meanwhile may still come.", evidence.back_at)


def _of_email(evidence: Evidence) -> Iterator[Obstacle]:
    yield from _of_our_web(evidence)
    if evidence.trouble_at is not None:
        words = "Since then we had to turn news from Amazon away, last {at}, and these may be in it."
        rest = "It has not come again: a person decides." if evidence.is_trouble_lasting else "Amazon tells us again within the hour."
        yield Obstacle(f"{words} {rest}", evidence.trouble_at, is_final=evidence.is_trouble_lasting)
    if evidence.late_at is not None:
        yield Obstacle("News from Amazon comes late, last {at}: more of it may come, also about these.", evidence.late_at)
    if evidence.waiting_receipts:
        yield Obstacle(f"{evidence.waiting_receipts:,} pieces of news from Amazon wait to be read; some may be about these.")
    if evidence.later_sends < LATER_SENDS:
        confirmed = f"Amazon has confirmed {evidence.later_sends} of the e-mails that left later."
        yield Obstacle(f"{confirmed} From {LATER_SENDS} on, its silence about these means something.")


def _of_texts(evidence: Evidence, rules: Rules) -> Iterator[Obstacle]:
    first_look = evidence.claimed_at + rules.window
    if evidence.looked_at is None:
        yield Obstacle("From {at} on we look for it in Twilio's list, twice.", first_look)
    elif evidence.looked_at < first_look + rules.window * LOOK_PAUSE_SHARE:
        yield Obstacle("We looked in Twilio's list {at} and were not sure to find it. We look once more.", evidence.looked_at)
    else:
        words = "Twilio's list, last read {at}, has a text to this number that may be this one or another. A person decides."
        yield Obstacle(words, evidence.looked_at, is_final=True)
