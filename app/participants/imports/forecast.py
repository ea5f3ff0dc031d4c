"""The dry run: what an import would do, line by line, without doing it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from app.domain.addresses import email_key
from app.lib.tabular import Table
from app.models import ImportOutcome, Participant
from app.participants.arrays import all_ids
from app.participants.imports import queries
from app.participants.imports.absent import RejectedLines, absent_members
from app.participants.imports.columns import Target
from app.participants.imports.families import line_reader
from app.participants.imports.people import Acquaintances
from app.participants.imports.planning import Step, plan
from app.participants.imports.reading import ImportedPerson, ReadingRules

MAX_CHECKED_LINES = 20_000  # some three seconds' work: a person waits for it
CHUNK = 500
ADDRESS_FIELDS = ("email_address", "phone_number")
_TOLD = 50

Item = TypeVar("Item")


@dataclass(slots=True)
class Forecast:
    """What an import would do. Of many lines the first are told, all are counted, up to MAX_CHECKED_LINES."""

    counts: Counter[ImportOutcome] = field(default_factory=Counter)
    failed: list[Step] = field(default_factory=list)
    remarked: list[Step] = field(default_factory=list)
    remarked_count: int = 0
    families: list[Step] = field(default_factory=list)
    family_count: int = 0
    parents: list[Step] = field(default_factory=list)
    parent_count: int = 0  # who are written to about the child of their line
    line_count: int = 0  # that were looked at; a line may hold several people
    suppressed: set[frozenset[str]] = field(default_factory=set)  # one entry a person: their addresses on the Unsubscribes list
    number_count: int = 0  # lines with a usable mobile number: whether asking for consent makes sense
    absent_count: int = 0
    absent_names: list[str] = field(default_factory=list)
    present_ids: set[int] = field(default_factory=set)
    rejected_lines: RejectedLines = field(default_factory=RejectedLines)
    is_whole: bool = True

    @property
    def usable_count(self) -> int:
        """Lines that do not fail."""
        return self.line_count - self.counts[ImportOutcome.FAILED]


def forecast(organisation_id: int, table: Table, rules: ReadingRules, list_id: int | None) -> Forecast:
    """The outcome of every line and the few things that a person should know before starting. Raises UnreadableFile."""
    result = Forecast()
    acquaintances = Acquaintances()
    records, read = table.rows(), line_reader(rules)
    for chunk in chunks(islice(records, MAX_CHECKED_LINES), CHUNK):
        people = [person for record in chunk for person in read(record)]
        result.line_count += len(chunk)
        introduce(acquaintances, organisation_id, people)
        result.suppressed |= _suppressed(organisation_id, people)
        result.number_count += sum(1 for person in people if "phone_number" in person.values)
        for step in plan(people, acquaintances, has_about_column=rules.mapping.knows(Target.ABOUT)):
            _count(result, step)
    result.is_whole = next(records, None) is None
    if list_id is not None and result.is_whole:
        absent = absent_members(list_id, Participant.id != all_ids(result.present_ids), result.rejected_lines)
        result.absent_count, result.absent_names = len(absent), [member.name for member in absent[:_TOLD]]
    return result


def introduce(acquaintances: Acquaintances, organisation_id: int, people: list[ImportedPerson], *, is_held: bool = False) -> None:
    """Make those findable whom the database knows and these lines could mean; whoever is known already stays as is.

    Whoever asked to be erased is left out of the lines first. `is_held`: nobody else changes them until the transaction ends.
    """
    queries.refuse_erased(organisation_id, people)
    for known in queries.known_people(organisation_id, people, is_held=is_held):
        if known.id not in acquaintances.ids:
            acquaintances.add(known)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of this size, the last one shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _suppressed(organisation_id: int, people: list[ImportedPerson]) -> set[frozenset[str]]:
    keys = [{email_key(value) for name, value in person.values.items() if name in ADDRESS_FIELDS} for person in people]
    standing = queries.suppressed_addresses(organisation_id, set().union(*keys))
    return {frozenset(own & standing) for own in keys if own & standing}


def _count(result: Forecast, step: Step) -> None:
    result.counts[step.outcome] += 1
    if step.known is not None and step.known.id is not None:
        result.present_ids.add(step.known.id)
    if step.place:
        result.parent_count += 1
        _tell(result.parents, step)
    result.rejected_lines.add(step.rejected_cells)
    if step.outcome is ImportOutcome.FAILED:
        _tell(result.failed, step)
    elif step.is_family:
        result.family_count += 1
        _tell(result.families, step)
    elif step.reasons and step.outcome is not ImportOutcome.MERGED:
        result.remarked_count += 1
        _tell(result.remarked, step)


def _tell(told: list[Step], step: Step) -> None:
    if len(told) < _TOLD:
        told.append(step)
