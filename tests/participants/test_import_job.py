"""The background job: chunks that commit, a death between two of them, a cancel, a file that ends badly."""

import pytest

from app.extensions import db
from app.models import ImportState, ParticipantImport
from app.participants.imports.service import cancel
from tests.factories import a_participant, an_organisation
from tests.participants.imports import an_upload, everybody, outcomes, started
from workers.importing import run_import
from workers.runtime import draining, only_one

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def same_application(app, monkeypatch):
    monkeypatch.setattr("workers.runtime.application", lambda: app)
    monkeypatch.setattr("app.participants.imports.writing.CHUNK_ROWS", 3)


def a_running_import(lines: int, **values) -> ParticipantImport:
    job = started(an_organisation(), "Name,E-mail\n" + "".join(f"P{number},p{number}@example.org\n" for number in range(lines)))
    for name, value in values.items():
        setattr(job, name, value)
    db.session.commit()
    return job


def read_again(job: ParticipantImport) -> ParticipantImport:
    """As the job left it, in a session of its own."""
    db.session.rollback()
    return db.session.get_one(ParticipantImport, job.id, populate_existing=True)


def test_the_job_imports_the_file_and_lets_go_of_it():
    job = a_running_import(8)

    run_import(job.id)

    done = read_again(job)
    assert (done.state, done.new_count, done.row_count, done.content) == (ImportState.DONE, 8, 8, None)


def test_a_job_that_is_told_to_stop_leaves_the_rest_to_the_next(monkeypatch):
    job = a_running_import(8)
    monkeypatch.setattr(draining, "asked", True)

    run_import(job.id)
    halfway = read_again(job).new_count
    monkeypatch.setattr(draining, "asked", False)
    run_import(job.id)

    assert halfway == 3
    assert outcomes(read_again(job)) == ["new"] * 8


def test_a_cancelled_import_is_left_alone():
    job = a_running_import(8)
    cancel(job)
    db.session.commit()

    run_import(job.id)

    assert read_again(job).new_count == 0


def test_a_file_that_cannot_be_read_says_so_and_stops():
    job = a_running_import(1, content=b"%PDF-1.7")

    run_import(job.id)

    failed = read_again(job)
    assert failed.state == ImportState.FAILED
    assert "PDF" in (failed.failure or "")


def test_an_import_that_clashes_again_and_again_gives_up(monkeypatch):
    club = an_organisation()
    a_participant(club, member_number="7", email_address="a@example.org")
    job = an_upload(club, "Member number,E-mail\n7,b@example.org\n")
    job.state = ImportState.RUNNING
    db.session.commit()
    monkeypatch.setattr("app.participants.imports.queries.known_people", lambda *_, **__: [])

    run_import(job.id)

    failed = read_again(job)
    assert failed.state == ImportState.FAILED
    assert len(everybody(club)) == 1


def test_a_second_job_for_the_same_import_does_nothing():
    job = a_running_import(4)

    with only_one(f"import-{job.id}"):
        run_import(job.id)

    assert read_again(job).new_count == 0
