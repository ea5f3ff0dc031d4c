"""Doing what was planned: a chunk of lines with the cursor behind it, the end, and the way back."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, delete, exists, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.extensions import db
from app.lib import clock
from app.lib.tabular import Record
from app.models import ImportChange, ImportOutcome, ImportState, ListMembership, Participant, ParticipantImport, TextConsent
from app.participants.arrays import any_id
from app.participants.imports import queries
from app.participants.imports.absent import RejectedLines, absent_members
from app.participants.imports.columns import Target
from app.participants.imports.families import line_reader
from app.participants.imports.forecast import introduce
from app.participants.imports.people import VALUE_FIELDS, Acquaintances, KnownPerson
from app.participants.imports.planning import Step, plan
from app.participants.imports.reading import ReadingRules

CHUNK_ROWS = 500


def locked_import(import_id: int) -> ParticipantImport | None:
    """The import, held until the transaction ends, so that two jobs take turns; None once it runs no more."""
    return db.session.scalar(
        select(ParticipantImport)
        .where(ParticipantImport.id == import_id, ParticipantImport.state == ImportState.RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def import_chunk(job: ParticipantImport, records: Iterable[Record], rules: ReadingRules) -> bool:
    """Import the next CHUNK_ROWS of these records from the cursor on. Returns False when none is left.

    Everything that a line does, its note and the cursor belong to one transaction: the caller commits, and a line is imported
    once however often the job dies. `job` is locked.
    """
    chunk = list(islice((record for record in records if record.line >= job.next_line), CHUNK_ROWS))
    if not chunk:
        return False

    steps = _planned(job, chunk, rules)
    _write_people(job.organisation_id, steps)
    joined = _join_list(job, steps)
    _record_consents(job, steps)
    _note(job, steps, joined)
    job.done_count += len(chunk)
    job.next_line = chunk[-1].line + 1
    return True


def finish_import(job: ParticipantImport) -> None:
    """Take those off the list who are not in the file, if that was chosen, and let go of the file; whom a rejected line may mean stays."""
    if job.takes_off_absent and job.list_id is not None:
        _take_off_absent(job, job.list_id)
    job.state = ImportState.DONE
    job.content = None
    job.finished_at = clock.now()


def _planned(job: ParticipantImport, chunk: list[Record], rules: ReadingRules) -> list[Step]:
    read = line_reader(rules)
    people = [person for record in chunk for person in read(record)]
    acquaintances = Acquaintances()
    introduce(acquaintances, job.organisation_id, people, is_held=True)
    touched = queries.touched_lines(job.id, acquaintances.ids)
    for known in acquaintances.everybody():
        known.line = touched.get(known.id) if known.id is not None else None
    return list(plan(people, acquaintances, has_about_column=rules.mapping.knows(Target.ABOUT)))


def _write_people(organisation_id: int, steps: list[Step]) -> None:
    """Insert whom the chunk brings, update whom it changed; afterwards everybody has an id."""
    touched = _unique(step.known for step in steps if step.known is not None and (step.changes or step.known.id is None))
    newcomers = [known for known in touched if known.id is None]
    changed = [known for known in touched if known.id is not None]
    if changed:
        db.session.execute(update(Participant), [{"id": known.id, **_columns(known)} for known in changed])
    if newcomers:
        rows = [{"organisation_id": organisation_id, **_columns(known)} for known in newcomers]
        ids = db.session.scalars(insert(Participant).returning(Participant.id, sort_by_parameter_order=True), rows)
        for known, participant_id in zip(newcomers, ids, strict=True):
            known.id = participant_id


def _columns(known: KnownPerson) -> dict[str, Any]:
    values: dict[str, Any] = {name: known.values.get(name) for name in VALUE_FIELDS}
    values |= {name: values[name] or "" for name in ("first_name", "last_name")}
    return values | {"about": known.about, "custom": known.custom}


def _join_list(job: ParticipantImport, steps: list[Step]) -> set[int]:
    """Put the chunk's people on the list; returns those who were not on it."""
    ids = _ids(steps)
    if job.list_id is None or not ids:
        return set()
    people = select(Participant.organisation_id, literal(job.list_id), Participant.id).where(Participant.id == any_id(ids))
    columns = ["organisation_id", "list_id", "participant_id"]
    joining = upsert(ListMembership).from_select(columns, people).on_conflict_do_nothing()
    return set(db.session.scalars(joining.returning(ListMembership.participant_id)))


def _record_consents(job: ParticipantImport, steps: list[Step]) -> None:
    """Keep where these people agreed to texts, for those with a number. Who has an answer on file keeps it, a withdrawal above all."""
    ids = _ids(steps)
    if not job.text_consent_proof or not ids:
        return
    has_answered = exists().where(TextConsent.participant_id == Participant.id)
    people = select(
        Participant.organisation_id,
        Participant.id,
        literal(clock.now()),
        literal(job.text_consent_proof),
        literal(job.id),
        literal(job.created_by, BigInteger),
    ).where(Participant.id == any_id(ids), Participant.phone_number.is_not(None), ~has_answered)
    columns = ["organisation_id", "participant_id", "given_at", "proof", "import_id", "recorded_by"]
    db.session.execute(insert(TextConsent).from_select(columns, people))


def _note(job: ParticipantImport, steps: list[Step], joined: set[int]) -> None:
    """Write down what each line did, and count it."""
    rows = []
    for step in steps:
        participant_id = step.known.id if step.known is not None else None
        rows.append(
            {
                "organisation_id": job.organisation_id,
                "import_id": job.id,
                "line": step.line,
                "place": step.place,
                "outcome": step.outcome,
                "participant_id": participant_id,
                "has_joined_list": participant_id in joined,
                "changes": step.changes or None,
                "row": list(step.rejected_cells) if step.rejected_cells is not None else None,
                "reason": " ".join(step.reasons) or None,
            }
        )
        joined.discard(participant_id or 0)
    if rows:
        db.session.execute(insert(ImportChange), rows)
    job.new_count += _count(steps, ImportOutcome.NEW)
    job.updated_count += _count(steps, ImportOutcome.UPDATED)
    job.same_count += _count(steps, ImportOutcome.SAME)
    job.merged_count += _count(steps, ImportOutcome.MERGED)
    job.failed_count += _count(steps, ImportOutcome.FAILED)


def _take_off_absent(job: ParticipantImport, list_id: int) -> None:
    rejected = RejectedLines()
    for change in queries.rejected_lines(job.id):
        rejected.add(change.row)
    present = select(ImportChange.participant_id).where(ImportChange.import_id == job.id, ImportChange.participant_id.is_not(None))
    ids = [member.participant_id for member in absent_members(list_id, Participant.id.not_in(present), rejected)]
    if ids:
        db.session.execute(delete(ListMembership).where(ListMembership.list_id == list_id, ListMembership.participant_id == any_id(ids)))
        shared = {"organisation_id": job.organisation_id, "import_id": job.id, "outcome": ImportOutcome.TAKEN_OFF}
        db.session.execute(insert(ImportChange), [{"participant_id": participant_id, **shared} for participant_id in ids])


def _ids(steps: list[Step]) -> list[int]:
    return list({step.known.id: None for step in steps if step.known is not None and step.known.id is not None})


def _count(steps: list[Step], outcome: ImportOutcome) -> int:
    return sum(1 for step in steps if step.outcome is outcome)


def _unique(people: Iterable[KnownPerson]) -> list[KnownPerson]:
    return list({id(known): known for known in people}.values())
