import threading
import time
from collections import Counter

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.channels import Channel, ChannelPlan
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.messages.events import record_events
from app.messages.recording import record
from app.messages.settling import expire_slot
from app.models import UnsubscribeEntry
from app.providers.base import Accepted, Refused, Throttled, Unknown
from app.sendouts.running import Actor, resume
from tests.scenes import a_frozen_scene, batches_of, claimed, freeze, messages_of, run_sql, statuses
from workers.sending import persistently

pytestmark = pytest.mark.usefixtures("database")

GONE = Refused("InvalidRecipient", "No such mailbox", "address")


def recorded(claim, *outcomes, **values):
    result = record(claim, outcomes, **values)
    db.session.commit()
    return result


def entries():
    return [tuple(row) for row in db.session.execute(select(UnsubscribeEntry.channel, UnsubscribeEntry.reason, UnsubscribeEntry.address))]


def test_what_was_accepted_is_sent_with_its_reference():
    scene = a_frozen_scene(2)

    result = recorded(claimed(scene), Accepted("r1"), Accepted("r2"))

    assert (result.accepted_count, result.wait_seconds, result.hold) == (2, 0.0, None)
    assert [(each.status, each.provider_ref, each.accepted_at is not None) for each in messages_of(scene)] == [
        ("sent", "r1", True),
        ("sent", "r2", True),
    ]
    assert [(batch.state, batch.lease_until) for batch in batches_of(scene)] == [("done", None)]
    assert scene.sendout.first_accepted_at is not None
    assert scene.sendout.last_progress_at is not None


def test_texts_keep_what_they_cost():
    scene = a_frozen_scene(3, channel_plan=ChannelPlan.SMS)

    recorded(claimed(scene, Channel.SMS), Accepted("r1"), Accepted("r2", segments=4), Refused("30007", "Filtered"), segments=(1, 2, 3))

    assert [each.segments for each in messages_of(scene)] == [1, 4, None]


REFUSALS = [
    (Channel.EMAIL, Refused("Rejected", "Bad content"), "not_sent", None, None),
    (Channel.EMAIL, GONE, "bad_email", None, "bad_email"),
    (Channel.SMS, Refused("21211", "Not a number", "address"), "bad_number", None, "bad_number"),
    (Channel.SMS, Refused("21610", "Opted out", "opted_out"), "skipped", "stopped", "stop"),
    (Channel.SMS, Refused("30007", "Filtered"), "not_sent", None, None),
    (Channel.SMS, Unknown("No answer in 20 seconds"), "in_doubt", None, None),
]


@pytest.mark.parametrize(("channel", "outcome", "status", "skip", "listed"), REFUSALS)
def test_an_answer_decides_status_and_list(channel, outcome, status, skip, listed):
    scene = a_frozen_scene(1, channel_plan=ChannelPlan(channel))

    recorded(claimed(scene, channel), outcome)

    (row,) = messages_of(scene)
    assert (row.status, row.skip_reason) == (status, skip)
    assert row.error_words == getattr(outcome, "words", None) or outcome.why
    assert row.error_code == getattr(outcome, "code", None)
    assert [(on, reason) for on, reason, _ in entries()] == ([(channel, listed)] if listed else [])
    assert [address for _, _, address in entries()] == ([row.address] if listed else [])
    assert [batch.state for batch in batches_of(scene)] == ["done"]


def test_words_that_the_database_cannot_hold_cost_nothing():
    scene = a_frozen_scene(1)

    recorded(claimed(scene), Refused("550", "No\0 such mailbox"))

    assert messages_of(scene)[0].error_words == "No such mailbox"


def test_throttled_messages_wait_in_their_batch_and_nobody_fails():
    scene = a_frozen_scene(3)

    result = recorded(claimed(scene), Accepted("r1"), Throttled(30.0, "Slow down"), Unknown("reset"))

    (batch,) = batches_of(scene)
    assert (result.accepted_count, result.wait_seconds) == (1, 30.0)
    assert statuses(scene) == ["sent", "pending", "in_doubt"]
    assert (batch.state, batch.lease_until, batch.ready_at > now()) == ("ready", None, True)
    run_sql("UPDATE batches SET ready_at = now()")
    again = claimed(scene)
    assert (again.attempt, [each.message_id for each in again.recipients]) == (2, [messages_of(scene)[1].id])


def test_what_waiting_does_not_help_holds_the_send_out_and_says_why():
    scene = a_frozen_scene(1)

    recorded(claimed(scene), Throttled(300.0, "quota", hold="The day's quota is spent."))

    db.session.expire_all()
    assert (scene.sendout.state, scene.sendout.held_reason) == (SendoutState.HELD, "The day's quota is spent.")
    assert statuses(scene) == ["pending"]


def test_what_was_held_goes_on_as_soon_as_it_is_resumed():
    scene = a_frozen_scene(1)
    recorded(claimed(scene), Throttled(300.0, "quota", hold="The day's quota is spent."))

    resume(scene.sendout.id, Actor(scene.organisation.id, None))
    freeze(scene.sendout)

    assert claimed(scene).attempt == 2


def test_a_late_answer_of_an_expired_attempt_adds_evidence_and_nothing_else():
    scene = a_frozen_scene(4)
    claim = claimed(scene)
    expire_slot("send-test-0")
    db.session.commit()

    result = recorded(claim, Accepted("r1"), GONE, Throttled(5.0, "slow"), Unknown("reset"))

    assert result.accepted_count == 1
    assert statuses(scene) == ["sent", "in_doubt", "in_doubt", "in_doubt"]
    assert [batch.state for batch in batches_of(scene)] == ["done"]
    assert entries() == []


def test_the_answer_to_one_attempt_does_not_close_the_next():
    scene = a_frozen_scene(1)
    first = claimed(scene)
    run_sql("UPDATE batches SET state = 'ready', lease_until = NULL")
    second = claimed(scene)

    recorded(first, GONE)

    assert statuses(scene) == ["pending"]
    assert [(batch.state, batch.attempt) for batch in batches_of(scene)] == [("open", second.attempt)]
    recorded(second, Accepted("r2"))
    recorded(first, Accepted("r1"))
    assert [(each.status, each.provider_ref) for each in messages_of(scene)] == [("sent", "r2")]


def test_an_event_that_came_before_the_record_is_not_lowered_by_it():
    scene = a_frozen_scene(2)
    claim = claimed(scene)
    run_sql(
        "UPDATE messages SET status = 'delivered', delivered_at = now(), provider_ref = 'r0' WHERE id = :id",
        id=claim.recipients[0].message_id,
    )

    recorded(claim, Accepted("r1"), Accepted("r2"))

    assert [(each.status, each.provider_ref) for each in messages_of(scene)] == [("delivered", "r0"), ("sent", "r2")]


def test_recording_twice_is_recording_once():
    scene = a_frozen_scene(2)
    claim = claimed(scene)

    record(claim, [Accepted("r1"), GONE])
    db.session.rollback()
    recorded(claim, Accepted("r1"), GONE)
    recorded(claim, Accepted("r1"), GONE)

    assert statuses(scene) == ["sent", "bad_email"]
    assert len(entries()) == 1


def test_an_empty_batch_is_done_when_all_of_it_was_skipped():
    scene = a_frozen_scene(1)
    run_sql("UPDATE sendouts SET not_useful_after = now() - interval '1 hour'")

    result = recorded(claimed(scene))

    assert result.accepted_count == 0
    assert [batch.state for batch in batches_of(scene)] == ["done"]


def test_an_outcome_survives_the_loss_of_the_database_connection():
    scene = a_frozen_scene(1)
    claim = claimed(scene)
    tries: Counter[str] = Counter()

    def write():
        tries["record"] += 1
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        result = record(claim, [Accepted("r1")])
        if tries["record"] == 1:
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            time.sleep(0.1)
        return result

    result = persistently(write, claim)

    assert (tries["record"], result.accepted_count) == (2, 1)
    assert statuses(scene) == ["sent"]


def test_what_the_database_would_refuse_for_ever_is_not_tried_for_ever():
    scene = a_frozen_scene(2)
    claim = claimed(scene)

    with pytest.raises(IntegrityError, match="uq_messages_provider_ref"):
        persistently(lambda: record(claim, [Accepted("same"), Accepted("same")]), claim)

    db.session.rollback()
    assert [batch.state for batch in batches_of(scene)] == ["open"]


def test_recording_waits_for_a_message_without_holding_a_later_one_or_the_send_out(app):
    """Whoever writes events of the first message goes on to the second and to the send-out: held already, that would be a deadlock."""
    scene = a_frozen_scene(2)
    claim = claimed(scene)
    first, second = (each.message_id for each in claim.recipients)

    def write():
        with app.app_context():
            recorded(claim, Unknown("reset"), Accepted("r2"))

    recording = threading.Thread(target=write)
    with db.engine.begin() as events:
        events.execute(text("SELECT FROM messages WHERE id = :id FOR UPDATE"), {"id": first})
        recording.start()
        wait_until_somebody_waits()
        events.execute(text("SELECT FROM messages WHERE id = :id FOR UPDATE NOWAIT"), {"id": second})
        events.execute(text("SELECT FROM sendouts FOR NO KEY UPDATE NOWAIT"))
    recording.join(10)

    assert statuses(scene) == ["in_doubt", "sent"]


def wait_until_somebody_waits():
    for _ in range(200):
        with db.engine.connect() as looking:
            if looking.execute(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")


def an_event(message_id, number):
    return DeliveryEvent(
        channel=Channel.EMAIL,
        kind=EventKind.STATUS,
        event_key=f"sent-{message_id}",
        provider_ref=f"r{number}",
        occurred_at=now(),
        status=DeliveryStatus.SENT,
        message_id=message_id,
    )


def test_recording_and_events_never_meet_crosswise(app):
    """Every message's event comes while its batch is recorded, refused ones before accepted ones in the batch and after it."""
    scene = a_frozen_scene(120, email=6)
    claims = [claimed(scene) for _ in range(20)]
    deadlocks: Counter[str] = Counter()
    start = threading.Barrier(2)

    def answers(claim):
        return [Accepted(f"r{each.message_id}") if number % 2 else Unknown("reset") for number, each in enumerate(claim.recipients)]

    def run(steps):
        with app.app_context():
            start.wait(5)
            for step in steps:
                for _ in range(5):
                    try:
                        step()
                        db.session.commit()
                        break
                    except DBAPIError as problem:
                        deadlocks[type(problem).__name__] += 1
                        db.session.rollback()
            db.session.remove()

    recording = [lambda claim=claim: record(claim, answers(claim)) for claim in claims]
    hearing = [
        lambda claim=claim: record_events([an_event(each.message_id, each.message_id) for each in claim.recipients]) for claim in claims
    ]
    threads = [threading.Thread(target=run, args=(steps,)) for steps in (recording, hearing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not deadlocks
    assert statuses(scene) == ["sent"] * 120
