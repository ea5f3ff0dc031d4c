import threading
from unittest.mock import Mock

import pytest
from psycopg.errors import InFailedSqlTransaction, ReadOnlySqlTransaction
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.extensions import db, redis_client
from app.messages.quota import KEY
from app.messages.recording import record
from app.messages.settling import expire_slot
from app.models import SendoutAttachment
from app.providers.base import Accepted, Refused, Throttled, Unknown
from app.sendouts.running import Actor, cancel, pause
from tests.factories import saved
from tests.scenes import a_frozen_scene, asked_for, batches_of, claimed, messages_of, run_sql, statuses
from tests.sendouts.crowds import agree
from workers import carrying, sending
from workers.runtime import only_one
from workers.sending import LANES, send_slot
from workers.slots import Slot

pytestmark = pytest.mark.usefixtures("database", "carriers")


def test_a_slot_hands_everything_over_and_writes_it_down(carriers):
    scene = a_frozen_scene(5, email=2)

    assert send_slot("email", 0, 0) == 5

    assert carriers.mail.sent_to == [person.email_address for person in scene.people]
    assert [len(call.messages) for call in carriers.mail.calls] == [2, 2, 1]
    assert [(each.status, each.provider_ref) for each in messages_of(scene)] == [
        ("sent", f"ref-{each.id}-1") for each in messages_of(scene)
    ]
    assert {(batch.state, batch.slot) for batch in batches_of(scene)} == {("done", "send-email-0")}
    assert send_slot("email", 0, 0) == 0


def test_an_email_call_says_the_same_once_and_each_persons_words_apart(carriers):
    scene = a_frozen_scene(
        2, html='<p>Hello {{ first_name }}, <a href="https://club.example/camp">look</a></p>', subject="Camp for {{ first_name }}",
        communication_type=CommunicationType.MARKETING, reply_to="office@club.example",
    )  # fmt: skip

    send_slot("email", 0, 0)

    (call,) = carriers.mail.calls
    first, second = call.messages
    assert (call.reply_to, call.configuration_set, call.provider_tracking) == ("office@club.example", "bulk-marketing", False)
    assert call.headers == {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert first.headers["List-Unsubscribe"] == f"<{first.slots['unsubscribe']}>"
    assert first.slots["click"].startswith("https://app.example.com/c/")
    assert first.slots["open"].endswith(".gif")
    assert [slot for slot in ("{{unsubscribe}}", "{{open}}", "{{click}}/0") if slot not in call.html] == []
    assert first.slots["unsubscribe"] != second.slots["unsubscribe"]
    assert (first.message_id, first.attempt) == (messages_of(scene)[0].id, 1)


def test_an_untracked_email_has_neither_pixel_nor_redirects(carriers):
    a_frozen_scene(1, html='<a href="https://club.example/">look</a>', is_tracking=False)

    send_slot("email", 0, 0)

    (call,) = carriers.mail.calls
    assert "https://club.example/" in call.html
    assert not {"open", "click"} & set(call.messages[0].slots)


def test_attachments_travel_along(carriers):
    scene = a_frozen_scene(1)
    saved(
        SendoutAttachment(
            organisation_id=scene.organisation.id,
            sendout_id=scene.sendout.id,
            file_name="a.pdf",
            content_type="application/pdf",
            content=b"%PDF",
        )
    )
    db.session.commit()

    send_slot("email", 0, 0)

    assert [(each.file_name, each.content) for each in carriers.mail.calls[0].attachments] == [("a.pdf", b"%PDF")]


def test_texts_carry_their_own_words_and_where_to_report(carriers):
    scene = a_frozen_scene(3, channel_plan=ChannelPlan.SMS)
    let_the_bucket_fill(scene)

    assert send_slot("sms", 0, 0) == 3

    assert carriers.texts.sent_to == sorted(str(person.phone_number) for person in scene.people)
    text = min(carriers.texts.texts, key=lambda each: each.message_id)
    assert text.body == "Hello Ava"
    assert text.status_callback.startswith(f"https://app.example.com/callbacks/twilio/status?m={text.message_id}&a=1")
    assert [each.segments for each in messages_of(scene)] == [1, 1, 1]


def let_the_bucket_fill(scene, tokens=100):
    clock = float(redis_client.client.time()[0])
    redis_client.client.hset(f"tokens:sms-{scene.sendout.sms_sender_id}", mapping={"tokens": tokens, "at": clock})


def test_texts_of_several_segments_leave_the_sender_in_debt():
    scene = a_frozen_scene(2, sms=2, channel_plan=ChannelPlan.SMS, sms_body="\u2019" * 200)
    run_sql("UPDATE senders SET segments_per_second = 2 WHERE channel = 'sms'")
    let_the_bucket_fill(scene, 2)

    assert send_slot("sms", 0, 0) == 2

    owed = float(redis_client.client.hget(f"tokens:sms-{scene.sendout.sms_sender_id}", "tokens") or 0)
    assert owed == pytest.approx(2 - 2 * 3, abs=1.0)


def test_who_cannot_be_written_to_personally_is_refused_and_the_others_go(carriers):
    scene = a_frozen_scene(3, html="<p>{{ first_name | divided_by: 0 }}</p>")
    run_sql("UPDATE sendouts SET html = '<p>{% if first_name == \"Zoe\" %}{{ 1 | divided_by: 0 }}{% endif %}Hello</p>'")
    run_sql("UPDATE participants SET first_name = 'Zoe' WHERE id = :id", id=scene.people[1].id)

    assert send_slot("email", 0, 0) == 2

    assert statuses(scene) == ["sent", "not_sent", "sent"]
    assert messages_of(scene)[1].error_code == "render"
    assert len(carriers.mail.sent_to) == 2


@pytest.mark.parametrize(("channel", "broken"), [("email", {"html": "<p>{% if %}</p>"}), ("sms", {"sms_body": "{% if %}"})])
def test_a_template_that_cannot_be_read_fails_its_own_send_out_alone(channel, broken):
    plan = ChannelPlan(channel)
    first = a_frozen_scene(2, channel_plan=plan)
    column, value = next(iter(broken.items()))
    run_sql(f"UPDATE sendouts SET {column} = :value", value=value)  # noqa: S608
    other = a_frozen_scene(1, channel_plan=plan)
    let_the_bucket_fill(other)

    send_slot(channel, 0, 0)

    assert statuses(first) == ["not_sent", "not_sent"]
    assert statuses(other) == ["sent"]


def test_a_text_that_cannot_be_personalised_is_refused():
    scene = a_frozen_scene(2, channel_plan=ChannelPlan.SMS)
    run_sql("UPDATE sendouts SET sms_body = '{% if first_name == \"Zoe\" %}{{ 1 | divided_by: 0 }}{% endif %}Hello'")
    run_sql("UPDATE participants SET first_name = 'Zoe' WHERE id = :id", id=scene.people[0].id)
    let_the_bucket_fill(scene)

    send_slot("sms", 0, 0)

    assert statuses(scene) == ["not_sent", "sent"]


def test_a_batch_that_was_skipped_whole_calls_nobody(carriers):
    scene = a_frozen_scene(2)
    run_sql("UPDATE sendouts SET not_useful_after = now() - interval '1 hour'")

    assert send_slot("email", 0, 0) == 0

    assert carriers.mail.calls == []
    assert statuses(scene) == ["skipped", "skipped"]


@pytest.mark.usefixtures("redis_away")
def test_without_redis_nothing_is_sent(carriers):
    scene = a_frozen_scene(1)

    assert send_slot("email", 0, 0) == 0

    assert carriers.mail.calls == []
    assert statuses(scene) == ["pending"]


def test_what_the_rate_does_not_allow_waits_unclaimed(carriers):
    carriers.rate = 0.2
    scene = a_frozen_scene(1)

    assert send_slot("email", 0, 0) == 0

    assert carriers.mail.calls == []
    assert [batch.state for batch in batches_of(scene)] == ["ready"]


def test_a_short_wait_for_the_rate_is_waited_for(carriers):
    carriers.rate = 2.0
    scene = a_frozen_scene(1, email=1)

    assert send_slot("email", 0, 0) == 1

    assert statuses(scene) == ["sent"]


def test_a_sender_that_must_wait_holds_up_nobody_elses_texts():
    slow = a_frozen_scene(2, channel_plan=ChannelPlan.SMS, sms=1)
    quick = a_frozen_scene(3, channel_plan=ChannelPlan.SMS, sms=1)
    run_sql("UPDATE senders SET segments_per_second = 0.05 WHERE id = :id", id=slow.sendout.sms_sender_id)
    let_the_bucket_fill(quick)

    assert send_slot("sms", 0, 0) == 3

    assert statuses(quick) == ["sent"] * 3
    assert statuses(slow) == ["pending"] * 2


def test_when_the_provider_asks_for_patience_everybody_is_patient(carriers):
    carriers.rate = 100.0
    scene = a_frozen_scene(2, email=1)
    redis_client.client.hset("tokens:ses", mapping={"tokens": 100, "at": float(redis_client.client.time()[0])})
    carriers.mail.answer = lambda _: Throttled(30.0, "Maximum sending rate exceeded")

    assert send_slot("email", 0, 0) == 0
    assert send_slot("email", 1, 0) == 0

    assert len(carriers.mail.calls) == 1
    assert statuses(scene) == ["pending", "pending"]


def test_an_account_without_limit_is_patient_too(carriers):
    carriers.rate = None
    scene = a_frozen_scene(2, email=1)
    carriers.mail.answer = lambda _: Throttled(30.0, "Maximum sending rate exceeded")

    assert [send_slot("email", number, 0) for number in (0, 1)] == [0, 0]

    assert len(carriers.mail.calls) == 1
    assert statuses(scene) == ["pending", "pending"]


@pytest.mark.parametrize(("channel", "bucket"), [("email", "ses"), ("sms", "sms-{sender}")])
def test_what_is_urgent_goes_at_once_however_much_bulk_is_owed(carriers, channel, bucket):
    carriers.rate = 10.0
    bulk = a_frozen_scene(30, channel_plan=ChannelPlan(channel), email=10, sms=10)
    urgent = a_frozen_scene(2, organisation=bulk.organisation, channel_plan=ChannelPlan(channel), is_urgent=True)
    run_sql("UPDATE sendouts SET sms_sender_id = :id", id=bulk.sendout.sms_sender_id)
    run_sql("UPDATE senders SET segments_per_second = 10")
    clock = float(redis_client.client.time()[0])
    name = bucket.format(sender=bulk.sendout.sms_sender_id)
    redis_client.client.hset(f"tokens:{name}", mapping={"tokens": -9_000, "at": clock})
    redis_client.client.hset(f"tokens:{name}:urgent", mapping={"tokens": 10, "at": clock})

    assert (send_slot(channel, 0, 1), send_slot(channel, 0, 0)) == (2, 0)

    assert (statuses(urgent), set(statuses(bulk))) == (["sent"] * 2, {"pending"})


def test_organisations_take_turns_even_if_every_slot_ends_at_its_first_call(carriers):
    """Where the provider throttles every second call, the slot ends, and the next begins with no memory of whose turn it was."""
    many, one = a_frozen_scene(6, email=1), a_frozen_scene(3, email=1)
    throttled = Throttled(30.0, "Maximum sending rate exceeded")
    carriers.mail.answer = lambda each: throttled if len(carriers.mail.calls) % 2 == 0 else Accepted(f"r{each.message_id}")

    for _ in range(6):
        send_slot("email", 0, 0)
        redis_client.client.flushdb()
        run_sql("UPDATE batches SET ready_at = now() WHERE state = 'ready'")
        run_sql("UPDATE sendouts SET last_progress_at = last_progress_at - interval '2 seconds'")

    assert (statuses(many).count("sent"), statuses(one).count("sent")) == (3, 3)


def test_what_holds_one_send_out_holds_nobody_elses(carriers):
    held = a_frozen_scene(1)
    other = a_frozen_scene(1)
    bad = held.people[0].email_address
    carriers.mail.answer = lambda each: (
        Throttled(300.0, "not verified", hold="Verify it.") if each.to == bad else Accepted(f"r{each.message_id}")
    )

    assert send_slot("email", 0, 0) == 1

    assert (held.sendout.state, statuses(held), statuses(other)) == ("held", ["pending"], ["sent"])


def test_a_slot_with_much_to_do_hands_over_in_several_lanes(carriers, monkeypatch):
    monkeypatch.setattr("workers.sending.MUCH", 1)
    monkeypatch.setattr("workers.sending.WORTH_LANES", 0)
    scene = a_frozen_scene(1 + LANES, email=1)
    all_are_calling = threading.Barrier(LANES, timeout=30)

    def answer(outgoing):
        if len(carriers.mail.calls) > 1:
            all_are_calling.wait()
        return Accepted(f"r{outgoing.message_id}")

    carriers.mail.answer = answer

    assert send_slot("email", 0, 0) == 1 + LANES

    assert set(carriers.mail.sent_to) == {person.email_address for person in scene.people}
    assert len(carriers.mail.sent_to) == 1 + LANES
    assert statuses(scene) == ["sent"] * (1 + LANES)


def test_a_lane_that_hardly_waits_stays_alone(carriers, monkeypatch):
    monkeypatch.setattr("workers.sending.MUCH", 1)
    monkeypatch.setattr("workers.sending.WORTH_LANES", 1e9)
    scene = a_frozen_scene(6, email=1)
    lanes = set()

    def answer(outgoing):
        lanes.add(threading.current_thread().name)
        return Accepted(f"r{outgoing.message_id}")

    carriers.mail.answer = answer

    assert send_slot("email", 0, 0) == 6
    assert len(lanes) == 1
    assert statuses(scene) == ["sent"] * 6


@pytest.mark.parametrize("verb", [pause, cancel])
def test_pause_and_cancel_act_before_the_next_call(carriers, verb, app):
    scene = a_frozen_scene(3, email=1)
    sendout_id, actor = scene.sendout.id, Actor(scene.organisation.id, None)

    def press_meanwhile(outgoing):
        def press():
            with app.app_context():
                verb(sendout_id, actor)
                db.session.commit()

        pressing = threading.Thread(target=press)
        pressing.start()
        pressing.join(10)
        return Accepted(f"r{outgoing.message_id}")

    carriers.mail.answer = press_meanwhile

    assert send_slot("email", 0, 0) == 1
    assert statuses(scene)[0] == "sent"
    assert len(carriers.mail.calls) == 1


@pytest.mark.usefixtures("draining_asked")
def test_told_to_stop_it_takes_no_other_batch(carriers):
    a_frozen_scene(1)

    assert send_slot("email", 0, 0) == 0
    assert carriers.mail.calls == []


def test_a_slot_is_held_by_one_process_at_a_time():
    a_frozen_scene(1)

    with only_one("send-email-0") as mine:
        assert mine
        assert send_slot("email", 0, 0) == 0
    assert send_slot("email", 0, 0) == 1


def test_a_slot_whose_time_is_over_asks_for_the_next_at_once(monkeypatch):
    a_frozen_scene(1)
    monkeypatch.setattr(sending, "SLOT_SECONDS", 0)

    assert send_slot("email", 0, 0) == 0

    assert asked_for("sending") == ["send-email-0", "send-email-1"]


def test_a_slot_that_has_to_wait_for_long_asks_for_none(carriers):
    carriers.rate = 100.0
    a_frozen_scene(2, email=1)
    redis_client.client.hset("tokens:ses", mapping={"tokens": 100, "at": float(redis_client.client.time()[0])})
    carriers.mail.answer = lambda _: Throttled(30.0, "Maximum sending rate exceeded")

    assert send_slot("email", 0, 0) == 0

    assert asked_for("sending") == []


def test_a_batch_that_goes_person_by_person_knows_of_a_pause(carriers, monkeypatch):
    monkeypatch.setattr(carrying, "PAUSED_WITHIN_SECONDS", 0)
    scene = a_frozen_scene(1)
    seen = []

    def answer(_):
        goes_on = carriers.mail.calls[0].goes_on
        seen.append(goes_on())
        pause(scene.sendout.id, Actor(scene.organisation.id, None))
        db.session.commit()
        seen.append(goes_on())
        return Throttled(0.0, "It was paused before its turn.")

    carriers.mail.answer = answer

    assert send_slot("email", 0, 0) == 0
    assert (seen, statuses(scene)) == ([True, False], ["pending"])


def test_an_answer_is_kept_until_the_database_can_be_written_to_again(monkeypatch):
    scene = a_frozen_scene(1)
    answers = iter([InternalError("UPDATE", {}, ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction"))])

    def record_or_fail(*told, **more):
        if problem := next(answers, None):
            raise problem
        return record(*told, **more)

    monkeypatch.setattr(sending, "record", record_or_fail)

    assert send_slot("email", 0, 0) == 1
    assert statuses(scene) == ["sent"]


def test_what_the_database_refuses_for_ever_ends_in_doubt(monkeypatch):
    scene = a_frozen_scene(1)
    monkeypatch.setattr(sending, "record", Mock(side_effect=InternalError("UPDATE", {}, InFailedSqlTransaction("never"))))

    with pytest.raises(InternalError):
        send_slot("email", 0, 0)
    expire_slot("send-email-0")
    db.session.commit()

    assert statuses(scene) == ["in_doubt"]


def test_urgent_work_is_taken_by_urgent_slots_alone():
    scene = a_frozen_scene(1, is_urgent=True)

    assert send_slot("email", 0, 0) == 0
    assert send_slot("email", 0, 1) == 1
    assert Slot(Channel.EMAIL, 0, is_urgent=True).name == batches_of(scene)[0].slot


def test_the_next_in_the_slot_puts_in_doubt_what_a_dead_one_left():
    scene = a_frozen_scene(2, email=1)
    claimed(scene)
    run_sql("UPDATE batches SET slot = 'send-email-0' WHERE state = 'open'")

    assert send_slot("email", 1, 0) == 1
    assert statuses(scene) == ["pending", "sent"]
    send_slot("email", 0, 0)
    assert statuses(scene) == ["in_doubt", "sent"]


def test_a_carrier_that_breaks_leaves_its_batch_in_doubt_and_nothing_lost(carriers):
    scene = a_frozen_scene(2, email=1)

    def break_once(outgoing):
        if len(carriers.mail.calls) == 1:
            raise RuntimeError("a fault of ours")
        return Accepted(f"r{outgoing.message_id}")

    carriers.mail.answer = break_once
    with pytest.raises(RuntimeError):
        send_slot("email", 0, 0)

    assert send_slot("email", 0, 0) == 1
    assert statuses(scene) == ["in_doubt", "sent"]


def test_no_transaction_is_open_while_the_provider_is_called(carriers):
    a_frozen_scene(2)
    open_ones = []

    def look(outgoing):
        with db.engine.connect() as looking:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
            open_ones.append(looking.execute(text(asked)).scalar_one())
        return Accepted(f"r{outgoing.message_id}")

    carriers.mail.answer = look
    db.session.rollback()

    send_slot("email", 0, 0)

    assert open_ones == [0, 0]


ANSWERS = {
    Accepted: lambda each: Accepted(f"r{each.message_id}"),
    Refused: lambda _: Refused("x", "No"),
    Unknown: lambda _: Unknown("reset"),
}


@pytest.mark.parametrize(("kind", "status"), [(Accepted, "sent"), (Refused, "not_sent"), (Unknown, "in_doubt")])
def test_whatever_the_answer_nobody_stays_pending(carriers, kind, status):
    scene = a_frozen_scene(3, email=2, communication_type=CommunicationType.MARKETING)
    for person in scene.people:
        agree(person)
    carriers.mail.answer = ANSWERS[kind]

    send_slot("email", 0, 0)

    assert statuses(scene) == [status] * 3
    assert redis_client.client.exists(KEY)
