"""E-mails by which a text is forwarded where answers to them come in, and those that give an answer back to its writer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.mail_answers import ANSWER_MARK
from app.extensions import db
from app.inbound.tasks.carrying import MOST_RETURNED
from app.inbound.tasks.planning import plan_return
from app.messages.answer_addresses import AnswerKind, answer_address, answered
from app.models import AnswerMail, ReplyTask
from tests.scenes import run_sql
from tests.workers.test_replies import Scene
from workers.replies import run_reply_tasks


@pytest.fixture(autouse=True)
def inbound_domain(app, worker_app, carriers, monkeypatch):  # noqa: ARG001  the fake carriers carry what is told of here
    for each in (app, worker_app):
        monkeypatch.setitem(each.extensions, "sendout", replace(each.extensions["sendout"], inbound_domain="answers.example.com"))


def the_task(kind="forward_email"):
    db.session.rollback()
    return db.session.scalars(select(ReplyTask).where(ReplyTask.kind == kind)).one()


def returned(task, number):
    values = {"organisation_id": task.organisation_id, "task_id": task.id, "received_at": datetime.now(UTC)}
    row = AnswerMail(
        **values, provider_ref=f"r{number}", from_address=task.address, body="so much", state="returned", words="It is too long."
    )
    db.session.add(row)
    plan_return(task)
    db.session.commit()
    run_reply_tasks()


def test_a_forwarded_text_says_that_its_e_mail_can_be_answered_and_where(carriers):
    scene = Scene(forward_email="bob@club.example")
    scene.texts()

    run_reply_tasks()

    call = carriers.mail.calls[0]
    said = call.messages[0].slots["text"]
    assert answered([call.reply_to]) == (AnswerKind.TEXT, the_task().id)
    assert said.startswith(ANSWER_MARK)
    assert "Maria Rossi gets your words as a text" in said


def test_who_has_no_number_any_more_cannot_be_answered_so(carriers):
    scene = Scene(forward_email="bob@club.example")
    scene.texts()
    run_sql("UPDATE participants SET phone_number = NULL")

    run_reply_tasks()

    call = carriers.mail.calls[0]
    assert (call.reply_to, ANSWER_MARK in call.messages[0].slots["text"]) == ("maria@example.net", False)


def test_an_answer_that_went_to_nobody_comes_back_with_the_reason_and_no_machine_answers_that(carriers):
    scene = Scene(forward_email="bob@club.example")
    scene.texts()
    run_reply_tasks()

    returned(the_task(), 1)

    call = carriers.mail.calls[1]
    assert (call.messages[0].to, call.headers["Auto-Submitted"]) == ("bob@club.example", "auto-replied")
    assert call.reply_to == answer_address(AnswerKind.TEXT, the_task().id)
    assert "was not sent. It is too long." in call.messages[0].slots["text"]
    assert "so much" in call.messages[0].slots["text"]
    assert the_task("return_email").state == "done"


def test_each_is_told_of_but_not_without_end(carriers):
    scene = Scene(forward_email="bob@club.example")
    scene.texts()
    run_reply_tasks()

    for number in range(MOST_RETURNED + 2):
        returned(the_task(), number)

    assert len(carriers.mail.calls) == 1 + MOST_RETURNED
    assert the_task("return_email").state == "skipped"
