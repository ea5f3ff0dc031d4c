from datetime import timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.domain.guard_rail import LEAST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Trouble
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.messages import guarding
from app.messages.claiming import claim, ready_work
from app.messages.guarding import watch
from app.sendouts.running import Actor, resume
from tests.messages.test_quieting import a_night, take
from tests.scenes import a_frozen_scene, a_scene, batches_of, freeze, run_sql

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch):
    """What is large, and how much of it goes ahead, in numbers that a test can have."""
    monkeypatch.setattr(guarding, "GUARDED_ABOVE", 5)
    monkeypatch.setattr(guarding, "FIRST_PART", 4)


def look(scene):
    watch()
    db.session.commit()
    db.session.refresh(scene.sendout)
    return scene.sendout


def take_everything(channel=Channel.EMAIL):
    """Claim and hand over until nothing may go any more; returns how many went."""
    count = 0
    while works := ready_work(channel, is_urgent=False):
        taken = claim(works[0], channel, slot="send-test-0")
        db.session.commit()
        assert taken
        count += len(taken.recipients)
        run_sql("UPDATE batches SET state = 'done', lease_until = NULL WHERE state = 'open'")
        for recipient in taken.recipients:
            run_sql(
                "UPDATE messages SET status = 'delivered', accepted_at = now(), delivered_at = now() WHERE id = :id",
                id=recipient.message_id,
            )
    return count


def seconds_ago(seconds):
    run_sql("UPDATE sendouts SET last_progress_at = now() - make_interval(secs => :seconds)", seconds=seconds)


def became(status, share):
    """Let so many of a hundred of what was delivered turn out so, over a sample that is large enough."""
    run_sql("UPDATE messages SET status = :status WHERE status = 'delivered' AND id % 100 < :share", status=status, share=share)


def many(scene, count=1_000, channel="email"):
    """As many more people who got it."""
    run_sql(
        """INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, status, accepted_at, delivered_at)
           SELECT :organisation, :sendout, 1000000 + n, :channel, 'delivered', now(), now() FROM generate_series(1, :count) AS n""",
        organisation=scene.organisation.id, sendout=scene.sendout.id, channel=channel, count=count,
    )  # fmt: skip


def test_a_first_part_of_a_large_send_out_goes_and_the_rest_waits():
    a_frozen_scene(12, email=2)

    assert take_everything() == 4
    assert ready_work(Channel.EMAIL, is_urgent=False) == []


def test_each_channel_has_its_first_part():
    a_frozen_scene(12, email=2, sms=3, channel_plan=ChannelPlan.BOTH)

    assert (take_everything(), take_everything(Channel.SMS)) == (4, 4)


def test_a_scarcer_channel_lets_no_more_of_the_other_go():
    scene = a_scene(20, channel_plan=ChannelPlan.BOTH)
    for person in (*scene.people[:4], *scene.people[5:]):
        person.phone_number = None
    db.session.commit()

    freeze(scene.sendout, email=2, sms=2)

    assert (take_everything(), take_everything(Channel.SMS)) == (4, 1)


def test_where_nobody_of_it_got_anything_the_next_are_the_first_part():
    scene = a_frozen_scene(20, email=2)
    run_sql("UPDATE batches SET state = 'done' WHERE id <= (SELECT first_part_to FROM sendouts)")
    seconds_ago(LONGEST_WAIT_SECONDS + 1)

    assert look(scene).first_part_passed_at is None
    assert take_everything() == 4
    seconds_ago(LEAST_WAIT_SECONDS + 1)
    assert look(scene).first_part_passed_at is not None


def test_a_first_part_that_sleeps_is_waited_for():
    scene = a_night(12, asleep=12, sms=2)

    for _ in range(4):
        assert take(scene) is None
        seconds_ago(LONGEST_WAIT_SECONDS + 1)
        assert look(scene).first_part_passed_at is None
    assert {batch.quiet_until is None for batch in batches_of(scene) if batch.state == "ready"} == {False}
    run_sql("UPDATE organisations SET has_quiet_hours = false")
    run_sql("UPDATE batches SET ready_at = now() WHERE state = 'ready'")
    look(scene)

    assert take_everything(Channel.SMS) == 4


def test_where_nobodys_hour_has_come_the_first_to_come_are_the_first_part():
    hour = (now() + timedelta(days=2)).replace(tzinfo=None)
    scene = a_frozen_scene(12, email=2, scheduled_at=now(), scheduled_local=hour, local_since_at=now(), late_choice="now")
    assert look(scene).first_part_to == 0
    run_sql("UPDATE batches SET ready_at = now()")
    look(scene)

    assert take_everything() == 4


def test_a_first_part_is_marked_before_any_later_chunk_is_written():
    scene = a_scene(20)

    freeze(scene.sendout, email=2, people=7)

    assert take_everything() == 4


@pytest.mark.parametrize("values", [{"people": 5}, {"people": 10, "is_urgent": True}])
def test_small_send_outs_and_urgent_ones_go_at_once(values):
    scene = a_frozen_scene(**values, email=2)

    assert scene.sendout.first_part_to is None


def test_the_rest_follows_by_itself_when_all_is_well():
    scene = a_frozen_scene(12, email=2)
    take_everything()

    seconds_ago(LEAST_WAIT_SECONDS - 5)
    too_soon = look(scene).first_part_passed_at
    seconds_ago(LEAST_WAIT_SECONDS + 1)
    passed = look(scene).first_part_passed_at

    assert too_soon is None
    assert passed is not None
    assert take_everything() == 8


def test_where_nothing_is_confirmed_the_rest_follows_in_the_end():
    scene = a_frozen_scene(10, email=2)
    take_everything()
    run_sql("UPDATE messages SET status = 'sent', delivered_at = NULL WHERE status = 'delivered'")

    seconds_ago(LONGEST_WAIT_SECONDS - 5)
    before = look(scene).first_part_passed_at
    seconds_ago(LONGEST_WAIT_SECONDS + 1)

    assert before is None
    assert look(scene).first_part_passed_at is not None


def test_while_the_first_part_is_in_hands_nothing_follows():
    scene = a_frozen_scene(10, email=2)
    claim(ready_work(Channel.EMAIL, is_urgent=False)[0], Channel.EMAIL, slot="send-test-0")
    db.session.commit()
    seconds_ago(LONGEST_WAIT_SECONDS + 1)

    assert look(scene).first_part_passed_at is None


@pytest.mark.parametrize(
    ("status", "share", "trouble"),
    [("bounced", 6, Trouble.BOUNCES), ("complaint", 1, Trouble.COMPLAINTS), ("not_sent", 11, Trouble.ERRORS), ("bounced", 4, None)],
)
def test_what_goes_wrong_holds_it_with_what_was_seen(status, share, trouble):
    scene = a_frozen_scene(10, email=2)
    take_everything()
    many(scene)
    became(status, share)

    sendout = look(scene)

    assert (sendout.state, sendout.held_trouble) == ((SendoutState.HELD, trouble) if trouble else (SendoutState.RUNNING, None))
    assert trouble is None or sendout.held_reason.startswith("Stopped after a first part: ")
    assert trouble is None or "of 1,00" in sendout.held_reason


def test_carriers_that_stop_texts_hold_it_and_phones_out_of_reach_do_not():
    scene = a_frozen_scene(10, sms=2, channel_plan=ChannelPlan.SMS)
    take_everything(Channel.SMS)
    many(scene, channel="sms")
    became("failed", 10)

    run_sql("UPDATE messages SET error_code = '30003' WHERE status = 'failed'")
    unreachable = look(scene).held_trouble
    run_sql("UPDATE messages SET error_code = '30007' WHERE status = 'failed'")

    assert unreachable is None
    assert look(scene).held_trouble == Trouble.BLOCKS


def test_the_guard_goes_on_watching_after_the_first_part():
    scene = a_frozen_scene(10, email=2)
    take_everything()
    seconds_ago(LEAST_WAIT_SECONDS + 1)
    look(scene)
    many(scene)
    became("bounced", 6)

    assert look(scene).held_reason.startswith("Stopped on its way: ")


def test_the_rest_goes_all_the_same_when_a_person_says_so_and_other_troubles_still_hold_it():
    scene = a_frozen_scene(10, email=2)
    take_everything()
    many(scene)
    became("bounced", 6)
    look(scene)

    resume(scene.sendout.id, Actor(scene.organisation.id, None))
    run_sql("UPDATE sendouts SET state = 'running'")
    again = look(scene).state
    became("not_sent", 20)
    other = look(scene)

    assert again == SendoutState.RUNNING
    assert (other.state, other.held_trouble, other.waived_troubles) == (SendoutState.HELD, Trouble.ERRORS, [Trouble.BOUNCES])


def test_what_has_gone_altogether_is_not_held_any_more():
    scene = a_frozen_scene(10, email=2)
    take_everything()
    seconds_ago(LEAST_WAIT_SECONDS + 1)
    look(scene)
    take_everything()
    many(scene)
    became("bounced", 50)

    assert look(scene).state == SendoutState.RUNNING


def test_a_send_out_that_somebody_paused_is_left_alone():
    scene = a_frozen_scene(10, email=2)
    take_everything()
    many(scene)
    became("bounced", 50)
    run_sql("UPDATE sendouts SET state = 'paused'")

    assert look(scene).state == SendoutState.PAUSED
