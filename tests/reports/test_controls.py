from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import AuditEntry, Message
from tests.reports.mixtures import a_batch
from tests.scenes import run_sql


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


def test_what_the_guard_rail_held_goes_on_all_the_same_when_somebody_says_so(scene):
    scene.given("pending")
    words = "Stopped after a first part: 62 of 1,000 e-mails (6.2 %) came back."
    run_sql("UPDATE sendouts SET state = 'held', held_trouble = 'bounces', held_reason = :words", words=words)
    page = scene.organiser.get(scene.page).text

    answer = scene.organiser.post(f"{scene.page}/resume")

    assert answer.status_code == 303
    assert words in page
    assert "Send the rest all the same" in page
    assert scene.state() == SendoutState.LAUNCHING
    db.session.refresh(scene.sendout)
    assert scene.sendout.waived_troubles == ["bounces"]


def test_a_first_part_that_goes_ahead_says_so(scene):
    scene.given("pending", batch_id=a_batch(scene.sendout).id)
    run_sql("UPDATE sendouts SET first_part_to = 1, last_progress_at = now()")

    assert "A first part goes ahead. The rest follows by itself" in scene.organiser.get(scene.page).text


@pytest.fixture
def held(scene):
    """A send-out that was held at its hour, since its words cannot be read."""
    run_sql(
        """UPDATE sendouts SET state = 'held', audience_count = NULL, scheduled_at = now(), launched_at = now(), subject = '{{ nonsense',
                               held_reason = 'It did not start at its hour. Subject, line 1: …'"""
    )
    return scene


def test_what_was_held_at_its_hour_is_taken_back_to_a_draft(held):
    page = held.organiser.get(held.page).text

    answer = held.organiser.post(f"{held.page}/unschedule")

    assert "It did not start at its hour." in page
    assert "Back to draft" in page
    assert answer.status_code == 303
    assert held.state() == SendoutState.DRAFT
    db.session.refresh(held.sendout)
    assert (held.sendout.held_reason, held.sendout.scheduled_at, held.sendout.launched_at) == (None, None, None)


def test_what_was_held_at_its_hour_goes_on_only_once_it_is_in_order(held):
    answer = held.organiser.post(f"{held.page}/resume")

    assert answer.status_code == 409
    assert held.state() == SendoutState.HELD


def test_what_has_gone_out_in_part_is_no_draft_any_more(scene):
    scene.given("sent")
    run_sql("UPDATE sendouts SET state = 'held'")

    assert scene.organiser.post(f"{scene.page}/unschedule").status_code == 409
    assert scene.state() == SendoutState.HELD


def test_while_it_can_be_undone_it_says_when_it_leaves_and_not_that_it_was_sent(scene):
    scene.sendout.state, scene.sendout.audience_count, scene.sendout.frozen_at = SendoutState.LAUNCHING, None, None
    scene.sendout.launched_at, scene.sendout.leaves_at = now(), now() + timedelta(seconds=20)
    db.session.commit()

    page = scene.organiser.get(scene.page).text

    assert "Leaves in <span data-countdown=" in page
    assert "Sent just now" not in page
