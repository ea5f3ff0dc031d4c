import html
import json
import re
from datetime import timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import Participant
from tests.browser import Browser
from tests.factories import a_member, a_participant, an_organisation
from tests.reports.mixtures import a_row


def _text(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_the_page_says_the_line_that_adds_up_and_the_people_line(scene):
    scene.given("opened", "delivered", "sent", "bounced", "skipped:no_address")

    page = " ".join(_text(scene.organiser.get(scene.page).text).split())

    assert "5 in the audience = 2 delivered + 1 sent + 1 bounced + 1 skipped" in page
    assert "2 people reached" in page
    assert "50 % of 2 delivered" in page
    assert "No address for this channel 1" in page


def test_untracked_is_said_and_never_given_as_a_share(scene):
    scene.sendout.is_tracking = False
    scene.given("delivered")

    page = scene.organiser.get(scene.page).text

    assert "not tracked" in page
    assert "Opened by a person" not in page


@pytest.mark.parametrize(
    "state", [SendoutState.DRAFT, SendoutState.SCHEDULED, SendoutState.LAUNCHING, SendoutState.PAUSED, SendoutState.HELD]
)
def test_every_state_has_a_page(scene, state):
    scene.sendout.state = state
    scene.sendout.scheduled_at = scene.sendout.leaves_at = now() + timedelta(minutes=5)
    scene.sendout.audience_count = None
    scene.sendout.frozen_at = None
    db.session.commit()

    assert scene.organiser.get(scene.page).status_code == 200


def test_the_figure_has_the_slices_of_its_channel(scene):
    scene.given("opened", "opened", "bounced")

    answer = scene.people[Role.VIEWER].get(f"{scene.page}/doughnut/email.json")

    (ring,) = json.loads(answer.text)["data"]
    assert dict(zip(ring["customdata"], ring["values"], strict=True)) == {"opened": 2, "bounced": 1}
    assert scene.organiser.get(f"{scene.page}/doughnut/sms.json").status_code == 404
    assert scene.organiser.get(f"{scene.page}/findings/sms").status_code == 404


def test_the_moving_part_polls_while_it_runs_and_stops_when_it_is_over(scene):
    (row,) = scene.given("pending")
    assert 'hx-trigger="every 2s"' in scene.organiser.get(f"{scene.page}/live").text

    row.status, row.accepted_at = "sent", now()
    db.session.commit()

    assert "hx-trigger" not in scene.organiser.get(f"{scene.page}/live").text.split("Refresh")[0]


def test_buttons_come_along_only_when_the_state_has_changed(scene):
    scene.given("pending")

    same = scene.organiser.get(f"{scene.page}/live?head=running").text
    other = scene.organiser.get(f"{scene.page}/live?head=launching-undo").text

    assert "sendout-head" not in same
    assert 'id="sendout-head" hx-swap-oob="outerHTML"' in other


def test_the_call_list_names_those_whom_nothing_reached(scene):
    person = a_participant(scene.organisation, first_name="Ida", last_name="Gone", phone_number="+12025550123")
    scene.given("bounced", person=person)
    scene.given("delivered")

    page = scene.people[Role.VIEWER].get(f"{scene.page}/unreached").text

    assert "Ida Gone" in page
    assert "+12025550123" in page
    assert page.count("tel:") == 1


def test_links_and_causes_come_as_a_part_and_as_a_page(scene):
    scene.given("bounced", error_words="no such user")

    assert "<html" not in scene.organiser.get(f"{scene.page}/findings/email", HX_Request="true").text
    assert "no such user" in scene.organiser.get(f"{scene.page}/findings/email").text


def test_another_organisations_sendout_is_not_there(scene, app):
    stranger = Browser(app, a_member(an_organisation(name="Another")))
    scene.given("delivered")

    for path in (
        "",
        "/live",
        "/doughnut/email.json",
        "/recipients",
        "/recipients.csv",
        "/recipients/ids",
        "/unreached",
        "/findings/email",
        "/resend",
    ):
        assert stranger.get(f"{scene.page}{path}").status_code == 404
    assert "Spring camp" not in stranger.get("/sendouts").text
    assert "Spring camp" not in stranger.get("/home").text


def test_both_channels_have_a_tab_of_their_own(scene):
    scene.sendout.channel_plan = ChannelPlan.BOTH
    (row,) = scene.given("opened")
    a_row(scene.sendout, "wrote_back", Channel.SMS, db.session.get_one(Participant, row.participant_id))
    db.session.commit()

    page = " ".join(_text(scene.organiser.get(f"{scene.page}?channel=sms").text).split())

    assert "Email 1" in page
    assert "SMS 1" in page
    assert "Wrote back 100 % of 1 delivered" in page
