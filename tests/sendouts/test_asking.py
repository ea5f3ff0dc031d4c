"""Writing a question, and a request to confirm, under Options."""

import pytest
from sqlalchemy import select

from app.domain.channels import ChannelPlan
from app.extensions import db
from app.models import Message, Sendout
from tests.questions import ASKING, organiser, words_of
from tests.scenes import a_scene
from tests.workers.conftest import carriers, worker_app  # noqa: F401  fixtures

pytestmark = pytest.mark.usefixtures("database")


def test_what_is_asked_is_written_under_options_and_checked_before_it_goes(app):
    scene = a_scene(1, state="draft", channel_plan=ChannelPlan.EMAIL)
    bob, compose = organiser(app, scene), f"/sendouts/{scene.sendout.id}/compose"
    options = {
        "email_sender_id": scene.sendout.email_sender_id,
        "asks_confirmation": "yes",
        "asks_question": "yes",
        "question": " Coming? ",
    }

    bob.post(f"{compose}/options", options | {"choices": "Yes"})
    too_few = words_of(bob.get(f"{compose}/review"))
    bob.post(f"{compose}/options", options | {"choices": "Yes\r\n\r\n No \r\nYes"})

    db.session.expire_all()
    draft = db.session.get_one(Sendout, scene.sendout.id)
    assert "needs at least two answers" in too_few
    assert "needs at least two answers" not in words_of(bob.get(f"{compose}/review"))
    assert (draft.asks_confirmation, draft.question, draft.choices) == (True, "Coming?", ["Yes", "No"])


def test_a_question_that_is_not_ticked_is_none(app):
    scene = a_scene(1, state="draft", **ASKING)

    organiser(app, scene).post(f"/sendouts/{scene.sendout.id}/compose/options", {"question": "Coming?", "choices": "Yes\nNo"})

    db.session.expire_all()
    draft = db.session.get_one(Sendout, scene.sendout.id)
    assert (draft.asks_confirmation, draft.question, draft.choices) == (False, "", [])


def test_a_preview_shows_the_buttons_and_answers_nothing(app):
    scene = a_scene(1, state="draft", channel_plan=ChannelPlan.BOTH, **ASKING)

    bob, path = organiser(app, scene), f"/sendouts/{scene.sendout.id}/preview"

    page = bob.get(path).text + bob.get(f"{path}/{scene.people[0].id}").text

    assert "I have read this" in page
    assert "1 Yes" in page
    assert "-mark-" not in page
    assert db.session.scalar(select(Message.id)) is None
