"""How Amazon judges a sender: bounces and complaints over what was lately sent, against its published limits, in plain words."""

from dataclasses import dataclass
from enum import StrEnum

FEWEST = 500  # accepted e-mails: below, one unlucky address would look like a habit
REPRESENTATIVE = 10_000  # e-mails looked at, the newest; Amazon too judges by a volume and not by a period


class Judgement(StrEnum):
    """Where a rate stands against its limit."""

    UNKNOWN = "unknown"  # too few to tell
    FINE = "fine"
    NEAR = "near"  # half of the limit or more
    OVER = "over"  # Amazon reviews the account
    PAUSING = "pausing"  # Amazon may stop it from sending


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate's two limits, as shares: at the first Amazon reviews the account, at the second it may pause its sending.

    Source: Amazon SES, reputation metrics: bounces 5 % and 10 %, complaints 0.1 % and 0.5 %.
    """

    review: float
    pause: float

    def judgement(self, amount: int, accepted: int) -> Judgement:
        """How so many of so many stand."""
        if accepted < FEWEST:
            return Judgement.UNKNOWN
        rate = amount / accepted
        steps = ((self.pause, Judgement.PAUSING), (self.review, Judgement.OVER), (self.review / 2, Judgement.NEAR))
        return next((judgement for bound, judgement in steps if rate >= bound), Judgement.FINE)


BOUNCES = Limit(0.05, 0.10)
COMPLAINTS = Limit(0.001, 0.005)


@dataclass(frozen=True, slots=True)
class Reputation:
    """Hard bounces and complaints of the newest e-mails that Amazon accepted."""

    accepted: int
    bounced: int
    complained: int

    @property
    def bounces(self) -> Judgement:
        """How the bounces stand."""
        return BOUNCES.judgement(self.bounced, self.accepted)

    @property
    def complaints(self) -> Judgement:
        """How the complaints stand."""
        return COMPLAINTS.judgement(self.complained, self.accepted)


BOUNCE_ADVICE = {
    Judgement.UNKNOWN: f"It takes {FEWEST} e-mails to tell.",
    Judgement.FINE: "Addresses that bounced are not written to again.",
    Judgement.NEAR: "Write next to a list that is known to work, and look where the bad addresses came from.",
    Judgement.OVER: "Amazon reviews an account from here on. Stop writing to old or bought lists; ask for addresses anew.",
    Judgement.PAUSING: "Amazon may stop all e-mail. Send nothing large until the list that bounces is found and taken out.",
}
COMPLAINT_ADVICE = {
    Judgement.UNKNOWN: f"It takes {FEWEST} e-mails to tell.",
    Judgement.FINE: "Who complained is not written to again.",
    Judgement.NEAR: "Write news and offers only to those who asked for them, and less often.",
    Judgement.OVER: "Amazon reviews an account from here on. Pause news and offers, and find out which list complains.",
    Judgement.PAUSING: "Amazon may stop all e-mail. Send no news or offers until you know who complains and why.",
}
