from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.channels import Channel, ChannelPlan
from app.domain.doubt import LATER_SENDS
from app.extensions import db
from app.lib.clock import now
from app.messages.settling import expire_slot
from app.models import MessageEvent, ReplyTask
from app.providers.twilio import TextRecord
from tests.factories import a_received_text, saved
from tests.scenes import a_frozen_scene, batches_of, claimed, messages_of, run_sql, statuses, the_web_is_there
from workers.runtime import only_one
from workers.settling import settle

pytestmark = pytest.mark.usefixtures("database", "carriers")


@pytest.fixture
def policy_ask(worker_app):
    config = worker_app.extensions["sendout"]
    worker_app.extensions["sendout"] = type(config)(**{name: getattr(config, name) for name in config.__slots__} | {"settle_policy": "ask"})
    yield
    worker_app.extensions["sendout"] = config


def texts_in_doubt(people=1):
    scene = a_frozen_scene(people, channel_plan=ChannelPlan.SMS)
    claimed(scene, Channel.SMS)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - interval '1000 seconds' WHERE state = 'done'")
    return scene


def listed(ref, body="Hello Ava", seconds_ago=990):
    return TextRecord(ref, "+1", "+15005550006", body, "sent", None, 1, now() - timedelta(seconds=seconds_ago))


def look_again():
    """As after the pause between two looks."""
    run_sql("UPDATE batches SET looked_at = looked_at - interval '700 seconds'")
    settle()


def number_of(scene, person=0):
    return scene.people[person].phone_number


def test_a_text_found_once_was_taken(carriers):
    scene = texts_in_doubt()
    carriers.listed = {number_of(scene): [listed("SM1")]}

    settle()

    assert [(each.status, each.provider_ref, each.error_words) for each in messages_of(scene)] == [("sent", "SM1", None)]


def test_a_text_found_twice_stays_in_doubt(carriers):
    scene = texts_in_doubt()
    carriers.listed = {number_of(scene): [listed("SM1"), listed("SM2")]}

    settle()
    look_again()

    assert statuses(scene) == ["in_doubt"]


def test_a_text_that_two_looks_did_not_find_goes_again(carriers):
    scene = texts_in_doubt(2)
    carriers.listed = {number_of(scene, 1): [listed("SM2")]}

    settle()
    assert statuses(scene) == ["in_doubt", "sent"]
    settle()
    assert carriers.looks == [number_of(scene, 0), number_of(scene, 1)]
    look_again()

    old, fresh = batches_of(scene)
    assert statuses(scene) == ["pending", "sent"]
    assert (fresh.state, fresh.attempt, fresh.message_count, old.looked_at is not None) == ("ready", 1, 1, True)


def test_a_text_that_is_known_to_be_another_message_is_not_this_one(carriers):
    scene = texts_in_doubt()
    other = a_frozen_scene(1, channel_plan=ChannelPlan.SMS)
    run_sql("UPDATE messages SET status = 'sent', provider_ref = 'SM1' WHERE sendout_id = :id", id=other.sendout.id)
    carriers.listed = {number_of(scene): [listed("SM1")]}

    settle()
    look_again()

    assert statuses(scene) == ["pending"]
    assert messages_of(scene)[0].provider_ref is None


def test_a_text_forwarded_to_the_same_number_is_not_this_one_and_delays_nothing(carriers):
    scene = texts_in_doubt()
    received = a_received_text(scene.organisation)
    forwarded = {"kind": "forward_text", "state": "done", "address": number_of(scene), "provider_ref": "SM1"}
    saved(ReplyTask(organisation_id=scene.organisation.id, text_id=received.id, **forwarded))
    db.session.commit()
    carriers.listed = {number_of(scene): [listed("SM1", "Ava: I shall be late")]}

    settle()
    look_again()

    assert statuses(scene) == ["pending"]


def test_while_another_text_to_that_number_is_being_handed_over_it_may_be_that_one(carriers):
    scene = texts_in_doubt()
    other = a_frozen_scene(1, organisation=scene.organisation, channel_plan=ChannelPlan.SMS)
    run_sql("UPDATE messages SET address = :number", number=number_of(scene))
    batch_id = claimed(other, Channel.SMS).batch_id
    carriers.listed = {number_of(scene): [listed("SM1")]}

    settle()
    assert statuses(scene) == ["in_doubt"]
    run_sql("UPDATE batches SET state = 'done', lease_until = NULL WHERE id = :id", id=batch_id)
    look_again()

    assert statuses(scene) == ["sent"]


def test_texts_that_cannot_be_looked_for_keep_no_others_waiting(carriers):
    texts_in_doubt(11)
    run_sql("UPDATE batches SET state = 'ready'")
    run_sql("UPDATE messages SET status = 'pending'")
    scene = texts_in_doubt()
    carriers.listed = {number_of(scene): [listed("SM1")]}
    run_sql("UPDATE messages SET address = NULL WHERE sendout_id <> :id", id=scene.sendout.id)

    settle()

    assert statuses(scene) == ["sent"]


def test_a_text_whose_words_were_corrected_since_might_still_be_it(carriers):
    scene = texts_in_doubt()
    carriers.listed = {number_of(scene): [listed("SM1", body="Hello Eva")]}

    settle()
    look_again()

    assert statuses(scene) == ["in_doubt"]


def test_a_text_made_long_before_the_hand_over_is_not_it(carriers):
    scene = texts_in_doubt()
    carriers.listed = {number_of(scene): [listed("SM1", seconds_ago=2000)]}

    settle()
    look_again()

    assert statuses(scene) == ["pending"]


def test_a_text_that_can_no_longer_be_rendered_is_not_guessed(carriers):
    scene = texts_in_doubt()
    run_sql("UPDATE sendouts SET sms_body = '{% if %}'")
    carriers.listed = {number_of(scene): [listed("SM1")]}

    settle()

    assert statuses(scene) == ["in_doubt"]


def test_while_twilio_cannot_be_asked_nothing_is_decided(carriers):
    scene = texts_in_doubt()
    carriers.listed = None

    settle()
    settle()

    assert statuses(scene) == ["in_doubt"]
    assert batches_of(scene)[0].looked_at is None


@pytest.mark.usefixtures("policy_ask")
def test_under_the_policy_ask_evidence_counts_and_nothing_goes_again(carriers):
    texts = texts_in_doubt(2)
    carriers.listed = {number_of(texts, 1): [listed("SM2")]}
    emails = emails_in_doubt()

    settle()
    look_again()

    assert statuses(texts) == ["in_doubt", "sent"]
    assert statuses(emails) == ["in_doubt"]


def emails_in_doubt():
    the_web_is_there()
    scene = a_frozen_scene(1)
    claimed(scene)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - interval '1000 seconds' WHERE state = 'done'")
    for number in range(LATER_SENDS):
        event = {"message_id": 10_000 + number, "channel": "email", "event_key": f"later-{number}", "kind": "status", "status": "sent"}
        times = {"occurred_at": now() - timedelta(seconds=500), "received_at": now() - timedelta(seconds=400)}
        saved(MessageEvent(organisation_id=scene.organisation.id, **times, **event))
    db.session.commit()
    return scene


def test_emails_are_settled_by_the_same_job():
    scene = emails_in_doubt()

    settle()

    assert statuses(scene) == ["pending"]


@pytest.mark.usefixtures("redis_away")
def test_without_redis_which_may_know_of_callbacks_turned_away_no_email_is_settled():
    scene = emails_in_doubt()

    settle()

    assert statuses(scene) == ["in_doubt"]


def test_one_process_settles_at_a_time(carriers):
    texts_in_doubt()

    with only_one("settle") as mine:
        assert mine
        settle()

    assert carriers.looks == []


def test_no_transaction_is_open_while_twilio_is_asked(carriers):
    texts_in_doubt()
    open_ones = []

    def look(_number, _since):
        with db.engine.connect() as looking:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
            open_ones.append(looking.execute(text(asked)).scalar_one())
        return []

    carriers.texts_to = look
    settle()

    assert open_ones == [0]
