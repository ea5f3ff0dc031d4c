"""What is done about received texts: each once, whatever dies; nothing in circles; nothing to those who said no."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.roles import Role
from app.extensions import db
from app.inbound.service import receive_text
from app.inbound.tasks.running import take_task
from app.models import InboundText, Message, Organisation, ReplyTask, Sendout
from app.providers.base import Accepted, Refused, Throttled, Unknown
from tests import factories
from tests.scenes import freeze, run_sql
from workers.replies import run_reply_tasks

pytestmark = pytest.mark.usefixtures("carriers")

OURS, MARIA, BOBS_PHONE = "+15005550006", "+12015550123", "+12015550199"


class Scene:
    """A send-out to Maria that texts back answer."""

    def __init__(self, **options):
        self.club = factories.an_organisation()
        self.sender = factories.a_sender(self.club, Channel.SMS, address=OURS)
        factories.a_sender(self.club, address="news@mail.example.com")
        self.sendout = factories.a_sendout(self.club, sms_sender_id=self.sender.id, **options)
        self.maria = factories.a_participant(
            self.club, first_name="Maria", last_name="Rossi", phone_number=MARIA, email_address="maria@example.net"
        )
        accepted_at = datetime.now(UTC) - timedelta(hours=3)
        factories.a_message(self.sendout, self.maria, Channel.SMS, status="delivered", accepted_at=accepted_at)
        db.session.commit()
        self.count = 0

    def texts(self, body="Which size?", theirs=MARIA, **values):
        self.count += 1
        received = receive_text(Text(f"SM{self.count}", theirs, OURS, None, body, **values), datetime.now(UTC))
        db.session.commit()
        return received


def tasks(*columns):
    db.session.rollback()
    return db.session.execute(select(*(columns or (ReplyTask.kind, ReplyTask.state))).order_by(ReplyTask.id)).all()


def automatic():
    db.session.rollback()
    return list(db.session.scalars(select(Sendout).where(Sendout.audience_rule.has_key("automatic"))))


def test_an_automatic_answer_is_a_message_like_any_other_and_one_an_hour():
    scene = Scene(auto_reply="Thank you {{ first_name }}")
    scene.texts()
    scene.texts("And when?")

    assert run_reply_tasks() == 2

    answer = automatic()[0]
    freeze(answer)
    message = db.session.scalars(select(Message).where(Message.sendout_id == answer.id)).one()
    assert (len(automatic()), message.address, message.status, answer.created_by) == (1, MARIA, "pending", None)
    assert answer.sms_body == 'Thank you {{ "{{" }} first_name }}'  # as it was written: nothing in it is a field
    assert tasks() == [("auto_reply", "done"), ("auto_reply", "skipped")]


def test_after_an_hour_there_is_another_automatic_answer():
    scene = Scene(auto_reply="Thank you")
    scene.texts()
    run_reply_tasks()
    run_sql("UPDATE reply_tasks SET done_at = now() - interval '61 minutes'")

    scene.texts("Hello?")
    run_reply_tasks()

    assert len(automatic()) == 2


@pytest.mark.parametrize(("body", "is_answered"), [("SIZE please", True), ("size", True), ("Sizes?", False), ("Which size?", False)])
def test_with_words_of_its_own_it_answers_only_those(body, is_answered):
    scene = Scene(auto_reply="S, M or L", auto_reply_words="size")
    scene.texts(body)

    run_reply_tasks()

    assert bool(automatic()) is is_answered


def test_a_stop_between_the_text_and_its_answer_wins():
    scene = Scene(auto_reply="Thank you")
    scene.texts()
    scene.texts("STOP")

    run_reply_tasks()

    assert automatic() == []
    assert tasks() == [("auto_reply", "skipped")]


def test_a_text_that_comes_to_light_hours_later_is_not_answered_by_a_machine():
    Scene(auto_reply="Thank you").texts()
    run_sql("UPDATE inbound_texts SET received_at = now() - interval '7 hours'")

    run_reply_tasks()

    assert (automatic(), tasks()) == ([], [("auto_reply", "skipped")])


def test_a_worker_that_dies_at_an_automatic_answer_costs_nothing():
    scene = Scene(auto_reply="Thank you")
    scene.texts()
    take_task()
    db.session.commit()

    run_reply_tasks()

    assert (len(automatic()), tasks()) == (1, [("auto_reply", "done")])


def test_a_text_is_forwarded_by_email_that_no_machine_answers(carriers):
    scene = Scene(forward_email="bob@club.example", title="Boots")
    text = scene.texts("Which size? {{name}} <b>")

    run_reply_tasks()

    call = carriers.mail.calls[0]
    slots = call.messages[0].slots
    assert carriers.mail.sent_to == ["bob@club.example"]
    assert (call.headers["Auto-Submitted"], call.reply_to) == ("auto-generated", "maria@example.net")
    assert (call.messages[0].message_id, call.configuration_set) == (None, "")  # no event of it may be taken for a message's
    assert slots["subject"] == "Maria Rossi: Which size? {{name}} <b>"
    assert "in answer to “Boots”" in slots["text"]
    assert f"/replies/{text.text_id}" in slots["text"]
    assert "https://app.example.com/answer/" in slots["text"]
    assert "&lt;b&gt;" in slots["html"]


def test_a_text_is_forwarded_by_text_with_where_to_answer_and_what_it_cost(carriers):
    scene = Scene(forward_phone=BOBS_PHONE)
    text = scene.texts()

    run_reply_tasks()

    sent = carriers.texts.texts[0]
    assert (sent.to, sent.sender, sent.status_callback) == (BOBS_PHONE, OURS, None)
    assert sent.body == f"Maria Rossi: Which size?\nAnswer: https://app.example.com/replies/{text.text_id}"
    assert tasks(ReplyTask.state, ReplyTask.segments) == [("done", 1)]


def test_a_phone_that_answers_forwarded_texts_by_itself_goes_in_no_circle(carriers):
    """Bob is on his own list, and his phone says that he is driving."""
    scene = Scene(forward_phone=BOBS_PHONE, auto_reply="Thank you")
    bob = factories.a_participant(scene.club, phone_number=BOBS_PHONE)
    factories.a_message(scene.sendout, bob, Channel.SMS, status="delivered", accepted_at=datetime.now(UTC) - timedelta(hours=3))
    scene.texts()
    run_reply_tasks()

    for _ in range(3):
        scene.texts("I am driving", theirs=BOBS_PHONE)
        run_reply_tasks()

    assert carriers.texts.sent_to == [BOBS_PHONE]
    assert len(automatic()) == 1


def test_a_number_of_ours_is_nothing_to_forward_to():
    scene = Scene(forward_phone=OURS)
    scene.texts()

    assert (run_reply_tasks(), tasks()) == (0, [])


def test_more_than_ten_texts_an_hour_are_not_forwarded_by_text(carriers):
    scene = Scene(forward_phone=BOBS_PHONE)
    for number in range(12):
        scene.texts(f"Text {number}")

    run_reply_tasks()

    assert len(carriers.texts.texts) == 10


def test_texts_back_to_an_answer_go_where_those_to_the_sendout_went(carriers):
    scene = Scene(auto_reply="Thank you", forward_email="bob@club.example")
    first = scene.texts()
    run_reply_tasks()
    freeze(automatic()[0])
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE status = 'pending'")

    second = scene.texts("And when?")
    run_reply_tasks()

    both = [db.session.get_one(InboundText, each.text_id).message_id for each in (first, second)]
    assert both[0] == both[1]
    assert len(carriers.mail.calls) == 2


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Accepted("r1"), "done"),
        (Refused("21211", "No such number"), "failed"),
        (Unknown("time-out"), "in_doubt"),
        (Throttled(30, "slowly"), "due"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_the_provider_answers_is_what_becomes_of_it(carriers, outcome, state):
    carriers.texts.answer = lambda _: outcome
    Scene(forward_phone=BOBS_PHONE).texts()

    run_reply_tasks()
    run_reply_tasks()

    assert tasks() == [("forward_text", state)]
    assert len(carriers.texts.texts) == 1


def test_what_a_dead_worker_had_in_its_hands_is_not_sent_again(carriers):
    Scene(forward_email="bob@club.example").texts()
    take_task()
    db.session.commit()

    run_reply_tasks()

    assert (carriers.mail.calls, tasks()) == ([], [("forward_email", "in_doubt")])


def test_a_task_that_breaks_stands_in_nobodys_way(carriers):
    scene = Scene(forward_email="bob@club.example")
    scene.texts()
    scene.texts("And when?")
    answers = iter([ZeroDivisionError(), None])

    def breaking(_):
        problem = next(answers)
        if problem:
            raise problem
        return Accepted("r1")

    carriers.mail.answer = breaking
    run_reply_tasks()

    assert tasks() == [("forward_email", "in_doubt"), ("forward_email", "done")]


def test_a_stop_that_twilio_does_not_confirm_is_confirmed_once_and_in_their_language(carriers):
    scene = Scene()
    db.session.get_one(Organisation, scene.club.id).language = "de"
    scene.texts("STOPP")
    scene.texts("Abmelden")

    run_reply_tasks()

    assert [text.body for text in carriers.texts.texts] == [
        "Riverside: Sie bekommen keine SMS mehr von uns. Mit START bekommen Sie wieder welche."
    ]


def test_where_twilio_had_confirmed_it_after_all_nothing_failed(carriers):
    carriers.texts.answer = lambda _: Refused("21610", "They texted STOP to this sender.", "opted_out")
    Scene().texts("STOPP")

    run_reply_tasks()

    assert tasks() == [("confirm_stop", "skipped")]


def announced(scene, by, **values):
    user = factories.a_member(scene.club, Role.ORGANISER, **values)
    run_sql("UPDATE memberships SET announced_by = :by WHERE user_id = :id", by=by, id=user.id)
    return user


def test_new_replies_are_announced_as_each_chose_and_together(carriers):
    scene = Scene()
    announced(scene, "both", email="alice@club.example", phone_number="+12015550198")
    announced(scene, "nothing")
    scene.texts()
    scene.texts("And when?")

    run_reply_tasks()

    assert carriers.mail.sent_to == ["alice@club.example"]
    assert carriers.mail.calls[0].messages[0].slots["subject"] == "2 new replies: Maria Rossi"
    assert [text.body for text in carriers.texts.texts] == ["Riverside: 2 new replies. https://app.example.com/replies"]
    assert tasks(ReplyTask.segments).count((1,)) == 1


def test_announcements_wait_for_one_another_and_for_nobody_who_knows(carriers):
    scene = Scene()
    announced(scene, "email", email="alice@club.example")
    scene.texts()
    run_reply_tasks()
    scene.texts("And when?")
    run_reply_tasks()
    waiting = tasks()[-1]
    run_sql("UPDATE reply_tasks SET due_at = now(), done_at = now() - interval '11 minutes'")
    run_sql("UPDATE inbound_texts SET read_at = now()")

    run_reply_tasks()

    assert (waiting, tasks()[-1]) == (("announce_email", "due"), ("announce_email", "skipped"))
    assert len(carriers.mail.calls) == 1


def test_whoever_it_is_forwarded_to_is_not_told_twice(carriers):
    scene = Scene(forward_email="alice@club.example")
    announced(scene, "email", email="alice@club.example")
    scene.texts()

    run_reply_tasks()

    assert len(carriers.mail.calls) == 1


def test_no_transaction_is_open_while_the_provider_is_called(carriers):
    opened = []

    def looking(_):
        opened.append(db.session().in_transaction())
        return Accepted("r1")

    carriers.mail.answer = carriers.texts.answer = looking
    Scene(forward_email="bob@club.example", forward_phone=BOBS_PHONE).texts()

    run_reply_tasks()

    assert opened == [False, False]
