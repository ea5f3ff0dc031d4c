"""The look at a scheduled send-out at its hour: what was in order when it was scheduled need not be so any more.

What stands against it holds it in words, before anything is resolved: it is put right, taken back to a draft or cancelled.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select, update

from app.domain.channels import Channel
from app.domain.costs import BudgetLevel
from app.domain.sendout_state import SendoutState, Verb, after
from app.extensions import db, rows_changed
from app.lib.errors import Conflict, NotFound
from app.messages.quota import known_account
from app.messages.spending import budget_standing, has_budget
from app.models import Sendout
from app.sendouts import running
from app.sendouts.approving.queries import standing_of
from app.sendouts.counting import AudienceCounts, review_counts
from app.sendouts.personal import personal_check
from app.sendouts.reviewing.outlook import estimated_cost
from app.sendouts.reviewing.problems import blockers
from app.sendouts.running import Actor


def hold_if_wrong(sendout_id: int) -> bool:
    """Hold a scheduled send-out that is about to start if anything stands against it. Returns whether it was held."""
    sendout = db.session.scalars(select(Sendout).where(Sendout.id == sendout_id).execution_options(populate_existing=True)).one()
    is_checked = sendout.scheduled_at is not None and not sendout.is_urgent
    if sendout.state != SendoutState.LAUNCHING or sendout.audience_count is not None or not is_checked:
        return False
    against = what_stands_against(sendout, may_overspend=False)
    if against is None:
        return False
    held = update(Sendout).where(Sendout.id == sendout_id, Sendout.state == SendoutState.LAUNCHING)
    words = f"It did not start at its hour. {against}"
    return rows_changed(held.values(state=after(SendoutState.LAUNCHING, Verb.HOLD), held_reason=words)) == 1


def what_stands_against(sendout: Sendout, *, may_overspend: bool) -> str | None:
    """The first thing for which a send-out must not start now, in words for whoever finds it held; None when all is well."""
    counts = review_counts(sendout)
    problems = blockers(sendout, counts)
    if problems:
        return problems[0].words
    approval = standing_of(sendout)
    if approval is not None and not approval.is_given:
        return "A second person has to approve it: take it back to a draft, and ask."
    if limit := _limit(counts):
        return limit
    if not (may_overspend or is_covered([sendout])):
        return "This month's budget does not cover it: an owner can resume it all the same."
    return None


def may_skip_review(copies: Sequence[Sendout], actor: Actor) -> bool:
    """Whether copies may start as they are: nobody has to approve them, and the budget covers them all, or an owner has agreed."""
    if any(standing_of(each) is not None for each in copies):
        return False
    return actor.may_overspend or is_covered(copies)


def is_covered(sendouts: Sequence[Sendout]) -> bool:
    """Whether the month's budget covers these of one organisation together; without a budget nothing is tried on anybody."""
    if not sendouts or not has_budget(sendouts[0].organisation_id):
        return True
    standing = budget_standing(sendouts[0].organisation_id, sum(map(_cost, sendouts), Decimal(0)))
    return standing is None or standing.level is not BudgetLevel.USED_UP


def _cost(sendout: Sendout) -> Decimal:
    counts = review_counts(sendout)
    return estimated_cost(sendout, counts, personal_check(sendout, counts))


def resume(sendout_id: int, actor: Actor) -> None:
    """Go on; what never started is looked at once more, and starts now. Raises Conflict for what stands against it still."""
    sendout = db.session.get(Sendout, sendout_id)
    if sendout is None or sendout.organisation_id != actor.organisation_id:
        raise NotFound("There is no such send-out.")
    if sendout.state == SendoutState.HELD and sendout.audience_count is None and sendout.scheduled_at is not None:
        against = what_stands_against(sendout, may_overspend=actor.may_overspend)
        if against is not None:
            raise Conflict(against)
    running.resume(sendout_id, actor)


def _limit(counts: AudienceCounts) -> str | None:
    """What Amazon, as it last said, would not take."""
    mails, account = counts.of(Channel.EMAIL), known_account()
    if mails is None or account is None:
        return None
    if not account.quota.is_sending_enabled:
        return "Amazon has switched off the sending of e-mail for this account."
    left = account.quota.left_24_hours
    if left is not None and mails.messages > left:
        return f"It comes to {mails.messages:,} e-mails, and Amazon takes {left:,} more of this account in these 24 hours."
    return None
