"""Making, changing and ending saved filters on their pages, with and without scripts, by role."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from app.domain.conditions import About, Condition, Operator, encoded
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import AuditEntry, CustomField, CustomFieldKind, SavedFilter, SendoutFilter
from tests.browser import Browser
from tests.factories import a_list, a_member, a_participant, a_sendout, an_organisation, saved
from tests.sendouts.drafts import words_of

pytestmark = pytest.mark.usefixtures("database")

NEW = "/participants/filters/new"
TEAM = {"what-0": "field:team", "operator-0": "contains", "value-0": "u9"}
SWAP = {"HX_Request": "true"}


class Club:
    """Three people of whom two are of the U9, and somebody of each role."""

    def __init__(self, app):
        self.app = app
        self.organisation = an_organisation()
        saved(CustomField(organisation_id=self.organisation.id, key="team", name="Team", kind=CustomFieldKind.TEXT))
        saved(CustomField(organisation_id=self.organisation.id, key="size", name="Size", kind=CustomFieldKind.CHOICE))
        rows = (("Ava", "U9 red", "M"), ("Ben", "U9", "L"), ("Cleo", "U11", "M"))
        self.people = [a_participant(self.organisation, first_name=name, custom={"team": team, "size": size}) for name, team, size in rows]
        db.session.commit()

    def browser(self, role=Role.ORGANISER):
        user = a_member(self.organisation, role)
        db.session.commit()
        return Browser(self.app, user)

    def a_filter(self, name="U9", value="u9"):
        conditions = encoded([Condition(About.FIELD, Operator.CONTAINS, "team", (value,))])
        made = saved(SavedFilter(organisation_id=self.organisation.id, name=name, conditions=conditions))
        db.session.commit()
        return made

    def used_by(self, filter_, **values):
        sendout = a_sendout(self.organisation, **({"title": "Camp"} | values))
        saved(SendoutFilter(organisation_id=self.organisation.id, sendout_id=sendout.id, filter_id=filter_.id))
        db.session.commit()
        return sendout


@pytest.fixture
def club(app):
    return Club(app)


def kept():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(SavedFilter)).one_or_none()


def test_conditions_are_chosen_in_the_address_and_their_people_shown(club):
    answer = club.browser().get(f"{NEW}?what-0=field:team&operator-0=contains&value-0=u9&what-1=field:size&value-1=M&value-1=S")

    page = words_of(answer)
    assert "1 person" in page
    assert "Ava" in page
    assert "Ben" not in page
    assert '<option value="field:team" selected>Team</option>' in page
    assert 'value="L" hx-get' in page.replace('name="value-1" ', "")


@pytest.mark.parametrize("size", ["U\u00a09", "U  9"])
def test_a_ticked_value_finds_people_as_they_have_it_to_the_last_space(club, size):
    a_participant(club.organisation, first_name="Dora", custom={"size": size})
    db.session.commit()

    page = words_of(club.browser().get(f"{NEW}?{urlencode({'what-0': 'field:size', 'value-0': size})}"))

    assert "1 person" in page
    assert "Dora" in page


def test_a_swap_gets_the_conditions_and_the_people_alone(club):
    answer = club.browser().get(f"{NEW}?what-0=field:team&operator-0=contains&value-0=u9", **SWAP)

    page = words_of(answer)
    assert page.startswith('<div id="filtering">')
    assert "<html" not in page
    assert "2 people" in page


def test_another_thing_to_look_at_brings_its_own_comparisons(club):
    page = words_of(club.browser().get(f"{NEW}?what-0=email&operator-0=contains&value-0=u9"))

    assert '<option value="has" selected>is known</option>' in page
    assert 'name="value-0"' not in page


def test_a_condition_is_added_and_removed_without_scripts(club):
    browser = club.browser()

    added = words_of(browser.get(f"{NEW}?what-0=email&operator-0=has&add=yes"))
    removed = words_of(browser.get(f"{NEW}?what-0=email&operator-0=has&what-1=mobile&operator-1=has&remove=0"))

    assert 'name="what-1"' in added
    assert '<option value="mobile" selected>' in removed
    assert 'name="what-1"' not in removed


def test_a_filter_is_kept_under_its_name(club):
    answer = club.browser(Role.AUTHOR).post("/participants/filters", TEAM | {"name": "  U9   families "})

    found = kept()
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/participants/filters/{found.id}"
    assert found.name == "U9 families"
    assert found.conditions == [{"about": "field", "operator": "contains", "which": "team", "values": ["u9"]}]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (TEAM, "Give the filter a name that you will find it by."),
        (TEAM | {"name": "x" * 101}, "The name is too long"),
        (TEAM | {"name": "taken"}, "There is a filter “Taken” already."),
        (TEAM | {"name": "U9", "value-0": " "}, "Say what to compare it with."),
        ({"name": "U9", "what-0": ""}, "Choose at least one condition."),
        ({"name": "U9"}, "Choose at least one condition."),
        ({"name": "U9", "what-0": "list", "which-0": "x"}, "Choose a list."),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(club, form, words):
    club.a_filter("Taken")

    answer = club.browser().post("/participants/filters", form)

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert db.session.scalar(select(func.count()).select_from(SavedFilter)) == 1


def test_a_filter_is_renamed_and_changed(club):
    found = club.a_filter()

    answer = club.browser().post(f"/participants/filters/{found.id}", TEAM | {"name": "U11", "value-0": "u11"})

    assert answer.status_code == 303
    assert (kept().name, kept().conditions[0]["values"]) == ("U11", ["u11"])


def test_its_page_shows_what_was_saved_and_whom_it_finds_now(club):
    page = words_of(club.browser(Role.VIEWER).get(f"/participants/filters/{club.a_filter().id}"))

    assert 'value="u9"' in page
    assert "2 people" in page
    assert "Save the changes" not in page


def test_the_list_says_each_in_words_and_counts_on_asking(club):
    found, browser = club.a_filter(), club.browser()

    page = words_of(browser.get("/participants/filters"))
    count = words_of(browser.get(f"/participants/filters/{found.id}/count"))

    assert "Team contains “u9”" in page
    assert count == "<span>2</span>"


def test_the_first_page_says_what_filters_are_for(club):
    assert "No filters yet" in words_of(club.browser().get("/participants/filters"))


def test_a_filter_that_is_not_used_is_ended_and_it_is_written_down(club):
    found = club.a_filter()

    answer = club.browser().post(f"/participants/filters/{found.id}/removal")

    assert answer.status_code == 303
    assert kept() is None
    assert db.session.scalars(select(AuditEntry.action)).one() == "filter deleted"


@pytest.mark.parametrize("state", [SendoutState.DRAFT, SendoutState.SCHEDULED, SendoutState.LAUNCHING])
def test_a_filter_stays_while_something_waits_to_go_by_it(club, state):
    found = club.a_filter()
    club.used_by(found, state=state)

    answer = club.browser().post(f"/participants/filters/{found.id}/removal")

    assert answer.status_code == 409
    assert "“Camp” would go by this filter" in words_of(answer)
    assert kept() is not None


def test_a_filter_goes_when_what_went_by_it_has_its_people(club):
    found = club.a_filter()
    club.used_by(found, state=SendoutState.RUNNING, audience_count=2)

    assert club.browser().post(f"/participants/filters/{found.id}/removal").status_code == 303


def test_the_page_of_a_filter_in_use_says_what_a_change_means(club):
    found = club.a_filter()
    club.used_by(found)

    assert "Camp</a> goes by this filter and has not started" in words_of(club.browser().get(f"/participants/filters/{found.id}"))


def test_a_condition_in_trouble_says_so_wherever_the_filter_is_shown(club):
    found, browser = club.a_filter(), club.browser()
    db.session.execute(db.text("DELETE FROM custom_fields WHERE key = 'team'"))
    db.session.commit()

    page, index = words_of(browser.get(f"/participants/filters/{found.id}")), words_of(browser.get("/participants/filters"))

    assert "The field “team” has been removed. Nobody is found until this is put right." in page
    assert "Nobody now" in page
    assert "Finds nobody until this is put right." in index


def test_more_people_are_asked_for_by_the_same_conditions(club):
    for _ in range(60):
        a_participant(club.organisation, custom={"team": "U9"})
    browser = club.browser()

    page = words_of(browser.get(f"{NEW}?what-0=field:team&operator-0=contains&value-0=u9"))
    more = page.partition('class="more-row"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")

    assert words_of(browser.get(more)).count('class="person-link"') == 12


def test_lists_and_send_outs_are_chosen_by_name(club):
    everybody = a_list(club.organisation, *club.people, name="Everybody")
    a_sendout(club.organisation, title="Spring camp", state=SendoutState.RUNNING, launched_at=func.now())
    db.session.commit()
    browser = club.browser()

    by_list = words_of(browser.get(f"{NEW}?what-0=list&which-0={everybody.id}&operator-0=not_on"))
    by_sendout = words_of(browser.get(f"{NEW}?what-0=sendout"))

    assert "Nobody now" in by_list
    assert "Spring camp" in by_sendout
