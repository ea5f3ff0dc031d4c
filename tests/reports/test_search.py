import pytest

from app.domain.roles import Role
from app.extensions import db
from tests.factories import a_participant, a_received_text, an_organisation


@pytest.fixture
def known(scene):
    """Beside the send-out "Spring camp": a person of that name, and a text from a number that nobody has."""
    a_participant(scene.organisation, first_name="Spring", last_name="Nilsson", phone_number="+447700900123")
    a_received_text(scene.organisation, from_number="+447700900999", body="Is the pool open?")
    db.session.commit()
    return scene


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("spring", {"People", "Send-outs"}),
        ("nilsson", {"People"}),
        ("07700 900123", {"People"}),
        ("900999", {"Replies"}),
        ("pool", {"Replies"}),
        ("camp", {"Send-outs"}),
        ("nowhere", set()),
    ],
)
def test_the_search_finds_people_sendouts_and_replies(known, asked, found):
    page = known.organiser.get(f"/search?q={asked}").text

    assert {kind for kind in ("People", "Send-outs", "Replies") if f"{kind}</h2>" in page} == found
    assert ("Nothing found" in page) is (not found)


def test_an_empty_search_says_what_can_be_looked_for(scene):
    assert "What are you looking for?" in scene.organiser.get("/search?q=%20").text


def test_the_search_stays_in_the_organisation(known):
    other = an_organisation()
    a_participant(other, first_name="Spring", last_name="Elsewhere")
    db.session.commit()

    assert "Elsewhere" not in known.organiser.get("/search?q=spring").text


def test_what_is_asked_for_is_never_markup(scene):
    assert "<script>alert" not in scene.organiser.get("/search?q=<script>alert(1)</script>").text


def test_more_than_a_few_are_one_link_away(scene):
    for number in range(9):
        a_participant(scene.organisation, first_name="Ida", last_name=f"Quist {number}")
    db.session.commit()

    page = scene.organiser.get("/search?q=ida").text

    assert "/participants?q=ida" in page
    assert "Quist 8" not in page


@pytest.mark.parametrize("role", [role for role in Role if role.includes(Role.VIEWER)])
def test_whoever_may_see_people_has_the_search_in_the_top_bar(scene, role):
    assert 'action="/search"' in scene.people[role].get("/home").text
