import pytest

from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from tests.factories import a_sendout
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
        ("state=nonsense&channel=9", True),
    ],
)
def test_the_list_is_narrowed(scene, query, is_there):
    scene.given("pending")

    assert ("Spring camp" in scene.organiser.get(f"/sendouts?{query}").text) is is_there


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
