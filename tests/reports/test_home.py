import html
import re

import pytest
from sqlalchemy import event

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import Message
from app.reports.home.queries import MOST_RUNNING, running_of
from tests.browser import Browser
from tests.factories import a_member, a_received_text, an_organisation
from tests.reports.mixtures import a_doubtful_row, a_row, a_running_sendout


def _text(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize(("role", "words"), [(Role.OWNER, "E-mail alone is enough to start."), (Role.ORGANISER, "Bring in your people")])
def test_home_welcomes_a_new_organisation_with_what_to_do_first(app, role, words):
    browser = Browser(app, a_member(an_organisation(), role))
    db.session.commit()

    page = browser.get("/home").text

    assert words in page
    assert re.search(r"<button[^>]*>.*Write</button>", page)
    assert "Needs you" not in page


def test_home_shows_what_needs_a_person(scene):
    scene.given("delivered")
    a_doubtful_row(scene.sendout)
    a_running_sendout(scene.organisation, state=SendoutState.HELD, held_reason="The quota is used up.", title="Held one")
    a_received_text(scene.organisation)
    db.session.commit()

    page = scene.organiser.get("/home").text

    assert "We cannot tell whether 1 person got" in page
    assert "The quota is used up." in page
    assert "1 reply nobody has read yet." in page


def test_what_has_gone_crowds_out_nothing_that_is_going(scene):
    a_running_sendout(scene.organisation, state=SendoutState.PAUSED, title="Paused long ago")
    for _ in range(MOST_RUNNING):
        a_running_sendout(scene.organisation, title="Gone since")
    db.session.commit()

    assert "Paused long ago" in [line.sendout.title for line in running_of(scene.organisation.id)]


def test_a_young_doubt_is_nobodys_business_yet(scene):
    a_doubtful_row(scene.sendout, minutes=0)
    db.session.commit()

    assert "We cannot tell" not in scene.organiser.get("/home").text


def test_a_viewer_sees_home_without_its_buttons(scene):
    a_doubtful_row(scene.sendout)
    db.session.commit()

    page = scene.people[Role.VIEWER].get("/home").text

    assert "We cannot tell" in page
    assert "Send again" not in page
    assert "Urgent text" not in page


def test_home_asks_the_database_as_often_for_many_sendouts_as_for_few(scene):
    def statements():
        asked = []

        def note(*arguments):
            asked.append(arguments[2])

        event.listen(db.engine, "before_cursor_execute", note)
        scene.organiser.get("/home")
        event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    scene.given("delivered", "pending")
    few = statements()
    for _ in range(5):
        a_row(a_running_sendout(scene.organisation), "pending")
    db.session.commit()

    assert statements() <= few + 1


def test_what_is_in_doubt_is_sent_again_once(scene):
    doubt = a_doubtful_row(scene.sendout)
    db.session.commit()

    first = scene.organiser.post(f"{scene.page}/doubt/send-again")
    scene.organiser.post(f"{scene.page}/doubt/send-again")

    db.session.expire_all()
    again = db.session.get_one(Message, doubt.id)
    assert first.status_code == 303
    assert again.status == "pending"
    assert again.batch_id is not None


def test_nothing_of_a_stopped_sendout_is_sent_again(scene):
    a_doubtful_row(scene.sendout)
    scene.sendout.state = SendoutState.CANCELLED
    db.session.commit()

    assert scene.organiser.post(f"{scene.page}/doubt/send-again").status_code == 409


def test_a_doubt_that_was_left_is_asked_about_no_more_and_stays_in_doubt(scene):
    doubt = a_doubtful_row(scene.sendout)
    db.session.commit()

    answer = scene.organiser.post(f"{scene.page}/doubt/leave")

    assert answer.status_code == 303
    assert "We cannot tell" not in scene.organiser.get("/home").text
    db.session.expire_all()
    assert db.session.get_one(Message, doubt.id).status == "in_doubt"
