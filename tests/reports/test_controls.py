import pytest
from sqlalchemy import select

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import AuditEntry, Message
from tests.reports.mixtures import a_batch


def test_pause_resume_and_cancel_answer_303_and_are_noted(scene):
    (row,) = scene.given("pending", batch_id=a_batch(scene.sendout).id)

    answers = [scene.organiser.post(f"{scene.page}/{verb}").status_code for verb in ("pause", "resume", "cancel")]

    assert answers == [303, 303, 303]
    assert scene.state() == SendoutState.CANCELLED
    assert db.session.get_one(Message, row.id).status == "cancelled"
    assert list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == ["pause", "resume", "cancel"]
    page = scene.organiser.get(scene.page).text
    assert "Paused by" in page
    assert "Cancelled by" in page


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel", "resend", "doubt/leave", "doubt/send-again"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_lesser_roles_touch_nothing(scene, verb, role):
    scene.given("pending")

    assert scene.people[role].post(f"{scene.page}/{verb}").status_code == 403
    assert scene.state() == SendoutState.RUNNING


def test_what_the_state_does_not_allow_is_refused_in_words(scene):
    scene.given("pending")

    answer = scene.organiser.post(f"{scene.page}/resume")

    assert answer.status_code == 409
    assert "cannot be done any more" in answer.text
