import pytest
from sqlalchemy import select

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import Sendout
from tests.factories import a_list, a_participant
from tests.reports.mixtures import a_doubtful_row
from tests.sendouts.drafts import words_of

STOPPED = [SendoutState.PAUSED, SendoutState.HELD, SendoutState.CANCELLED]
FOLLOW = {"correction": "message", "right-people": "audience"}


def stopped(scene, state=SendoutState.CANCELLED):
    scene.sendout.state = state
    scene.given("delivered", "sent", "bounced", "pending", "cancelled")
    return words_of(scene.organiser.get(scene.page))


@pytest.mark.parametrize("state", STOPPED)
def test_a_stopped_send_out_says_who_got_it_and_offers_both_ways_on(scene, state):
    page = stopped(scene, state)

    assert '<span data-count="2" data-count-key="got">2</span></b> got it' in page
    assert '<span data-count="3" data-count-key="did-not">3</span></b> did not.' in page
    assert "may have got it" not in page
    assert "Write to those who got it" in page
    assert "Send to the right people" in page
    assert ("Stop this one for good" in page) == (state != SendoutState.CANCELLED)


def test_what_is_in_doubt_is_named(scene):
    a_doubtful_row(scene.sendout)

    page = stopped(scene)

    assert '<span data-count="1" data-count-key="may-have">1</span></b> may have got it' in page
    assert "Who may have got it counts as if they had." in page
    assert "exactly these 3" in page


def test_what_nobody_got_needs_no_correction(scene):
    scene.sendout.state = SendoutState.CANCELLED
    scene.given("cancelled", "cancelled")

    page = words_of(scene.organiser.get(scene.page))

    assert "Write to those who got it" not in page
    assert "Send to the right people" in page


def test_while_it_goes_out_nothing_of_it_is_offered(scene):
    assert "Send to the right people" not in stopped(scene, SendoutState.RUNNING)


def test_who_may_only_read_sees_the_numbers_alone(scene):
    stopped(scene)

    page = words_of(scene.people[Role.VIEWER].get(scene.page))

    assert "got it" in page
    assert "Write to those who got it" not in page


@pytest.mark.parametrize(("path", "step"), FOLLOW.items())
def test_each_way_on_opens_one_draft_however_often_it_is_pressed(scene, path, step):
    stopped(scene, SendoutState.PAUSED)

    answers = [scene.organiser.post(f"{scene.page}/{path}", {"form_token": "t1"}) for _ in range(2)]

    (draft,) = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/sendouts/{draft.id}/compose/{step}"}
    assert scene.state() == (SendoutState.CANCELLED if path == "right-people" else SendoutState.PAUSED)


def test_the_drafts_say_for_whom_they_are_and_cannot_lose_it(scene):
    stopped(scene)
    for path in FOLLOW:
        scene.organiser.post(f"{scene.page}/{path}", {"form_token": path})
    correction, copy = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id).order_by(Sendout.id))

    pages = [words_of(scene.organiser.get(f"/sendouts/{draft.id}/compose/audience")) for draft in (correction, copy)]
    reviews = [words_of(scene.organiser.get(f"/sendouts/{draft.id}/compose/review")) for draft in (correction, copy)]
    person = a_participant(scene.organisation)
    everybody = a_list(scene.organisation, person)
    db.session.commit()
    for draft in (correction, copy):
        scene.organiser.post(f"/sendouts/{draft.id}/compose/audience", {f"list-{everybody.id}": "include", "channel_plan": "email"})
    db.session.expire_all()

    assert "Those who got or may have got “Spring camp”, as it stands when this is sent." in pages[0]
    assert "Single people" not in pages[0]
    assert "<dt>Who</dt><dd>those who got an earlier one</dd>" in pages[0]
    assert "<dt>Who</dt><dd>without those who got an earlier one</dd>" in pages[1]
    assert "Whoever got or may have got “Spring camp” by the time this starts is left out." in pages[1]
    assert "Single people" in pages[1]
    assert "<span>Those who got the <a" in reviews[0]
    assert "<span>Without those who got the <a" in reviews[1]
    assert all(">earlier one</a>, or may have, by the time this starts." in each for each in reviews)
    assert [draft.audience_rule for draft in (correction, copy)] == [{"got": scene.sendout.id}, {"without": [scene.sendout.id]}]


def test_the_list_says_what_follows_what(scene):
    stopped(scene)
    for path in FOLLOW:
        scene.organiser.post(f"{scene.page}/{path}", {"form_token": path})

    page = words_of(scene.organiser.get("/sendouts"))

    assert "those who got an earlier one" in page
    assert "nobody chosen yet, without those who got an earlier one" in page
    assert "Resend:" not in page


def test_its_page_tells_what_was_begun_after_it(scene):
    stopped(scene)
    scene.organiser.post(f"{scene.page}/correction", {"form_token": "t1"})
    draft = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).one()

    assert "A correction begun" in words_of(scene.organiser.get(scene.page))
    assert "correction of an earlier one" in words_of(scene.organiser.get(f"/sendouts/{draft.id}"))
