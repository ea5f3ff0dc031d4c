"""Everything that is known of a draft before it is sent, and the last question before it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.channels import CommunicationType
from app.domain.costs import BudgetLevel
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.messages.spending import BudgetStanding, budget_standing
from app.models import Sendout
from app.sendouts.approving.queries import Standing, standing_of
from app.sendouts.composing.queries import ListChoice, list_choices, sendout_of
from app.sendouts.counting import AudienceCounts, SharedAddress, reached_as, review_counts, shared_addresses
from app.sendouts.filtered import FilterChoice, counted_filters
from app.sendouts.judgement import judged_once, judgement_of
from app.sendouts.keeping import joined_since
from app.sendouts.local_hours import Living, may_live_apart, zones_of
from app.sendouts.personal import PersonalCheck, personal_check
from app.sendouts.quiet import Asleep, asleep_at
from app.sendouts.reviewing.outlook import Outlook, estimated_cost, outlook_of
from app.sendouts.reviewing.problems import Problem, Step, blockers, warnings
from app.sendouts.running import Actor, launch

TYPED_ABOVE = 500  # from there on, the number is typed


@dataclass(frozen=True, slots=True)
class Review:
    """A draft as it would go out now. `added_by_type` is how many more people the answer to the type reaches than the other one."""

    counts: AudienceCounts
    lists: tuple[ListChoice, ...]
    filters: tuple[FilterChoice, ...]
    blockers: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    personal: PersonalCheck | None
    shared_count: int
    shared: tuple[SharedAddress, ...]
    added_by_type: int
    outlook: Outlook
    budget: BudgetStanding | None
    asleep: Asleep | None
    approval: Standing | None
    zones: Mapping[str, Living]
    joined_since: int

    @property
    def is_typed(self) -> bool:
        """Whether so many people are written to that their number is typed before it goes."""
        return self.counts.reached > TYPED_ABOVE


def review(sendout: Sendout) -> Review:
    """Count the audience, try the words on it, and say what is wrong or doubtful."""
    with judged_once(sendout):
        return _reviewed(sendout)


def _reviewed(sendout: Sendout) -> Review:
    counts = review_counts(sendout)
    against = blockers(sendout, counts)
    personal = None if any(problem.step is Step.MESSAGE for problem in against) else personal_check(sendout, counts)
    if personal and personal.fault_count:
        against.append(_fault_problem(personal))
    shared_count, shared = shared_addresses(sendout)
    return Review(
        counts=counts,
        lists=tuple(choice for choice in list_choices(sendout.organisation_id, sendout.id) if choice.chosen),
        filters=tuple(counted_filters(sendout)),
        blockers=tuple(against),
        warnings=tuple(warnings(sendout)),
        personal=personal,
        shared_count=shared_count,
        shared=tuple(shared),
        added_by_type=_added_by_type(sendout),
        outlook=outlook_of(sendout, counts, personal),
        budget=None if sendout.is_urgent else budget_standing(sendout.organisation_id, estimated_cost(sendout, counts, personal)),
        asleep=asleep_at(judgement_of(sendout), sendout.scheduled_at or now(), sendout.scheduled_local),
        approval=standing_of(sendout),
        zones=zones_of(judgement_of(sendout)) if sendout.scheduled_local or may_live_apart(sendout.organisation_id) else {},
        joined_since=joined_since(sendout),
    )


def send(sendout_id: int, actor: Actor, *, typed: int | None) -> bool:
    """Launch a draft that nothing stands against. Returns False when it was launched before: a form may be sent twice.

    Raises Invalid for what stands against it, or where the number of people was to be typed and is not `typed`.
    """
    sendout = sendout_of(sendout_id, actor.organisation_id)
    db.session.refresh(sendout, with_for_update=True)  # nothing is saved between the check and the start
    if sendout.state not in {SendoutState.DRAFT, SendoutState.SCHEDULED}:
        if sendout.launched_at is not None:
            return False
        raise Conflict("This send-out cannot be sent any more.")
    check(sendout, actor, typed)
    launch(sendout_id, actor)
    return True


def check(sendout: Sendout, actor: Actor, typed: int | None) -> None:
    """Raise Invalid where a draft cannot go out now."""
    found = review(sendout)
    if found.blockers:
        raise Invalid(found.blockers[0].words)
    if found.approval and not found.approval.is_given:
        raise Invalid("A second person has to approve this send-out before it goes.")
    if found.is_typed and typed != found.counts.reached:
        raise Invalid(f"It goes to {found.counts.reached:,} people: type this number to send it.", "typed_count")
    if found.budget and found.budget.level is BudgetLevel.USED_UP and not actor.may_overspend:
        raise Invalid("This month's budget does not cover it: an owner has to agree.", "over_budget")


def _fault_problem(personal: PersonalCheck) -> Problem:
    first = personal.faults[0]
    people = "one person" if personal.fault_count == 1 else f"{personal.fault_count:,} people"
    return Problem(f"The message cannot be written for {people}, among them {first.name}: {first.words}", Step.MESSAGE)


def _added_by_type(sendout: Sendout) -> int:
    if sendout.communication_type is None:
        return 0
    without = reached_as(sendout, CommunicationType.MARKETING)
    return max(0, reached_as(sendout, CommunicationType.NON_MARKETING) - without)
