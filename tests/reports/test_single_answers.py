"""Answers to single people stand in conversations and among the messages, and in no list of send-outs."""

from datetime import timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import FollowUpStatus
from app.unsubscribes.queries import sendouts_with_entries
from tests.browser import Browser
from tests.factories import a_member, an_entry, an_organisation, saved
from tests.reports.mixtures import a_row, a_running_sendout

TITLE = "Answer to Ida Quist"


@pytest.fixture(params=[{"answers": 7}, {"answers": 7, "automatic": True}, {"single": True}], ids=["somebody's", "automatic", "no answer"])
def answered(scene, request):
    """Beside the send-out "Spring camp": an answer to one person."""
    values = {"title": TITLE, "is_urgent": True, "audience_rule": request.param, "launched_at": now() - timedelta(minutes=5)}
    answer = a_running_sendout(scene.organisation, ChannelPlan.SMS, **values)
    a_row(answer, "delivered", Channel.SMS, segments=2)
    an_entry(scene.organisation, sendout_id=answer.id)
    for place, name in enumerate(("Open", "Closed")):
        saved(FollowUpStatus(organisation_id=scene.organisation.id, name=name, position=place, colour="green"))
    scene.given("delivered")
    return scene


@pytest.mark.parametrize(
    "path", ["/sendouts", "/sendouts?q=answer", "/sendouts?state=delivered", "/home", "/search?q=answer", "/settings/follow-up"]
)
def test_an_answer_is_in_no_list_of_sendouts(answered, path):
    page = answered.people[Role.OWNER].get(path)

    assert page.status_code == 200
    assert TITLE not in page.text


def test_an_answer_is_a_message_but_no_choice_of_sendout(answered):
    page = answered.organiser.get("/reports/messages").text

    assert f">{TITLE}</a>" in page
    assert f">{TITLE}</option>" not in page
    assert ">Spring camp</option>" in page


def test_answers_are_one_line_of_the_costs(answered):
    page = answered.organiser.get("/reports/costs?by=sendout").text

    assert TITLE not in page
    assert "Messages to single people" in page


def test_an_answer_is_no_sendout_that_brought_entries(answered):
    assert sendouts_with_entries(answered.organisation.id) == []


def test_an_organisation_that_has_only_answered_is_still_welcomed(app):
    organisation = an_organisation()
    a_running_sendout(organisation, ChannelPlan.SMS, title=TITLE, audience_rule={"answers": 7})
    owner = Browser(app, a_member(organisation, Role.OWNER))
    db.session.commit()

    assert "your first message is out" in owner.get("/home").text
