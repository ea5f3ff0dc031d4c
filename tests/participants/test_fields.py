"""Custom fields on their page: added, renamed, and removed with what people have in them."""

import pytest
from sqlalchemy import select

from app.domain.roles import Role
from app.extensions import db
from app.models import AuditEntry, CustomField, CustomFieldKind, Participant
from tests.browser import Browser
from tests.factories import a_field, a_filter, a_member, a_participant, an_organisation
from tests.sendouts.drafts import words_of

pytestmark = pytest.mark.usefixtures("database")

PAGE = "/settings/fields"


@pytest.fixture
def organisation():
    return an_organisation()


@pytest.fixture
def browser(app, organisation):
    owner = a_member(organisation, Role.OWNER)
    db.session.commit()
    return Browser(app, owner)


def fields():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(CustomField).order_by(CustomField.id)).all()


def test_without_fields_the_page_says_what_they_are_for(browser):
    assert "Only names and addresses so far" in words_of(browser.get(PAGE))


def test_a_field_is_added_and_people_are_asked_for_it(browser):
    answer = browser.post(PAGE, {"name": " Shirt  size ", "kind": "choice"})

    assert answer.status_code == 303
    assert [(each.key, each.name, each.kind) for each in fields()] == [("shirt_size", "Shirt size", CustomFieldKind.CHOICE)]
    assert "Shirt size" in words_of(browser.get("/participants/new"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": " ", "kind": "text"}, "Give the field a name"),
        ({"name": "x" * 61, "kind": "text"}, "The name is too long"),
        ({"name": "TEAM", "kind": "text"}, "There is a field “TEAM” already."),
        ({"name": "Team!", "kind": "text"}, "This is too much like “Team”"),
        ({"name": "Colour", "kind": "smell"}, "Say what it holds."),
    ],
)
def test_what_cannot_be_a_field_is_said_beside_it(browser, organisation, form, words):
    a_field(organisation, "Team")
    db.session.commit()

    answer = browser.post(PAGE, form)

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert len(fields()) == 1


def test_a_field_is_renamed_and_messages_go_on_finding_it(browser, organisation):
    team, _other = a_field(organisation, "Team"), a_field(organisation, "Coach")
    db.session.commit()

    browser.post(f"{PAGE}/{team.id}/name", {"name": "Squad"})
    browser.post(f"{PAGE}/{team.id}/name", {"name": "coach"})

    assert [(each.key, each.name) for each in fields()] == [("team", "Squad"), ("coach", "Coach")]
    assert "There is a field “coach” already. Nothing was changed." in words_of(browser.get(PAGE))


def test_the_question_before_removing_counts_the_people_and_names_the_filters(browser, organisation):
    a_field(organisation, "Team")
    a_participant(organisation, custom={"team": "U9"})
    a_participant(organisation, custom={"coach": "Bob"})
    a_participant(an_organisation(), custom={"team": "U9"})
    a_filter(organisation, name="U9", conditions=[{"about": "field", "operator": "filled", "which": "team", "values": []}])
    db.session.commit()

    page = words_of(browser.get(PAGE))

    assert "1 person has something in it" in page
    assert "The saved filter “U9” will find nobody until changed." in page


def test_a_field_goes_with_what_people_have_in_it_and_nothing_else(browser, organisation):
    team = a_field(organisation, "Team")
    ava = a_participant(organisation, custom={"team": "U9", "size": "M"})
    stranger = a_participant(an_organisation(), custom={"team": "U9"})
    db.session.commit()

    answer = browser.post(f"{PAGE}/{team.id}/removal")

    assert answer.status_code == 303
    assert fields() == []
    assert db.session.get_one(Participant, ava.id).custom == {"size": "M"}
    assert db.session.get_one(Participant, stranger.id).custom == {"team": "U9"}
    assert db.session.scalars(select(AuditEntry.detail)).one() == {"name": "Team", "kind": "text", "people": 1}
