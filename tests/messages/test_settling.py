from datetime import timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.domain.doubt import LATER_SENDS
from app.extensions import db
from app.lib.clock import now
from app.messages.settling import (
    bind_text,
    doubtful_texts,
    expire_leases,
    expire_slot,
    note_look,
    refs_of_others,
    send_again,
    settle_emails,
    slots_in_use,
)
from app.models import CallbackReceipt, MessageEvent
from app.models.callback_receipt import ServerTrouble
from tests.factories import saved
from tests.scenes import a_frozen_scene, batches_of, claimed, messages_of, run_sql, statuses, the_web_is_there

pytestmark = pytest.mark.usefixtures("database")

WINDOW = 900


@pytest.fixture(autouse=True)
def _web():
    the_web_is_there()


def in_doubt(people=2, **values):
    """A batch of e-mails whose worker died, handed over longer ago than the window."""
    scene = a_frozen_scene(people, **values)
    claimed(scene, Channel.SMS if values.get("channel_plan") == ChannelPlan.SMS else Channel.EMAIL)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - interval '1000 seconds' WHERE state = 'done'")
    return scene


def hear_of_later_ones(scene, count=LATER_SENDS, occurred_at=None):
    for number in range(count):
        saved(
            MessageEvent(
                organisation_id=scene.organisation.id, message_id=10_000 + number, channel="email", event_key=f"later-{number}",
                kind="status", status="sent", occurred_at=occurred_at or now() - timedelta(seconds=500),
                received_at=now() - timedelta(seconds=400),
            )
        )  # fmt: skip
    db.session.commit()


def a_receipt(seconds_ago, **values):
    defaults = {
        "kind": "ses", "receipt_key": f"k{seconds_ago}", "url": "https://app.example.com/callbacks/ses", "body": b"{}",
        "received_at": now() - timedelta(seconds=seconds_ago), "due_at": now() - timedelta(seconds=seconds_ago),
    }  # fmt: skip
    saved(CallbackReceipt(**(defaults | values)))
    db.session.commit()


def settled():
    count = settle_emails(WINDOW)
    db.session.commit()
    return count


def test_a_batch_whose_lease_ran_out_is_in_doubt_and_never_pending():
    scene = a_frozen_scene(3, email=2)
    claimed(scene)
    run_sql("UPDATE batches SET lease_until = now() - interval '1 second' WHERE state = 'open'")

    assert expire_leases() == 2
    db.session.commit()

    assert statuses(scene) == ["in_doubt", "in_doubt", "pending"]
    assert [batch.state for batch in batches_of(scene)] == ["done", "ready"]
    assert messages_of(scene)[0].error_words is not None
    assert expire_leases() == 0


def test_a_lease_that_runs_is_left_alone():
    scene = a_frozen_scene(1)
    claimed(scene)

    assert expire_leases() == 0
    assert statuses(scene) == ["pending"]


def test_what_was_heard_of_before_the_lease_ran_out_is_not_in_doubt():
    scene = a_frozen_scene(2)
    claim = claimed(scene)
    run_sql("UPDATE messages SET status = 'sent' WHERE id = :id", id=claim.recipients[0].message_id)

    expire_slot("send-test-0")

    db.session.commit()
    assert statuses(scene) == ["sent", "in_doubt"]


def test_only_the_slot_of_the_dead_holder_is_put_in_doubt():
    scene = a_frozen_scene(2, email=1)
    claimed(scene)
    run_sql("UPDATE batches SET slot = 'send-email-7' WHERE state = 'open'")
    claimed(scene)

    assert slots_in_use() == ["send-email-7", "send-test-0"]
    assert expire_slot("send-email-7") == 1
    db.session.commit()
    assert statuses(scene) == ["in_doubt", "pending"]
    assert slots_in_use() == ["send-test-0"]


def test_an_email_in_doubt_goes_again_when_all_conditions_hold():
    scene = in_doubt()
    hear_of_later_ones(scene)

    assert settled() == 2

    old, fresh = batches_of(scene)
    assert statuses(scene) == ["pending", "pending"]
    assert {message.batch_id for message in messages_of(scene)} == {fresh.id}
    assert (old.state, fresh.state, fresh.message_count, fresh.attempt) == ("done", "ready", 2, 1)
    assert messages_of(scene)[0].error_words is None
    assert claimed(scene).attempt == 2
    assert settled() == 0


def too_early():
    run_sql("UPDATE batches SET claimed_at = now() - interval '899 seconds'")


def a_receipt_waits():
    a_receipt(300)


def a_receipt_is_unmatched():
    a_receipt(300, tries=9, due_at=now() + timedelta(days=9), problem="no message here has this id or reference yet")


def a_receipt_waits_that_a_wrong_clock_dated_back():
    a_receipt(300, received_at=now() - timedelta(hours=2))


def a_receipt_waits_that_a_wrong_clock_dated_ahead():
    a_receipt(300, received_at=now() + timedelta(hours=2))


def one_later_event_too_few():
    run_sql("DELETE FROM message_events WHERE event_key = 'later-0'")


def the_events_are_of_earlier_messages():
    run_sql("UPDATE message_events SET occurred_at = now() - interval '2000 seconds'")


def the_events_are_no_send_events():
    run_sql("UPDATE message_events SET status = 'delivered' WHERE event_key = 'later-0'")


def the_events_have_only_just_been_heard_of():
    run_sql("UPDATE message_events SET received_at = now() - interval '100 seconds'")


def the_events_came_late(seconds_ago=200):
    run_sql("UPDATE message_events SET occurred_at = now() - interval '990 seconds'")
    run_sql("UPDATE message_events SET received_at = now() - make_interval(secs => :ago) WHERE event_key = 'later-3'", ago=seconds_ago)


def turn_away(seconds_ago, **values):
    saved(ServerTrouble(**({"kind": "ses", "happened_at": now() - timedelta(seconds=seconds_ago)} | values)))
    db.session.commit()


def we_turned_a_callback_away():
    turn_away(100)


def a_callback_that_we_turned_away_has_not_come_again():
    turn_away(100, receipt_key="away")
    a_receipt(50, kind="twilio_status", receipt_key="away", applied_at=now())


def no_web_was_ever_seen():
    run_sql("DELETE FROM heartbeats")


def the_web_is_gone():
    the_web_is_there(seen_seconds_ago=16)


def the_web_went_after_the_hand_over_and_is_just_back():
    the_web_is_there(up_seconds=60)


def the_web_was_gone_when_it_was_handed_over_and_is_just_back():
    the_web_is_there(up_seconds=890)


def the_web_was_gone_for_longer_than_amazon_tries():
    run_sql("UPDATE batches SET claimed_at = now() - interval '9000 seconds'")
    the_web_is_there(up_seconds=2_000, missed_until=now() - timedelta(seconds=5_600))


def it_is_paused():
    run_sql("UPDATE sendouts SET state = 'paused'")


OBSTACLES = [
    too_early, a_receipt_waits, a_receipt_waits_that_a_wrong_clock_dated_back, a_receipt_waits_that_a_wrong_clock_dated_ahead,
    a_receipt_is_unmatched, one_later_event_too_few, the_events_are_of_earlier_messages,
    the_events_are_no_send_events, the_events_have_only_just_been_heard_of, the_events_came_late, we_turned_a_callback_away,
    a_callback_that_we_turned_away_has_not_come_again, no_web_was_ever_seen, the_web_is_gone,
    the_web_went_after_the_hand_over_and_is_just_back, the_web_was_gone_when_it_was_handed_over_and_is_just_back,
    the_web_was_gone_for_longer_than_amazon_tries, it_is_paused,
]  # fmt: skip


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_an_email_stays_in_doubt_while_one_condition_is_missing(obstacle):
    scene = in_doubt()
    hear_of_later_ones(scene)
    obstacle()

    assert settled() == 0
    assert statuses(scene) == ["in_doubt", "in_doubt"]


def the_events_came_late_and_no_more_of_them_came():
    the_events_came_late(seconds_ago=310)


def something_older_was_never_matched():
    a_receipt(2000)


def a_receipt_has_just_come():
    a_receipt(0)


def a_text_receipt_waits():
    a_receipt(300, kind="twilio_status")


def a_receipt_was_applied():
    a_receipt(300, applied_at=now())


def there_was_trouble_before():
    turn_away(2000)


def what_we_turned_away_has_come_again():
    turn_away(100, receipt_key="away")
    a_receipt(50, receipt_key="away", applied_at=now())


def we_turned_news_of_a_text_away():
    turn_away(100, kind="twilio_status")


def the_web_was_gone_before_and_came_back_in_time():
    the_web_is_there(up_seconds=1_100, missed_until=now() - timedelta(seconds=4_700))


def the_web_came_back_long_enough_ago():
    the_web_is_there(up_seconds=910)


def the_web_was_replaced_within_seconds():
    the_web_is_there(seen_seconds_ago=14)


NO_OBSTACLES = [
    something_older_was_never_matched, a_receipt_has_just_come, a_text_receipt_waits, a_receipt_was_applied, there_was_trouble_before,
    what_we_turned_away_has_come_again, we_turned_news_of_a_text_away, the_web_was_gone_before_and_came_back_in_time,
    the_web_came_back_long_enough_ago, the_web_was_replaced_within_seconds, the_events_came_late_and_no_more_of_them_came,
]  # fmt: skip


@pytest.mark.parametrize("circumstance", NO_OBSTACLES)
def test_what_cannot_be_about_the_hand_over_keeps_nothing_in_doubt(circumstance):
    scene = in_doubt()
    hear_of_later_ones(scene)
    circumstance()

    assert settled() == 2


def test_an_event_that_comes_in_time_takes_the_message_out():
    scene = in_doubt()
    hear_of_later_ones(scene)
    run_sql("UPDATE messages SET status = 'sent', provider_ref = 'r1' WHERE id = :id", id=messages_of(scene)[0].id)

    assert settled() == 1
    assert statuses(scene) == ["sent", "pending"]


def test_nothing_goes_again_of_what_is_no_longer_in_doubt():
    scene = in_doubt()
    ids = [message.id for message in messages_of(scene)]
    run_sql("UPDATE messages SET status = 'delivered'")

    assert send_again(batches_of(scene)[0].id, ids, Channel.EMAIL) == 0
    assert len(batches_of(scene)) == 1


def test_texts_in_doubt_take_their_turn_batch_by_batch():
    scene = in_doubt(3, channel_plan=ChannelPlan.SMS)
    batch = batches_of(scene)[0]

    doubtful = doubtful_texts(WINDOW, 600)
    note_look([batch.id])

    assert [each.message_id for each in doubtful] == [message.id for message in messages_of(scene)]
    assert {(each.batch_id, each.sendout_id, each.looked_at) for each in doubtful} == {(batch.id, scene.sendout.id, None)}
    note_look([batch.id])
    db.session.commit()
    assert doubtful_texts(WINDOW, 600) == []
    run_sql("UPDATE batches SET looked_at = now() - interval '601 seconds'")
    assert [each.looked_at is not None for each in doubtful_texts(WINDOW, 600)] == [True] * 3


def test_texts_are_not_looked_for_before_the_window_has_passed():
    in_doubt(1, channel_plan=ChannelPlan.SMS)

    assert doubtful_texts(1001, 600) == []


def test_a_reference_is_bound_to_one_message_only():
    scene = in_doubt(2, channel_plan=ChannelPlan.SMS)
    first, second = (message.id for message in messages_of(scene))

    assert bind_text(first, "SM1") is True
    assert bind_text(second, "SM1") is False
    assert bind_text(first, "SM2") is False
    db.session.commit()
    assert [(each.status, each.provider_ref) for each in messages_of(scene)] == [("sent", "SM1"), ("in_doubt", None)]
    assert refs_of_others(["SM1", "SM2"], second) == {"SM1"}
    assert refs_of_others(["SM1", "SM2"], first) == set()
