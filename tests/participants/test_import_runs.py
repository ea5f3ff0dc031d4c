"""An import as something that runs: chunk by chunk, once, stopped, gone on with, undone."""

import pytest
from sqlalchemy import event, func, select, update

from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict
from app.models import AudienceChunk, ParticipantImport, TextConsent
from app.participants.imports.service import (
    Start,
    cancel,
    choose_mapping,
    reading_rules,
    start,
    table_of,
    undo,
)
from app.participants.imports.writing import import_chunk, locked_import
from app.participants.lists.service import put_on
from app.reports.merging.service import merge, undo_merge
from tests.factories import a_list, a_member, a_message, a_participant, a_sendout, an_organisation, saved
from tests.participants.imports import HEADER, an_upload, everybody, imported, members_of, outcomes, run_to_end, started
from tests.waiting import waits_for_us

pytestmark = pytest.mark.usefixtures("database")


def test_an_import_that_died_between_two_chunks_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr("app.participants.imports.writing.CHUNK_ROWS", 3)
    club = an_organisation()
    lines = "".join(f"P{number},P{number},p{number // 2}@example.org,\n" for number in range(10))
    job = started(club, HEADER + lines)
    assert import_chunk(job, table_of(job).rows(), reading_rules(job))
    db.session.commit()

    assert import_chunk(job, table_of(job).rows(), reading_rules(job))
    db.session.rollback()  # killed before the second chunk was committed
    assert locked_import(job.id) is job
    run_to_end(job)

    assert outcomes(job) == ["new", "merged"] * 5
    assert [person.about for person in everybody(club)] == [[f"P{n} P{n}", f"P{n + 1} P{n + 1}"] for n in range(0, 10, 2)]
    assert job.new_count + job.merged_count == job.row_count == 10


def test_a_cancelled_import_stops_and_keeps_what_it_did():
    job = started(an_organisation(), HEADER + "Ada,Byron,ada@example.org,\n")

    cancel(job)

    assert locked_import(job.id) is None
    assert job.content is None
    with pytest.raises(Conflict, match="This import was cancelled"):
        cancel(job)


def test_only_one_import_of_an_organisation_runs_at_a_time():
    club = an_organisation()
    started(club, HEADER + "Ada,Byron,ada@example.org,\n")

    with pytest.raises(Conflict, match="Another import is still running"):
        started(club, HEADER + "Bo,Berg,bo@example.org,\n")


def test_an_import_is_started_once():
    club = an_organisation()
    job = imported(club, HEADER + "Ada,Byron,ada@example.org,\n")

    with pytest.raises(Conflict, match="This import is done"):
        start(job, Start())


def test_what_is_typed_while_a_chunk_is_imported_stays(app):
    club = an_organisation()
    ada = a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org")
    job_id = started(club, "E-mail,First name\nada@example.org,Augusta\n").id
    db.session.commit()
    ada.last_name = "Lovelace"
    db.session.flush()

    waits_for_us(app, lambda: run_to_end(db.session.get_one(ParticipantImport, job_id)))

    db.session.refresh(ada)
    assert (ada.first_name, ada.last_name) == ("Augusta", "Lovelace")


def test_undo_restores_fields_removes_newcomers_and_empties_the_list_of_them():
    club = an_organisation()
    old = a_participant(
        club, first_name="Ada", last_name="Byron", email_address="ada@example.org", phone_number=None, custom={"team": "U9"}
    )
    absent = a_participant(club, email_address="absent@example.org")
    listed = a_list(club, absent)
    job = an_upload(
        club, "First name,Last name,E-mail,Mobile,Team\nAda,Lovelace,ada@example.org,+12015550199,U11\nCy,C,cy@example.org,,U9\n", listed
    )
    choose_mapping(job, ["first_name", "last_name", "email_address", "phone_number", "new:text"], list_id=listed.id, new_list_name="")
    start(job, Start(text_consent_proof="form", takes_off_absent=True))
    run_to_end(job)

    stayed = undo(job, a_member(club).id)

    people = everybody(club)
    assert [person.id for person in people] == [old.id, absent.id]
    assert (people[0].last_name, people[0].phone_number, people[0].custom) == ("Byron", None, {"team": "U9"})
    assert members_of(listed) == {absent.id}
    assert db.session.scalar(select(func.count()).select_from(TextConsent)) == 0
    assert (stayed, job.state) == (0, "undone")


def test_undo_keeps_what_was_changed_since_and_whom_messages_know():
    club = an_organisation()
    old = a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org")
    job = imported(club, HEADER + "Ada,Lovelace,ada@example.org,\nCy,Cole,cy@example.org,\n")
    old.last_name = "King"
    written_to = everybody(club)[1]
    a_message(a_sendout(club), written_to)

    stayed = undo(job, a_member(club).id)

    assert stayed == 1
    assert [person.last_name for person in everybody(club)] == ["King", "Cole"]
    with pytest.raises(Conflict, match="This import was undone"):
        undo(job, a_member(club).id)


def test_undo_keeps_a_newcomer_into_whom_somebody_older_was_merged():
    club = an_organisation()
    older = a_participant(club, first_name="Cy", last_name="Cole", email_address="old@example.org")
    job = imported(club, HEADER + "Cy,Cole,cy@example.org,\n")
    newcomer = everybody(club)[1]
    user = a_member(club)
    log_id = merge(newcomer, older, {}, user.id)

    stayed = undo(job, user.id)
    undo_merge(club.id, log_id, user.id)

    assert stayed == 1
    assert [person.email_address for person in everybody(club)] == ["old@example.org", "cy@example.org"]


def test_undo_leaves_a_withdrawn_consent_withdrawn_whoever_imports_next():
    club = an_organisation(country="US")
    a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org", phone_number="+12015550199")
    content = HEADER + "Ada,Byron,ada@example.org,+12015550199\nCy,Cole,cy@example.org,+12015550198\n"
    job = imported(club, content, text_consent_proof="form")
    db.session.execute(update(TextConsent).values(withdrawn_at=now()))

    stayed = undo(job, a_member(club).id)
    imported(club, content, text_consent_proof="form")

    assert stayed == 1
    assert len(db.session.scalars(select(TextConsent)).all()) == 2
    assert db.session.scalars(select(TextConsent).where(TextConsent.withdrawn_at.is_(None))).all() == []


def test_undo_puts_those_back_on_the_list_who_are_not_on_it_again_and_not_erased():
    club = an_organisation()
    stays, back, gone = (a_participant(club) for _ in range(3))
    listed = a_list(club, stays, back, gone)
    job = imported(club, HEADER + f"Ada,Byron,{stays.email_address},\n", listed, takes_off_absent=True)
    put_on(listed, [back.id])
    gone.erased_at = now()

    undo(job, a_member(club).id)

    assert members_of(listed) == {stays.id, back.id}


def test_nothing_is_undone_while_an_audience_is_being_written():
    club = an_organisation()
    job = imported(club, HEADER + "Cy,Cole,cy@example.org,\n")
    ids = [person.id for person in everybody(club)]
    saved(AudienceChunk(organisation_id=club.id, sendout_id=a_sendout(club).id, number=0, participant_ids=ids, excluded_ids=[]))

    with pytest.raises(Conflict, match="just starting"):
        undo(job, a_member(club).id)

    assert len(everybody(club)) == 1


def test_undo_of_a_family_takes_the_names_back_to_the_first():
    club = an_organisation()
    a_participant(club, first_name="Anna", last_name="Meyer", email_address="anna@example.org", about=["Mia"])
    job = imported(club, "Name,E-mail,Child\nAnna Meyer,anna@example.org,Tom\nAnna Meyer,anna@example.org,Ida\n")
    assert everybody(club)[0].about == ["Mia", "Tom", "Ida"]

    undo(job, a_member(club).id)

    assert everybody(club)[0].about == ["Mia"]


def test_a_chunk_is_imported_by_a_handful_of_statements():
    club = an_organisation()
    content = HEADER + "".join(f"P{number},Q,p{number}@example.org,\n" for number in range(1500))
    job = started(club, content)
    statements = []

    @event.listens_for(db.engine, "after_cursor_execute")
    def count(*arguments):
        statements.append(arguments[2])

    run_to_end(job)
    event.remove(db.engine, "after_cursor_execute", count)

    assert job.new_count == 1500
    assert len(statements) < 60
