"""The operator's commands for the first organisation and its people."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Membership, Organisation, User
from tests import factories
from tests.browser import Browser


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=words)


def test_an_organisation_and_its_first_owner_come_in(app, run):
    made = run("create-organisation", "Riverside Football Club", "--country", "de", "--zone", "Europe/Berlin")
    club = db.session.scalars(select(Organisation)).one()

    answer = run("create-user", "Alice@Club.example", "--name", "Alice", "--organisation", str(club.id))

    assert (made.exit_code, made.output) == (0, f"Organisation {club.id}: Riverside Football Club\n")
    assert (club.short_name, club.country) == ("Riverside", "DE")
    link = answer.output.splitlines()[-1].removeprefix("https://app.example.com")
    assert "Welcome, Alice" in Browser(app).get(link).text
    assert db.session.scalar(select(Membership.role)) == "owner"


def test_the_same_person_again_gets_a_new_role_and_no_second_account(run):
    club = factories.an_organisation()
    db.session.commit()
    words = ("create-user", "alice@club.example", "--name", "Alice", "--organisation", str(club.id), "--role")

    run(*words, "viewer")
    run(*words, "organiser")

    assert db.session.scalars(select(Membership.role)).all() == ["organiser"]
    assert len(db.session.scalars(select(User)).all()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create-organisation", " "), "An organisation needs a name."),
        (("create-organisation", "Club", "--country", "XX"), "XX is no country's two letters."),
        (("create-organisation", "Club", "--zone", "Mars"), "Mars is no time zone"),
        (("create-user", "alice", "--name", "Alice", "--organisation", "1"), "This is not an e-mail address"),
        (("create-user", "alice@club.example", "--name", "Alice", "--organisation", "999"), "There is no organisation with that number."),
    ],
)
def test_a_mistake_is_said_in_one_line(run, words, said):
    answer = run(*words)

    assert answer.exit_code == 2
    assert said in answer.output
