"""What an organisation takes along: all of its rows and files, nobody else's, and never half of it."""

import csv
import io
import stat
import zipfile

import pytest

from app.extensions import Base, db
from app.models import SendoutAttachment
from tests import factories


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))


def a_club_with_everything():
    club = factories.an_organisation(name="Riverside")
    factories.a_member(club, name="Alice")
    person = factories.a_participant(club, first_name="=1+1", about=["Mia"], custom={"city": "Oslo"})
    sendout = factories.a_sendout(club, factories.a_list(club, person), title="Plan, with\na line")
    factories.a_message(sendout, person)
    factories.an_entry(club)
    factories.a_received_text(club)
    attachment = SendoutAttachment(
        organisation_id=club.id, sendout_id=sendout.id, file_name="../plän.pdf", content_type="application/pdf", content=b"%PDF"
    )
    db.session.add(attachment)
    db.session.commit()
    return club, sendout, attachment


def test_everything_of_one_organisation_is_in_the_file_and_nothing_of_another(run, tmp_path):
    club, sendout, attachment = a_club_with_everything()
    a_club_with_everything()
    file = tmp_path / "club.zip"

    answer = run("export", club.id, file)

    assert (answer.exit_code, answer.output) == (0, f"Riverside: {len(tables()) + 2} tables and 1 files in {file}\n")
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert [(row["first_name"], row["about"], row["custom"]) for row in table(archive, "participants")] == [
            ("'=1+1", "{Mia}", '{"city": "Oslo"}')
        ]
        assert [row["title"] for row in table(archive, "sendouts")] == ["Plan, with\na line"]
        assert [len(table(archive, name)) for name in ("messages", "list_memberships", "unsubscribe_entries", "inbound_texts")] == [1] * 4
        assert [row["name"] for row in table(archive, "users")] == ["Alice"]
        assert archive.read(f"files/{sendout.id}-{attachment.id}-plan.pdf") == b"%PDF"
        assert "participants.csv: " in archive.read("READ ME.txt").decode()


def test_each_table_whose_rows_name_an_organisation_is_in_it(run, tmp_path):
    club = factories.an_organisation()
    db.session.commit()

    run("export", club.id, tmp_path / "club.zip")

    with zipfile.ZipFile(tmp_path / "club.zip") as archive:
        assert {f"{name}.csv" for name in tables()} < set(archive.namelist())


def test_no_password_and_no_second_factor_leaves(run, tmp_path):
    club = factories.an_organisation()
    factories.a_member(club, password="$argon2id$x", tf_totp_secret="totp")
    db.session.commit()

    run("export", club.id, tmp_path / "club.zip")

    with zipfile.ZipFile(tmp_path / "club.zip") as archive:
        assert not any(b"$argon2id$x" in archive.read(name) or b"totp" in archive.read(name) for name in archive.namelist())


def test_only_whoever_asked_may_read_it(run, tmp_path):
    club = factories.an_organisation()
    db.session.commit()

    run("export", club.id, tmp_path / "club.zip")

    assert stat.S_IMODE((tmp_path / "club.zip").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["club.zip"]


def test_a_file_that_is_there_is_left_alone(run, tmp_path):
    club = factories.an_organisation()
    db.session.commit()
    file = tmp_path / "club.zip"
    file.write_text("mine")

    answer = run("export", club.id, file)

    assert answer.exit_code == 2
    assert f"{file} is there already." in answer.output
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("club.zip", "mine")]


def test_somebody_elses_half_of_a_file_is_left_alone(run, tmp_path):
    club = factories.an_organisation()
    db.session.commit()
    theirs = tmp_path / "club.zip.part"
    theirs.write_text("half")

    answer = run("export", club.id, tmp_path / "club.zip")

    assert answer.exit_code == 2
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("club.zip.part", "half")]


def test_an_unknown_organisation_is_said_in_one_line(run, tmp_path):
    answer = run("export", 999, tmp_path / "club.zip")

    assert answer.exit_code == 2
    assert "There is no organisation with that number." in answer.output


def tables() -> set[str]:
    return {name for name, each in Base.metadata.tables.items() if "organisation_id" in each.c}
