import threading
import time
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisIsAway
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app import jobs
from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import CallbackReceipt, Heartbeat, ParticipantImport, ReplyTask, Sendout, SendoutCount
from tests.factories import a_received_text, an_organisation, saved
from tests.scenes import a_frozen_scene, a_scene, asked_for, batches_of, claimed, messages_of, run_sql, statuses, the_web_is_there
from workers import schedule
from workers.heartbeats import beat
from workers.runtime import draining, is_held, only_one
from workers.schedule import (
    Task,
    clean_up,
    fill_slots,
    find_inbound,
    find_prices,
    fold_counts,
    follow_replies,
    guard,
    look_at_account,
    main,
    reconcile,
    run_due,
    settle,
    sign_of_life,
    start_due,
    sweep,
    tasks,
)

pytestmark = pytest.mark.usefixtures("database", "worker_app")


@pytest.fixture(autouse=True)
def no_second_window(monkeypatch):
    """Nothing is asked for again because a few seconds began anew while a test ran."""
    monkeypatch.setattr(jobs, "ASK_AGAIN_SECONDS", 10**12)


def test_what_was_scheduled_for_now_starts():
    due = a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now() - timedelta(seconds=1))
    urgent = a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now() - timedelta(hours=5), is_urgent=True)
    later = a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now() + timedelta(minutes=1))

    start_due()
    messages_of(due)

    assert [each.sendout.state for each in (due, urgent, later)] == ["launching", "launching", "scheduled"]
    assert asked_for("default") == [f"launch-{due.sendout.id}"]
    assert asked_for("urgent") == [f"launch-{urgent.sendout.id}"]


def test_what_is_found_hours_late_is_held_and_says_why():
    scene = a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now() - timedelta(hours=7))

    start_due()
    messages_of(scene)

    assert (scene.sendout.state, scene.sendout.held_reason) == (SendoutState.HELD, schedule.FOUND_TOO_LATE)
    assert asked_for("default") == []


def test_a_launch_waits_until_send_can_no_longer_be_undone():
    a_scene(1, leaves_at=now() + timedelta(seconds=10))

    start_due()

    assert asked_for("default") == []


def test_a_launch_that_died_is_asked_for_again_unless_somebody_is_at_it():
    scene = a_scene(1, state=SendoutState.RUNNING, audience_count=1)
    with only_one(f"launch-{scene.sendout.id}"):
        start_due()
    assert asked_for("default") == []

    start_due()
    start_due()

    assert asked_for("default") == [f"launch-{scene.sendout.id}"]


def test_an_import_whose_job_was_lost_is_asked_for_again():
    job = saved(ParticipantImport(organisation_id=an_organisation().id, state="running", file_name="people.csv"))
    db.session.commit()
    with only_one(f"import-{job.id}"):
        start_due()
    assert asked_for("default") == []

    start_due()

    assert asked_for("default") == [f"import-{job.id}"]


def test_every_free_slot_with_work_is_filled_once():
    a_frozen_scene(1)
    a_frozen_scene(1, is_urgent=True, channel_plan=ChannelPlan.SMS)

    with only_one("send-email-1"):
        fill_slots()
        fill_slots()

    assert asked_for("sending") == ["send-email-0"]
    assert asked_for("urgent") == ["urgent-sms-0"]
    assert asked_for("callbacks") == []


def test_a_slot_that_is_looked_at_is_not_taken():
    a_frozen_scene(1)
    assert not is_held("send-email-0")

    with only_one("send-email-0") as mine:
        assert mine
        assert is_held("send-email-0")
    assert not is_held("send-email-0")


def test_receipts_that_wait_are_asked_for_unless_somebody_applies_them():
    saved(CallbackReceipt(kind="ses", receipt_key="k", url="https://app.example.com/callbacks/ses", body=b"{}"))
    db.session.commit()
    with only_one("apply-receipts"):
        fill_slots()
    assert asked_for("callbacks") == []

    fill_slots()

    assert asked_for("callbacks") == ["apply-receipts"]


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [("due", True), ("doing", True), ("done", False), ("skipped", False), ("in_doubt", False)],
)
def test_what_is_to_be_done_about_replies_is_asked_for_unless_somebody_is_at_it(state, is_asked):
    text = a_received_text(an_organisation())
    claimed_at = now() if state == "doing" else None
    values = {"kind": "forward_email", "address": "bob@club.example", "state": state, "claimed_at": claimed_at}
    saved(ReplyTask(organisation_id=text.organisation_id, text_id=text.id, **values))
    db.session.commit()
    with only_one("reply-tasks"):
        follow_replies()
    assert asked_for("default") == []

    follow_replies()

    assert asked_for("default") == ["reply-tasks"] * is_asked


def test_the_sweep_finds_dead_holders_at_once_and_leaves_living_ones_alone():
    scene = a_frozen_scene(2, email=1)
    claimed(scene)
    run_sql("UPDATE batches SET slot = 'send-email-0' WHERE state = 'open'")
    claimed(scene)

    with only_one("send-email-0"):
        sweep()

    assert statuses(scene) == ["pending", "in_doubt"]
    sweep()
    assert statuses(scene) == ["in_doubt", "in_doubt"]
    assert [batch.state for batch in batches_of(scene)] == ["done", "done"]


def test_the_sweep_finds_a_lease_that_ran_out_whoever_holds_the_slot():
    scene = a_frozen_scene(1)
    claimed(scene)
    run_sql("UPDATE batches SET lease_until = now() - interval '1 second'")

    with only_one("send-test-0"):
        sweep()

    assert statuses(scene) == ["in_doubt"]


def test_the_sweep_releases_what_waited_for_an_email_that_failed():
    scene = a_frozen_scene(1, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    run_sql("UPDATE messages SET status = 'bounced' WHERE channel = 'email'")

    sweep()

    assert messages_of(scene)[1].batch_id is not None


def test_the_sweep_finishes_a_cancellation():
    ready = a_frozen_scene(1)
    waits = a_frozen_scene(1, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    run_sql("UPDATE batches SET state = 'done' WHERE sendout_id = :id", id=waits.sendout.id)
    run_sql("UPDATE messages SET status = 'sent' WHERE sendout_id = :id AND channel = 'email'", id=waits.sendout.id)
    run_sql("UPDATE sendouts SET state = 'cancelled'")

    sweep()

    assert statuses(ready) == ["cancelled"]
    assert statuses(waits) == ["sent", "cancelled"]


def test_settling_is_asked_for_when_something_is_in_doubt():
    scene = a_frozen_scene(1)
    settle()
    assert asked_for("default") == []

    run_sql("UPDATE messages SET status = 'in_doubt' WHERE sendout_id = :id", id=scene.sendout.id)
    with only_one("settle"):
        settle()
    assert asked_for("default") == []
    settle()

    assert asked_for("default") == ["settle"]


def test_counts_are_folded():
    a_frozen_scene(2)

    fold_counts()
    db.session.rollback()

    assert db.session.scalars(select(SendoutCount.amount)).all() == [2]


def test_signs_of_life_are_kept_for_a_day_and_the_webs_for_good():
    the_web_is_there()
    beat("worker default@host:1", "worker default")
    beat("worker default@host:1", "worker default")
    run_sql("UPDATE heartbeats SET seen_at = now() - interval '25 hours'")

    sign_of_life()
    db.session.rollback()

    assert sorted(db.session.scalars(select(Heartbeat.kind))) == ["schedule", "web"]


def test_two_schedules_at_once_do_a_thing_once(worker_app):
    ran, start = [], threading.Barrier(2)

    def slowly():
        ran.append(threading.get_ident())
        time.sleep(0.3)

    def loop():
        with worker_app.app_context():
            start.wait(5)
            run_due(Task(slowly, 1))

    loops = [threading.Thread(target=loop) for _ in range(2)]
    for each in loops:
        each.start()
    for each in loops:
        each.join(10)

    assert len(ran) == 1


def test_two_schedules_enqueue_once():
    a_frozen_scene(1)

    for _ in range(3):
        run_due(Task(fill_slots, 1))

    assert asked_for("sending") == ["send-email-0", "send-email-1"]


def lose_the_database():
    with db.engine.connect() as other:
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.commit()
    db.session.execute(text("SELECT 1"))


def lose_redis():
    raise RedisIsAway("away")


def lose_everything():
    raise OperationalError("SELECT 1", {}, Exception("gone"))


@pytest.mark.parametrize("trouble", [lose_the_database, lose_redis, lose_everything])
def test_a_task_that_finds_something_away_is_put_off_and_comes_again(trouble):
    run_due(Task(trouble, 1))

    a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now())
    run_due(Task(start_due, 1))

    assert db.session.scalars(select(Sendout.state)).all() == [SendoutState.LAUNCHING]


@pytest.mark.usefixtures("redis_away")
def test_without_redis_what_is_due_is_noted_and_asked_for_later():
    a_scene(1, state=SendoutState.SCHEDULED, scheduled_at=now())

    run_due(Task(start_due, 1))

    assert db.session.scalars(select(Sendout.state)).all() == [SendoutState.LAUNCHING]


def test_a_task_is_due_every_so_often():
    task = Task(lose_redis, 60)

    assert (task.is_due(), task.is_due()) == (True, False)
    often = {"fill_slots", "start_due", "sweep", "guard", "settle", "follow_replies", "fold_counts", "sign_of_life", "announce_approvals"}
    assert {each.run.__name__ for each in tasks()} == often | {"reconcile", "find_inbound", "find_prices", "look_at_account", "clean_up"}


@pytest.mark.parametrize(
    ("ask", "job"),
    [
        (reconcile, "check-texts"),
        (find_inbound, "find-inbound"),
        (find_prices, "ask-prices"),
        (look_at_account, "ask-account"),
        (clean_up, "clean-up"),
    ],
)
def test_what_is_done_now_and_then_is_asked_for_as_a_job(ask, job):
    ask()

    assert asked_for("default") == [job]


def test_the_loop_goes_on_past_a_task_that_fails_and_ends_when_it_is_told_to(monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(draining, "asked", False)
    runs = []

    def tick():
        runs.append(1)
        if len(runs) == 3:
            draining.ask()
        raise RedisIsAway

    main(lambda: [Task(tick, 0)])

    assert len(runs) == 3


def test_a_large_send_out_whose_first_part_goes_wrong_is_held(monkeypatch):
    monkeypatch.setattr("app.messages.guarding.GUARDED_ABOVE", 1)
    scene = a_frozen_scene(4, email=1)
    run_sql(
        """INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, status, accepted_at)
           SELECT organisation_id, id, 1000000 + n, 'email', 'bounced', now() FROM sendouts, generate_series(1, 200) AS n"""
    )

    guard()
    messages_of(scene)

    assert (scene.sendout.state, scene.sendout.held_trouble) == (SendoutState.HELD, "bounces")
    assert "200 of 200 e-mails (100.0 %) came back" in (scene.sendout.held_reason or "")
