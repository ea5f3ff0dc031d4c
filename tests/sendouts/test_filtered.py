"""Saved filters in a send-out's audience: counted, named, frozen as they find people then, and in the way while they find nobody."""

import pytest
from sqlalchemy import select

from app.domain.conditions import About, Condition, Operator, encoded
from app.extensions import db
from app.models import CustomField, CustomFieldKind, SavedFilter, SendoutFilter
from app.sendouts.approving.queries import digest_of
from app.sendouts.counting import review_counts
from app.sendouts.drafting.service import copy_sendout
from app.sendouts.reviewing.problems import blockers
from tests.factories import a_participant, an_organisation, saved
from tests.scenes import a_scene, freeze, messages_of, run_sql
from tests.sendouts.crowds import reasons
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")


def a_filter(organisation, value="u9", name="U9"):
    conditions = encoded([Condition(About.FIELD, Operator.CONTAINS, "team", (value,))])
    return saved(SavedFilter(organisation_id=organisation.id, name=name, conditions=conditions))


def filtered(sendout, *, is_excluded=False, value="u9", name="U9"):
    """Name a filter in an audience; committed."""
    organisation_id = sendout.organisation_id
    if not db.session.scalars(select(CustomField.id).where(CustomField.organisation_id == organisation_id)).all():
        saved(CustomField(organisation_id=organisation_id, key="team", name="Team", kind=CustomFieldKind.TEXT))
    conditions = encoded([Condition(About.FIELD, Operator.CONTAINS, "team", (value,))])
    made = saved(SavedFilter(organisation_id=organisation_id, name=name, conditions=conditions))
    saved(SendoutFilter(organisation_id=organisation_id, sendout_id=sendout.id, filter_id=made.id, is_excluded=is_excluded))
    db.session.commit()
    return made


def test_a_filter_brings_its_people_beside_those_of_the_lists():
    scene = a_scene(2)
    ava = a_participant(scene.organisation, custom={"team": "U9"})
    a_participant(scene.organisation, custom={"team": "U11"})
    filtered(scene.sendout)

    freeze(scene.sendout)

    assert [each.participant_id for each in messages_of(scene)] == [*(person.id for person in scene.people), ava.id]


def test_who_is_found_is_settled_when_it_starts():
    scene = a_scene(0)
    late = a_participant(scene.organisation)
    filtered(scene.sendout)
    run_sql('UPDATE participants SET custom = \'{"team": "U9"}\' WHERE id = :id', id=late.id)

    freeze(scene.sendout)

    assert [each.participant_id for each in messages_of(scene)] == [late.id]


def test_an_excluded_filter_leaves_its_people_out_with_a_reason():
    scene = a_scene(2)
    scene.people[0].custom = {"team": "U9 red"}
    filtered(scene.sendout, is_excluded=True)

    freeze(scene.sendout)

    assert reasons(scene) == ["excluded", None]


def test_one_who_is_on_a_list_and_found_by_two_filters_gets_one_message():
    scene = a_scene(1)
    scene.people[0].custom = {"team": "U9"}
    filtered(scene.sendout)
    filtered(scene.sendout, value="9", name="Nine")

    freeze(scene.sendout)

    assert len(messages_of(scene)) == 1


def test_people_of_another_organisation_are_never_found():
    scene = a_scene(1)
    a_participant(an_organisation(), custom={"team": "U9"})
    filtered(scene.sendout)

    freeze(scene.sendout)

    assert len(messages_of(scene)) == 1


def test_the_composer_takes_a_filter_in_counts_it_and_names_it(app):
    club = a_club(2)
    a_participant(club.organisation, custom={"team": "U9"})
    made, draft = a_filter(club.organisation), {"title": "Camp", "communication_type": "non_marketing", "channel_plan": "email"}
    saved(CustomField(organisation_id=club.organisation.id, key="team", name="Team", kind=CustomFieldKind.TEXT))
    browser = club.browser(app)

    browser.post(club.path("/compose/audience"), draft | {f"filter-{made.id}": "include"})

    audience, review = (words_of(browser.get(club.path(f"/compose/{step}"))) for step in ("audience", "review"))
    assert review_counts(club.reread()).people == 1
    assert f'name="filter-{made.id}" value="include" checked' in audience
    assert "<dt>Filter</dt>" in audience
    assert "<bdi>U9</bdi>: 1 person now, Team contains “u9”" in review


def test_somebody_elses_filter_is_not_taken_in(app):
    club = a_club(1)
    theirs = a_filter(an_organisation())
    browser = club.browser(app)

    browser.post(club.path("/compose/audience"), {f"filter-{theirs.id}": "include"})

    assert db.session.scalars(select(SendoutFilter)).all() == []


@pytest.mark.parametrize("is_excluded", [False, True])
def test_a_filter_that_finds_nobody_for_something_gone_stands_against_sending(is_excluded):
    club = a_club()
    filtered(club.draft, is_excluded=is_excluded)
    before = blockers(club.draft, review_counts(club.draft))

    run_sql("DELETE FROM custom_fields")

    now_against = [problem.words for problem in blockers(club.reread(), review_counts(club.draft))]
    assert before == []
    assert now_against == ["The filter “U9” finds nobody: The field “team” has been removed."]


def test_a_copy_goes_by_the_same_filters():
    club = a_club()
    made = filtered(club.draft, is_excluded=True)

    copy = copy_sendout(club.draft.id, club.actor)

    named = db.session.scalars(select(SendoutFilter).where(SendoutFilter.sendout_id == copy.id)).one()
    assert (named.filter_id, named.is_excluded) == (made.id, True)


def test_what_was_approved_is_another_thing_once_its_filter_asks_something_else():
    club = a_club()
    made = filtered(club.draft)
    approved = digest_of(club.draft)

    made.name = "Nine"
    renamed = digest_of(club.draft)
    made.conditions = encoded([Condition(About.EMAIL, Operator.HAS)])
    db.session.flush()

    assert renamed == approved
    assert digest_of(club.draft) != approved


def test_the_list_of_send_outs_names_the_filter(app):
    club = a_club(1)
    filtered(club.draft, name="Families of the U9")

    assert "Everybody and Families of the U9" in words_of(club.browser(app).get("/sendouts"))
