"""An import from upload to undo: what each step needs, and what it leaves for the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePath

from sqlalchemy import select, update

from app.extensions import db, rows_changed
from app.jobs import RUN_IMPORT, enqueue_after_commit
from app.lib import clock
from app.lib.errors import Conflict, Invalid
from app.lib.tabular import Table, UnreadableFile, read_table
from app.models import AuditEntry, CustomFieldKind, ImportState, Organisation, ParticipantImport
from app.participants.audiences import hold_off_starts
from app.participants.custom_fields import custom_fields, field_keys, keep_field
from app.participants.imports import forecast as dry_run
from app.participants.imports import queries
from app.participants.imports.columns import Guess, Mapping, checked_mapping
from app.participants.imports.families import guessed_family
from app.participants.imports.reading import ReadingRules
from app.participants.imports.undo import take_back
from app.participants.lists import service as lists

MAX_FILE_BYTES = 30_000_000
UNSTARTED = timedelta(days=30)  # so long an uploaded file waits for its start

REASON_COLUMN = "What was wrong"

_SAMPLE_ROWS = 30
_NEW_LIST = "new_list_name"


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it came, who brought it, and the list that its people are for."""

    organisation_id: int
    user_id: int
    file_name: str
    content: bytes
    list_id: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """What a person says before an import runs: where these people agreed to texts, and what becomes of who is not in the file."""

    text_consent_proof: str = ""
    takes_off_absent: bool = False


def upload(source: Source) -> ParticipantImport:
    """Keep a file and guess its columns; raises Invalid for what is no table."""
    if len(source.content) > MAX_FILE_BYTES:
        raise Invalid(f"The file is larger than {MAX_FILE_BYTES // 1_000_000} MB. Split it and import the parts.", "file")
    table = _readable(source.content)
    job = ParticipantImport(
        organisation_id=source.organisation_id,
        list_id=source.list_id,
        created_by=source.user_id,
        file_name=PurePath(source.file_name.replace("\\", "/")).name[:200] or "people",
        content=source.content,
        mapping=_first_mapping(source.organisation_id, table).as_json(),
    )
    db.session.add(job)
    db.session.flush()
    return job


def table_of(job: ParticipantImport) -> Table:
    """The file as a table; raises Conflict once it is gone."""
    if job.content is None:
        raise Conflict("This import is over, and its file is no longer kept.")
    return _readable(job.content, has_header=mapping_of(job).has_header)


def mapping_of(job: ParticipantImport) -> Mapping:
    """What its columns mean; raises Conflict for an import of which no file was read."""
    if not job.mapping:
        raise Conflict("Of this import no file was read.")
    return Mapping.from_json(job.mapping)


def samples(table: Table, count: int = 4) -> list[tuple[str, ...]]:
    """The first rows that can be used."""
    return list(islice((row.cells for row in table.rows() if row.problem is None), count))


def choose_header(job: ParticipantImport, *, has_header: bool) -> None:
    """Say whether the first line holds the names of the columns; the columns are guessed anew."""
    _require(job, ImportState.UPLOADED)
    if mapping_of(job).has_header != has_header:
        table = _readable(job.content or b"", has_header=has_header)
        job.mapping = _first_mapping(job.organisation_id, table).as_json()


def choose_mapping(job: ParticipantImport, targets: Sequence[str], *, list_id: int | None, new_list_name: str) -> None:
    """Say where each column goes and which list these people are for; raises Invalid."""
    _require(job, ImportState.UPLOADED)
    mapping = mapping_of(job).with_targets(targets)
    _with_fields_made(job.organisation_id, mapping)
    name = lists.checked_name(job.organisation_id, new_list_name) if new_list_name.strip() else ""
    if list_id is not None:
        lists.list_of(job.organisation_id, list_id)
    job.list_id = None if name else list_id
    job.mapping = mapping.as_json() | {_NEW_LIST: name}


def new_list_name(job: ParticipantImport) -> str:
    """The name of the list that the import is to make, if one."""
    name: str = job.mapping.get(_NEW_LIST, "")
    return name


def reading_rules(job: ParticipantImport) -> ReadingRules:
    """How this import's lines are read."""
    organisation = db.session.get_one(Organisation, job.organisation_id)
    mapping = mapping_of(job)
    keys = _new_keys(job.organisation_id, mapping)
    kinds = {keys[name]: kind for name, kind in mapping.new_fields()}
    kinds |= {each.key: CustomFieldKind(each.kind) for each in custom_fields(job.organisation_id)}
    return ReadingRules(mapping.with_fields_made(keys), kinds, organisation.country)


def forecast(job: ParticipantImport) -> dry_run.Forecast:
    """What the import would do; raises Invalid where the file cannot be read to its end."""
    _require(job, ImportState.UPLOADED)
    _with_fields_made(job.organisation_id, mapping_of(job))
    try:
        return dry_run.forecast(job.organisation_id, table_of(job), reading_rules(job), job.list_id)
    except UnreadableFile as problem:
        raise Invalid(str(problem)) from problem


def start(job: ParticipantImport, choice: Start) -> None:
    """Begin in the background; raises Conflict while another import of this organisation runs."""
    db.session.get_one(Organisation, job.organisation_id, with_for_update=True)  # two that start at once take turns here
    db.session.refresh(job)
    _require(job, ImportState.UPLOADED)
    if queries.is_import_running(job.organisation_id):
        raise Conflict("Another import is still running. Wait until it is done, then start this one.")
    mapping = mapping_of(job)
    _with_fields_made(job.organisation_id, mapping)
    for name, kind in mapping.new_fields():
        keep_field(job.organisation_id, name, kind)
    if new_list_name(job):
        job.list_id = lists.create(job.organisation_id, new_list_name(job)).id
    job.mapping = _with_fields_made(job.organisation_id, mapping).as_json()
    job.text_consent_proof = choice.text_consent_proof.strip()[:1000] or None
    job.takes_off_absent = choice.takes_off_absent and job.list_id is not None
    job.row_count = _row_count(job)
    job.state = ImportState.RUNNING
    job.started_at = clock.now()
    enqueue_after_commit(RUN_IMPORT, job.id, job_id=f"import-{job.id}")


def cancel(job: ParticipantImport) -> None:
    """Stop before the next chunk; what was imported stays until it is undone."""
    db.session.refresh(job, with_for_update=True)
    _require(job, ImportState.RUNNING, ImportState.UPLOADED)
    job.state = ImportState.CANCELLED
    job.content = None
    job.finished_at = clock.now()


def hold_off_imports(organisation_id: int) -> None:
    """Let no import begin until this transaction has ended. Raises Conflict while one runs."""
    db.session.get_one(Organisation, organisation_id, with_for_update=True)  # one that starts waits here
    if queries.is_import_running(organisation_id):
        raise Conflict("An import is running. Try again when it is done.")


def forget_unstarted(limit: int) -> int:
    """Cancel what was uploaded a month ago and never started, at most so many: its people are in nobody's way. Returns how many."""
    asked = select(ParticipantImport.id).where(
        ParticipantImport.state == ImportState.UPLOADED, ParticipantImport.created_at < clock.now() - UNSTARTED
    )
    ids = asked.order_by(ParticipantImport.id).limit(limit).with_for_update(skip_locked=True)
    cancelled = {"state": ImportState.CANCELLED, "content": None, "finished_at": clock.now()}
    return rows_changed(update(ParticipantImport).where(ParticipantImport.id.in_(ids)).values(cancelled))


def undo(job: ParticipantImport, user_id: int) -> int:
    """Take an import back; returns how many of its people had to stay.

    Raises Conflict where there is nothing to take back, or while a send-out is starting.
    """
    db.session.refresh(job, with_for_update=True)
    _require(job, ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
    hold_off_starts(job.organisation_id)
    stayed = take_back(job)
    job.state = ImportState.UNDONE
    job.finished_at = clock.now()  # its page says since when it stands so
    detail = {"file_name": job.file_name, "stayed": stayed}
    entry = {"organisation_id": job.organisation_id, "user_id": user_id, "action": "import undone", "object_kind": "import"}
    db.session.add(AuditEntry(**entry, object_id=job.id, detail=detail))
    return stayed


def failed_rows(job: ParticipantImport) -> Iterator[list[str]]:
    """The file of lines to correct: the columns as they came and the reason; an import knows it again, and leaves the reason out."""
    columns = mapping_of(job).columns
    width = len(columns)
    yield [*columns, REASON_COLUMN]
    for line in queries.rejected_lines(job.id):
        cells = (line.row or [])[:width]
        yield [*cells, *[""] * (width - len(cells)), line.reason or ""]


def expected_end(job: ParticipantImport) -> datetime | None:
    """When it will be done at its present rate; None while nothing can be said."""
    done = job.done_count
    if job.state != ImportState.RUNNING or not done or job.started_at is None:
        return None
    return clock.now() + (clock.now() - job.started_at) / done * (job.row_count - done)


def failure(job: ParticipantImport, reason: str) -> None:
    """The file cannot be read to its end: say why and stop."""
    job.state = ImportState.FAILED
    job.failure = reason
    job.content = None
    job.finished_at = clock.now()


def _first_mapping(organisation_id: int, table: Table) -> Mapping:
    """As the last import of these columns had it, else guessed."""
    remembered = queries.last_mapping(organisation_id, table.columns)
    fields = {each.key: each.name for each in custom_fields(organisation_id)}
    guess = guessed_family(Guess(table.columns, samples(table, _SAMPLE_ROWS), fields, table.header_line is not None))
    return Mapping(guess.columns, tuple(remembered["targets"]), guess.has_header) if remembered else guess


def _with_fields_made(organisation_id: int, mapping: Mapping) -> Mapping:
    """The mapping with its new fields under the keys that they get, or have by now; raises Invalid where it cannot be worked with."""
    keys = _new_keys(organisation_id, mapping)
    return checked_mapping(mapping.with_fields_made(keys), {*(each.key for each in custom_fields(organisation_id)), *keys.values()})


def _new_keys(organisation_id: int, mapping: Mapping) -> dict[str, str]:
    return field_keys(organisation_id, [name for name, _ in mapping.new_fields()])


def _readable(content: bytes, *, has_header: bool | None = None) -> Table:
    try:
        return read_table(content, has_header=has_header)
    except UnreadableFile as problem:
        raise Invalid(str(problem), "file") from problem


def _row_count(job: ParticipantImport) -> int:
    try:
        return sum(1 for _ in table_of(job).rows())
    except UnreadableFile as problem:
        raise Invalid(str(problem)) from problem


def _require(job: ParticipantImport, *states: ImportState) -> None:
    if job.state not in states:
        raise Conflict(_NOT_NOW[ImportState(job.state)])


_NOT_NOW = {
    ImportState.UPLOADED: "This import has not been started.",
    ImportState.RUNNING: "This import is running.",
    ImportState.DONE: "This import is done.",
    ImportState.CANCELLED: "This import was cancelled.",
    ImportState.UNDONE: "This import was undone.",
    ImportState.FAILED: "This import could not be finished.",
}
