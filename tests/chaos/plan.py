"""What happens in a run, drawn from its seed alone, so that the same seed plays the same plan wherever it stands."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

MOST_FAULTS = 5
FAULTS_BY_TURNS = 2  # of a run, so that seeds in a row have all of them
LAST_AT = 5.5  # seconds after the launch
SLOW_SHARE = 0.12  # of the further faults that would be one of these: they cost a run twenty seconds


class Fault(StrEnum):
    """Everything that may go wrong, in the words of the table at the end."""

    KILL_HORSE = "kill -9 of a forked job"
    KILL_WORKER = "kill -9 of a worker, its job goes on"
    KILL_BOTH = "kill -9 of workers and their jobs"
    KILL_LINE = "kill -9 of all workers"
    DRAIN_LINE = "SIGTERM to all workers"
    DRAIN_WORKER = "SIGTERM to one worker"
    KILL_SCHEDULE = "kill -9 of a schedule"
    FREEZE_SCHEDULE = "a schedule frozen, then two at once"
    KILL_WEB = "kill -9 of the web"
    KILL_WEB_WORKER = "kill -9 of a web worker"
    NO_WEB = "the web gone for longer than the window"
    FLUSH_REDIS = "Redis FLUSHALL"
    RESTART_REDIS = "Redis restarted"
    NO_REDIS = "Redis gone for a while"
    RESTART_DATABASE = "PostgreSQL restarted (immediate)"
    NO_DATABASE = "PostgreSQL gone for a while"
    CUT_SESSIONS = "connections cut in mid-transaction"
    HANG = "provider: time-out after accepting"
    RESET_AFTER = "provider: reset after accepting"
    RESET_BEFORE = "provider: reset before accepting"
    BROKEN = "provider: 500s"
    BROKEN_AFTER = "provider: 500s after accepting"
    THROTTLED = "provider: throttling for a while"
    QUOTA = "provider: daily quota spent"
    REVOKED = "provider: credentials revoked"
    CLOCK_AHEAD = "a process's clock jumps ahead"
    CLOCK_BACK = "a process's clock jumps back"
    DUPLICATES = "callbacks duplicated"
    DISORDER = "callbacks reordered, early and late"
    MISSING = "callbacks lost for good (ask only)"
    UNSUBSCRIBE = "unsubscribes in mid-send"
    STOP = "STOPs in mid-send"


ALL = tuple(Fault)
POLICIES = ("ask", "resend")
AIMED = frozenset(
    {Fault.NO_WEB, Fault.KILL_HORSE, Fault.KILL_WORKER, Fault.KILL_BOTH, Fault.KILL_LINE, Fault.DRAIN_LINE, Fault.CUT_SESSIONS}
)
SLOW = frozenset({Fault.HANG, Fault.NO_WEB})


@dataclass(frozen=True, order=True)
class Pace:
    """How much a world has to do: people in a run, seconds before a provider answers, e-mails and text parts a second that it takes."""

    people: int
    latency_seconds: float
    per_second: int


CALM = Pace(120, 0.25, 25)  # a batch is a second's worth, and one lane is enough
BUSY = Pace(600, 1.0, 100)  # batches of 50, two and more of them in a slot's hands at once


@dataclass(frozen=True)
class Blow:
    """A fault at an instant, seconds after the launch; `seed` of whatever it has to choose. Aimed: while a batch is in somebody's hands."""

    at: float
    fault: Fault
    seed: int
    is_aimed: bool


@dataclass(frozen=True)
class Plan:
    """One run."""

    seed: int
    policy: str
    pace: Pace
    blows: tuple[Blow, ...]


def plan_for(seed: int, *, is_short: bool = False) -> Plan:
    """Two faults by turns, so that seeds in a row have all of them, and up to three by chance.

    Every second series of seeds that has them all is of a busy world.
    Short: without what takes long, all busy and under `resend`, so that one installation does.
    """
    dice = Random(seed)
    turns = [ALL[(FAULTS_BY_TURNS * seed + number) % len(ALL)] for number in range(FAULTS_BY_TURNS)]
    chosen = [*turns, *(dice.choice(ALL) for _ in range(dice.randint(1, MOST_FAULTS - FAULTS_BY_TURNS)))]
    faults = [each for number, each in enumerate(chosen) if number < len(turns) or each not in SLOW or dice.random() < SLOW_SHARE]
    policy = dice.choice(POLICIES)
    if Fault.MISSING in turns:
        policy = "ask"
    if is_short:
        policy = "resend"
    kept = [each for each in faults if not (policy == "resend" and each is Fault.MISSING) and not (is_short and each in SLOW)]
    pace = BUSY if is_short or seed * FAULTS_BY_TURNS // len(ALL) % 2 else CALM
    return Plan(seed, policy, pace, tuple(sorted((_blow(each, dice) for each in kept), key=lambda blow: blow.at)))


def _blow(fault: Fault, dice: Random) -> Blow:
    return Blow(round(dice.uniform(0.2, LAST_AT), 2), fault, dice.randrange(2**32), fault in AIMED and dice.random() < 0.7)
