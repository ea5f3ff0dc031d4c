"""One run: launch, strike, heal, wait for the end, judge."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from sqlalchemy.exc import DBAPIError

from app.domain.channels import ChannelPlan
from app.extensions import db
from app.lib.errors import Conflict
from app.sendouts.running import Actor, resume
from tests.chaos.crowd import LATER_PEOPLE, URGENT_PEOPLE, Club, a_club, send
from tests.chaos.faults import ACTS, End
from tests.chaos.installation import Installation, OutOfPatience
from tests.chaos.judge import Case, Verdict, judge
from tests.chaos.optouts import OptOut, opt_outs
from tests.chaos.plan import Blow, Fault, Plan
from tests.chaos.provider import CALM
from tests.chaos.sight import let_go, rows, scalar

AIM_SECONDS = 2.0
LOOK_SECONDS = 0.4  # between two looks at what costs a query
END_SECONDS = 240.0  # some ten where nothing else runs
HEAL_SECONDS = 120.0
OPT_OUTS = frozenset({Fault.UNSUBSCRIBE, Fault.STOP})

_IN_HANDS = "SELECT count(*) FROM batches WHERE state = 'open' AND claimed_at > now() - interval '0.2 seconds'"
_LEFT = """
    SELECT count(*) FROM sendouts s WHERE s.organisation_id = :id AND (s.frozen_at IS NULL
        OR EXISTS (SELECT FROM messages m WHERE m.sendout_id = s.id AND m.status = 'pending')
        OR EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.state <> 'done'))"""
# Under `ask` a text is looked for once before a person is asked.
_DOUBT = """
    SELECT count(*) FROM messages m JOIN batches b ON b.id = m.batch_id
    WHERE m.organisation_id = :id AND m.status = 'in_doubt' AND (:resends OR (m.channel = 'sms' AND b.looked_at IS NULL))"""
_UNAPPLIED = "SELECT count(*) FROM callback_receipts WHERE applied_at IS NULL"
_STANDING = """
    SELECT m.channel, m.status, b.state, b.attempt, count(*) FROM messages m LEFT JOIN batches b ON b.id = m.batch_id
    WHERE m.organisation_id = :id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""


@dataclass
class Run:
    """A plan on its way through an installation."""

    installation: Installation
    plan: Plan
    club: Club
    sendouts: dict[int, int] = field(default_factory=dict)  # with the rows that each must have
    opt_outs: list[OptOut] = field(default_factory=list)
    held_reasons: list[str] = field(default_factory=list)
    done: Counter[Fault] = field(default_factory=Counter)
    _ends: list[tuple[float, End]] = field(default_factory=list)
    _looked_at: float = float("-inf")

    def play(self) -> Verdict:
        """All of it. Whatever does not come to its end in time is a fault of its own."""
        self._send("everybody", ChannelPlan.BOTH, 2 * self.club.people)
        self._strike()
        try:
            self._heal()
            self._send("later", ChannelPlan.EMAIL, LATER_PEOPLE)
            self.installation.until(self._is_over, END_SECONDS, self._standing)
        except OutOfPatience as problem:
            return Verdict([f"not over {problem}", *self._judged().faults])
        return self._judged()

    def _send(self, to: str, plan: ChannelPlan, wanted: int, *, is_urgent: bool = False) -> None:
        sendout_id = send(self.club, to, plan, is_urgent=is_urgent)
        self.sendouts[sendout_id] = wanted

    def _strike(self) -> None:
        began = time.monotonic()
        self._send("urgent", ChannelPlan.SMS, URGENT_PEOPLE, is_urgent=True)
        for blow in self.plan.blows:
            self._wait_until(began + blow.at)
            if blow.is_aimed:
                self._aim(Random(blow.seed))
            self._do(blow)
        while self._ends:
            self._wait_until(self._ends[0][0])

    def _do(self, blow: Blow) -> None:
        dice = Random(blow.seed)
        self.done[blow.fault] += 1
        if blow.fault in OPT_OUTS:
            self.opt_outs += opt_outs(self.installation, blow.fault, next(iter(self.sendouts)), dice)
            return
        ends = ACTS[blow.fault](self.installation, dice)
        self._ends = sorted([*self._ends, *((time.monotonic() + end.after, end) for end in ends)], key=lambda each: each[0])

    def _wait_until(self, instant: float) -> None:
        """Look after everything meanwhile, and end what has struck for long enough."""
        while time.monotonic() < instant or (self._ends and self._ends[0][0] <= instant):
            self.installation.tend()
            if self._is_time_to_look():
                self._resume_held()
            while self._ends and self._ends[0][0] <= time.monotonic():
                self._ends.pop(0)[1].do()

    def _aim(self, dice: Random) -> None:
        """Until somebody has just claimed a batch, and then some part of the call further."""
        deadline = time.monotonic() + AIM_SECONDS
        while time.monotonic() < deadline and not scalar(_IN_HANDS):
            self._wait_until(time.monotonic() + 0.01)
        self._wait_until(time.monotonic() + dice.uniform(0, 1.5 * self.plan.pace.latency_seconds))

    def _resume_held(self) -> None:
        """As the person whom it asks to: once the cause is put right, which is when the knobs are turned back."""
        if self._ends and {Fault.QUOTA, Fault.REVOKED} & set(self.done):
            return
        for held in rows("SELECT id, held_reason FROM sendouts WHERE organisation_id = :id AND state = 'held'", id=self.club.id):
            try:
                resume(held.id, Actor(self.club.id, None))
                db.session.commit()
                self.held_reasons.append(held.held_reason or "")
            except (Conflict, DBAPIError):
                continue
            finally:
                let_go()

    def _is_time_to_look(self) -> bool:
        if time.monotonic() < self._looked_at + LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        return True

    def _heal(self) -> None:
        """Nothing goes wrong any more; whoever is dead comes back."""
        lines = self.installation.lines
        self.installation.provider.turn(CALM)
        self.installation.move_clock(list(lines), 0.0)
        self.installation.until(lambda: all(each.child.exit_code is None for each in lines.values()), HEAL_SECONDS, self._dead)
        self.installation.until(self.installation.servers.is_answering, HEAL_SECONDS, lambda: "a server does not answer")

    def _is_over(self) -> bool:
        if not self._is_time_to_look():
            return False
        self._resume_held()
        asked = {"id": self.club.id, "resends": self.plan.policy == "resend"}
        return all(scalar(question, **asked) == 0 for question in (_LEFT, _DOUBT, _UNAPPLIED)) and self.installation.provider.is_idle()

    def _judged(self) -> Verdict:
        has_lost = Fault.MISSING in self.done
        case = Case(self.club.id, self.sendouts, self.opt_outs, self.held_reasons, self.plan.policy, has_lost)
        return judge(case, self.installation.provider.accepted())

    def _dead(self) -> str:
        return f"dead: {[name for name, line in self.installation.lines.items() if line.child.exit_code is not None]}"

    def _standing(self) -> str:
        return f"{[tuple(row) for row in rows(_STANDING, id=self.club.id)]}; {self.installation.provider.pending()}; {self._dead()}"


def played(installation: Installation, plan: Plan, people: int, number: int) -> tuple[Verdict, Counter[Fault]]:
    """Play a plan in a world that starts afresh."""
    installation.provider.reset()
    run = Run(installation, plan, a_club(number, people, plan.pace.per_second))
    let_go()
    return run.play(), run.done
