"""The import's steps, as a browser goes through them."""

import io
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from app.domain.roles import Role
from app.extensions import db
from app.jobs import RUN_IMPORT
from app.lib.clock import now
from app.lib.tabular import read_table
from app.models import CustomField, ImportState, Participant, ParticipantImport, ParticipantList
from tests.browser import Browser
from tests.factories import a_list, a_member, a_participant, an_entry, an_organisation
from tests.lib.workbooks import a_workbook
from tests.participants.imports import run_to_end

pytestmark = pytest.mark.usefixtures("database")

CONTENT = "Vorname;E-Mail;Handy;Team\nAda;ada@example.org;+12015550142;U9\nBo;bo@;;U11\n;nonsense;;\n"


@pytest.fixture
def club():
    return an_organisation(country="US")


@pytest.fixture
def alice(app, club) -> Browser:
    user = a_member(club, Role.ORGANISER)
    db.session.commit()
    return Browser(app, user)


def text_of(answer) -> str:
    return " ".join(unescape(answer.get_data(as_text=True)).split())


def upload(browser: Browser, content: str | bytes, name: str = "people.csv", **form) -> str:
    """The page of the import that an upload leads to."""
    raw = content.encode() if isinstance(content, str) else content
    answer = browser.post("/imports", {"file": (io.BytesIO(raw), name)} | form)
    assert answer.status_code == 303, text_of(answer)
    return answer.location


def job_of(page: str) -> ParticipantImport:
    db.session.rollback()
    return db.session.get_one(ParticipantImport, int(page.rsplit("/", 1)[1]), populate_existing=True)


def work(page: str) -> None:
    """What the worker does."""
    run_to_end(job_of(page))
    db.session.commit()


def test_an_undone_import_says_when_it_was_undone(alice):
    page = upload(alice, CONTENT)
    alice.post(f"{page}/columns", {"column_0": "first_name", "column_1": "email_address"})
    alice.post(f"{page}/start")
    work(page)
    ended = job_of(page)
    ended.finished_at = now() - timedelta(minutes=11)
    db.session.commit()

    alice.post(f"{page}/undo")

    assert "11 minutes ago" not in text_of(alice.get(page))
    undone_at = job_of(page).finished_at
    assert undone_at is not None
    assert undone_at > now() - timedelta(minutes=1)


def test_the_whole_way_from_a_file_to_a_list_and_back(alice):
    page = upload(alice, CONTENT)
    columns = text_of(alice.get(page))
    chosen = {"column_0": "first_name", "column_1": "email_address", "column_2": "phone_number", "column_3": "new:choice"}
    to_forecast = alice.post(f"{page}/columns", chosen | {"new_list_name": "U9 parents"})
    look = text_of(alice.get(to_forecast.location))
    started = alice.post(f"{page}/start", {"text_consent_proof": "2026 form"})
    running = text_of(alice.get(page))
    work(page)
    done = text_of(alice.get(page, HX_Request="true"))
    undone = alice.post(f"{page}/undo")

    assert "Vorname" in columns
    assert "ada@example.org" in columns
    assert "They join a new list, <strong><bdi>U9 parents</bdi></strong>" in look
    assert "There is no name and no usable address." in look
    assert (to_forecast.status_code, started.status_code, undone.status_code) == (303, 303, 303)
    assert "0 of 3 lines" in running
    assert 'hx-trigger="every 1s"' in running
    assert "1 line could not be used" in done
    assert "every 1s" not in done
    assert db.session.scalars(select(CustomField.key)).all() == ["team"]
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 0


def test_starting_asks_the_worker_once_the_transaction_is_through(app, alice):
    page = upload(alice, CONTENT)
    alice.post(f"{page}/start")

    with app.app_context():
        from rq import Queue
        from rq.serializers import JSONSerializer

        from app.extensions import redis_client

        waiting = Queue(RUN_IMPORT.queue, connection=redis_client.client, serializer=JSONSerializer).job_ids

    assert waiting == [f"import-{job_of(page).id}"]


def test_a_workbook_is_taken_too(alice):
    page = upload(alice, a_workbook([["First name", "Mobile"], ["Ada", 12015550142]]), "people.xlsx")

    assert "12015550142" in text_of(alice.get(page))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "This is a PDF, not a CSV or Excel file."),
        (b"PK\x03\x04zip", "This is a ZIP archive, not an Excel workbook."),
        (b"\x89PNG\r\n\x1a\n", "This is a picture, not a CSV or Excel file."),
    ],
)
def test_what_is_no_table_is_refused_on_the_page(alice, content, words):
    answer = alice.post("/imports", {"file": (io.BytesIO(content), "people.csv")})

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert db.session.scalar(select(func.count()).select_from(ParticipantImport)) == 0


def test_a_form_without_a_file_asks_for_one(alice):
    answer = alice.post("/imports")

    assert answer.status_code == 422
    assert "Choose a file first." in text_of(answer)


def test_bad_lines_are_named_with_their_reason_and_the_good_ones_are_kept(alice):
    lines = [
        "First name,E-mail",
        "Ada,ada@example.org",
        "x" * 400_000 + ",b@example.org",
        "Cy,cy@",
        "Di,di@example.org,extra",
        '"Ed,ed@example.org',
    ]
    page = upload(alice, "\n".join([*lines, "Fay,fay@example.org"]))

    look = text_of(alice.get(f"{page}/forecast"))
    alice.post(f"{page}/start")
    work(page)

    for line, words in ((3, "far too long"), (5, "The line has 3 values"), (6, "A quotation mark is opened")):
        assert f"Line {line}</span><bdi>{words}" in look or (f"Line {line}" in look and words in look)
    assert list(db.session.scalars(select(Participant.first_name).order_by(Participant.id))) == ["Ada", "Cy", "Fay"]


def test_two_columns_for_one_place_are_refused_on_the_page(alice):
    page = upload(alice, "Mail,E-mail 2\na@example.org,b@example.org\n")

    answer = alice.post(f"{page}/columns", {"column_0": "email_address", "column_1": "email_address"})

    assert answer.status_code == 422
    assert "“Mail” and “E-mail 2” cannot both be “E-mail”" in text_of(answer)


def test_a_name_that_another_list_has_is_refused_beside_its_field(alice, club):
    a_list(club, name="Trainers")
    db.session.commit()
    page = upload(alice, "E-mail\na@example.org\n")

    answer = alice.post(f"{page}/columns", {"column_0": "email_address", "new_list_name": "trainers"})

    assert answer.status_code == 422
    assert "There is a list “Trainers” already." in text_of(answer)


def test_the_first_line_can_be_said_to_be_a_person(alice):
    page = upload(alice, "Ada\nBo\n")

    alice.post(f"{page}/header", {"has_header": "no"})

    assert "The first line holds a person, not the names of the columns." in text_of(alice.get(page))


def test_who_is_missing_from_the_file_can_be_taken_off_the_list(alice, club):
    gone = a_participant(club, first_name="Gone", last_name="Girl", email_address="gone@example.org")
    listed = a_list(club, gone)
    db.session.commit()
    page = upload(alice, "E-mail\na@example.org\n", list_id=str(listed.id))

    look = text_of(alice.get(f"{page}/forecast"))
    alice.post(f"{page}/start", {"absent": "take_off"})
    work(page)

    assert "1 person is on the list but not in the file" in look
    assert "Gone Girl" in look
    assert "taken off the list" in text_of(alice.get(page))
    assert "Gone Girl" not in text_of(alice.get(f"/lists/{listed.id}"))


def test_the_forecast_names_who_is_on_the_unsubscribes_list(alice, club):
    an_entry(club, address="a@example.org")
    db.session.commit()
    page = upload(alice, "E-mail\nA@example.org\na@example.org\nb@example.org\n")

    assert "1 person is on the Unsubscribes list" in text_of(alice.get(f"{page}/forecast"))


def test_the_file_of_wrong_lines_goes_through_the_importer_once_corrected(alice):
    page = upload(alice, CONTENT)
    alice.post(f"{page}/start")
    work(page)

    failed = alice.get(f"{page}/failed.csv")
    table = read_table(failed.data)
    again = upload(alice, failed.data.replace(b"bo@,", b"bo@example.org,").replace(b"nonsense", b"cy@example.org"))
    alice.post(f"{again}/start")
    work(again)

    assert table.columns == ("Vorname", "E-Mail", "Handy", "Team", "What was wrong")
    assert [row.cells[:2] for row in table.rows()] == [("Bo", "bo@"), ("", "nonsense")]
    assert "There is no name and no usable address." in list(table.rows())[1].cells[4]
    assert job_of(again).failed_count == 0
    assert sorted(filter(None, db.session.scalars(select(Participant.email_address)))) == [
        "ada@example.org",
        "bo@example.org",
        "cy@example.org",
    ]


def test_a_file_is_discarded_or_an_import_stopped(alice):
    discarded, stopped = upload(alice, CONTENT), upload(alice, CONTENT)
    alice.post(f"{stopped}/start")

    to_index, to_page = alice.post(f"{discarded}/cancel"), alice.post(f"{stopped}/cancel")

    assert to_index.location == "/imports"
    assert to_page.location == stopped
    assert {job_of(page).state for page in (discarded, stopped)} == {ImportState.CANCELLED}
    assert alice.post(f"{stopped}/cancel").status_code == 409
    assert alice.post(f"{discarded}/start").status_code == 409


def test_the_forecast_of_a_started_import_leads_to_its_progress(alice):
    page = upload(alice, CONTENT)
    alice.post(f"{page}/start")

    assert alice.get(f"{page}/forecast").location == page


def test_the_imports_so_far_are_listed_with_what_they_did(alice):
    page = upload(alice, CONTENT, "../../members 2026.csv")
    alice.post(f"{page}/start")
    work(page)

    index = text_of(alice.get("/imports"))

    assert "<bdi>members 2026.csv</bdi>" in index
    assert "Done" in index


def test_only_organisers_import(app, club):
    author = a_member(club, Role.AUTHOR)
    db.session.commit()

    assert Browser(app, author).get("/imports").status_code == 403


def test_a_list_of_another_organisation_cannot_be_imported_into(alice):
    theirs = a_list(an_organisation())
    db.session.commit()

    assert alice.post("/imports", {"file": (io.BytesIO(b"E-mail\na@example.org\n"), "a.csv"), "list_id": str(theirs.id)}).status_code == 404
    assert alice.get(f"/imports?list_id={theirs.id}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(ParticipantList)) == 1
