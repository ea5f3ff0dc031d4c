"""Imports made in one line, as far as a test wants to see them."""

from sqlalchemy import select

from app.extensions import db
from app.models import ImportChange, ListMembership, Organisation, Participant, ParticipantImport, ParticipantList
from app.participants.imports.service import Source, Start, reading_rules, start, table_of, upload
from app.participants.imports.writing import finish_import, import_chunk
from tests.factories import a_member

HEADER = "First name,Last name,E-mail,Mobile\n"


def an_upload(organisation: Organisation, content: str | bytes, listed: ParticipantList | None = None) -> ParticipantImport:
    user = a_member(organisation)
    raw = content.encode() if isinstance(content, str) else content
    return upload(Source(organisation.id, user.id, "people.csv", raw, listed.id if listed else None))


def started(organisation: Organisation, content: str | bytes, listed: ParticipantList | None = None, **choice) -> ParticipantImport:
    job = an_upload(organisation, content, listed)
    start(job, Start(**choice))
    return job


def imported(organisation: Organisation, content: str | bytes, listed: ParticipantList | None = None, **choice) -> ParticipantImport:
    """Uploaded, started and run to its end, without a worker."""
    job = started(organisation, content, listed, **choice)
    run_to_end(job)
    return job


def run_to_end(job: ParticipantImport) -> None:
    records = table_of(job).rows(job.next_line)
    rules = reading_rules(job)
    while import_chunk(job, records, rules):
        db.session.flush()
    finish_import(job)
    db.session.flush()


def outcomes(job: ParticipantImport) -> list[str]:
    """What became of each line, in the order of the file."""
    return list(db.session.scalars(select(ImportChange.outcome).where(ImportChange.import_id == job.id).order_by(ImportChange.line)))


def reasons(job: ParticipantImport) -> list[str | None]:
    return list(db.session.scalars(select(ImportChange.reason).where(ImportChange.import_id == job.id).order_by(ImportChange.line)))


def everybody(organisation: Organisation) -> list[Participant]:
    db.session.flush()
    db.session.expire_all()
    return list(db.session.scalars(select(Participant).where(Participant.organisation_id == organisation.id).order_by(Participant.id)))


def members_of(listed: ParticipantList) -> set[int]:
    return set(db.session.scalars(select(ListMembership.participant_id).where(ListMembership.list_id == listed.id)))
