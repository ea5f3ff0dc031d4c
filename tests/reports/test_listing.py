from datetime import timedelta

import pytest

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from tests.factories import a_member, a_sendout
from tests.reports.mixtures import a_running_sendout


def test_the_list_hangs_resends_under_their_original(scene):
    scene.given("delivered")
    a_running_sendout(scene.organisation, title="Another")
    a_running_sendout(scene.organisation, title="Once more", resend_of=scene.sendout.id, root_id=scene.sendout.id)
    db.session.commit()

    page = scene.organiser.get("/sendouts").text

    assert page.index("Another") < page.index("Spring camp") < page.index("Once more")
    assert "Delivered · 1 of 1 · Finished" in page


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("q=spring", True),
        ("q=summer", False),
        ("state=held", False),
        ("state=sending", True),
        ("state=delivered", False),
        ("channel=email", True),
        ("channel=sms", False),
        ("since=month&since=year", True),
        ("since=quarter", True),
        ("since=never", True),
        ("by=0", True),
        ("by=999999999", False),
        ("by=everybody", True),
        ("state=nonsense&channel=9", True),
    ],
)
def test_the_list_is_narrowed(scene, query, is_there):
    scene.given("pending")
    scene.sendout.launched_at = now()
    db.session.commit()

    assert ("Spring camp" in scene.organiser.get(f"/sendouts?{query}").text) is is_there


@pytest.mark.parametrize(
    ("days", "times"),
    [(0, {"month", "quarter", "year"}), (80, {"quarter", "year"}), (300, {"year"}), (400, set())],
)
def test_the_list_goes_as_far_back_as_is_asked(scene, days, times):
    scene.sendout.launched_at = now() - timedelta(days=days)
    db.session.commit()

    assert {time for time in ("month", "quarter", "year") if "Spring camp" in scene.organiser.get(f"/sendouts?since={time}").text} == times


def test_the_list_is_narrowed_to_who_made_or_sent_them(scene):
    alice, bob = (a_member(scene.organisation, Role.ORGANISER, name=name) for name in ("Alice", "Bob"))
    a_sendout(scene.organisation, title="Made by Alice", created_by=alice.id)
    a_sendout(scene.organisation, title="Sent by Alice", created_by=bob.id, launched_by=alice.id)
    a_sendout(scene.organisation, title="All Bob", created_by=bob.id)
    db.session.commit()

    page = scene.organiser.get(f"/sendouts?by={alice.id}").text

    assert [title in page for title in ("Made by Alice", "Sent by Alice", "All Bob")] == [True, True, False]
    assert f'<option value="{bob.id}" >By Bob</option>' in page


def test_the_next_page_asks_for_the_same(scene):
    alice = a_member(scene.organisation, Role.ORGANISER)
    for number in range(31):
        a_sendout(scene.organisation, title=f"Number {number:02}", created_by=alice.id)
    db.session.commit()

    page = scene.organiser.get(f"/sendouts?by={alice.id}&since=year").text

    assert f"by={alice.id}&amp;since=year" in page


def test_a_resend_is_found_by_itself(scene):
    scene.sendout.state = SendoutState.CANCELLED
    a_running_sendout(scene.organisation, title="Once more", resend_of=scene.sendout.id, root_id=scene.sendout.id)
    db.session.commit()

    assert "Once more" in scene.organiser.get("/sendouts?state=sending").text


def test_the_list_goes_on_after_its_last_row(scene):
    for number in range(31):
        a_sendout(scene.organisation, title=f"Number {number:02}")
    db.session.commit()

    first = scene.organiser.get("/sendouts").text
    cursor = first.split("after=")[1].split('"')[0].split("&")[0]
    second = scene.organiser.get(f"/sendouts?after={cursor}").text

    assert "Number 30" in first
    assert "Number 00" not in first
    assert "Number 00" in second
    assert "Number 30" not in second


def test_a_deleted_draft_is_in_no_list(scene):
    gone = a_sendout(scene.organisation, title="Thrown away", deleted_at=now())
    db.session.commit()

    assert "Thrown away" not in scene.organiser.get("/sendouts").text
    assert scene.organiser.get(f"/sendouts/{gone.id}").status_code == 404
