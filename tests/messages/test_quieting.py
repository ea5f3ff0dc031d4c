from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.lib.clock import now
from app.messages.claiming import claim, ready_work
from app.messages.counts import recount
from app.messages.releasing import release_fallbacks
from app.sendouts.running import Actor, cancel
from tests.scenes import a_frozen_scene, batches_of, messages_of, run_sql, statuses

pytestmark = pytest.mark.usefixtures("database")

AWAKE, ASLEEP = "Etc/GMT", "Etc/GMT-12"  # twelve hours apart


def a_night(people=4, *, asleep=2, sms=50, **values):
    """Texts to people of whom the first so many are in the middle of their quiet hours, the others twelve hours from it."""
    scene = a_frozen_scene(people, sms=sms, **({"channel_plan": ChannelPlan.SMS} | values))
    middle = now().astimezone(ZoneInfo(ASLEEP))
    begins, ends = ((middle + timedelta(hours=hours)).strftime("%H:%M") for hours in (-3, 3))
    run_sql("UPDATE organisations SET has_quiet_hours = true, quiet_from = :f, quiet_until = :u, time_zone = :z", f=begins, u=ends, z=AWAKE)
    run_sql("UPDATE participants SET time_zone = :zone", zone=AWAKE)
    sleepers = [person.id for person in scene.people[:asleep]]
    run_sql("UPDATE participants SET time_zone = :zone WHERE id = ANY(:ids)", zone=ASLEEP, ids=sleepers)
    return scene


def take(scene):
    work = ready_work(Channel.SMS, is_urgent=scene.sendout.is_urgent)
    taken = claim(work[0], Channel.SMS, slot="send-test-0") if work else None
    db.session.commit()
    return taken


def test_a_batch_of_many_zones_is_divided_and_who_is_awake_gets_the_text_now():
    scene = a_night(4, asleep=2)

    taken = take(scene)

    assert [each.address for each in taken.recipients] == [person.phone_number for person in scene.people[2:]]
    opened, waiting = batches_of(scene)
    assert (opened.state, opened.message_count) == ("open", 2)
    assert (waiting.state, waiting.message_count, waiting.quiet_until) == ("ready", 2, waiting.ready_at)
    assert timedelta(hours=2, minutes=58) < waiting.ready_at - now() <= timedelta(hours=3)
    assert statuses(scene) == ["pending"] * 4
    assert recount() == []


def test_what_waits_is_no_work_and_blocks_nobody():
    sleeping = a_night(3, asleep=3, sms=1)
    assert take(sleeping) is None

    assert ready_work(Channel.SMS, is_urgent=False) == []
    assert [batch.state for batch in batches_of(sleeping)] == ["done"] * 3 + ["ready"] * 3
    assert statuses(sleeping) == ["pending"] * 3


def test_what_waited_goes_when_its_hour_has_come():
    scene = a_night(2, asleep=2)
    assert take(scene) is None
    run_sql("UPDATE batches SET ready_at = now()")
    run_sql("UPDATE participants SET time_zone = :zone", zone=AWAKE)

    assert len(take(scene).recipients) == 2


def test_an_attempt_counts_on_in_the_batch_that_waits():
    scene = a_night(2, asleep=1)
    run_sql("UPDATE batches SET attempt = 3")

    taken = take(scene)

    assert (taken.attempt, batches_of(scene)[1].attempt) == (4, 3)


def test_many_batches_that_sleep_do_not_hide_one_that_is_awake():
    scene = a_night(6, asleep=5, sms=1)

    taken = take(scene)

    assert [each.address for each in taken.recipients] == [scene.people[5].phone_number]
    assert sorted(batch.state for batch in batches_of(scene)) == ["done"] * 5 + ["open"] + ["ready"] * 5


def test_a_send_out_that_does_not_wait_skips_those_who_sleep():
    scene = a_night(3, asleep=2, quiet_choice="expire")

    taken = take(scene)

    assert len(taken.recipients) == 1
    assert [message.skip_reason for message in messages_of(scene)] == [SkipReason.QUIET_HOURS] * 2 + [None]
    assert recount() == []


def test_who_is_skipped_for_quiet_hours_gets_the_e_mail_instead():
    scene = a_night(1, asleep=1, quiet_choice="expire", channel_plan=ChannelPlan.SMS_ELSE_EMAIL)
    assert take(scene) is None

    release_fallbacks(50)
    db.session.commit()

    assert [message.batch_id is not None for message in messages_of(scene, Channel.EMAIL)] == [True]


def test_an_urgent_text_wakes_people():
    scene = a_night(2, asleep=2, is_urgent=True)

    assert len(take(scene).recipients) == 2


def test_e_mail_knows_no_quiet_hours():
    scene = a_night(2, asleep=2, channel_plan=ChannelPlan.EMAIL)

    [work] = ready_work(Channel.EMAIL, is_urgent=False)

    assert work == scene.work


def test_switched_off_they_keep_nobody():
    scene = a_night(2, asleep=2)
    run_sql("UPDATE organisations SET has_quiet_hours = false")

    assert len(take(scene).recipients) == 2


def test_who_waits_is_cancelled_with_the_rest():
    scene = a_night(2, asleep=2)
    take(scene)

    cancel(scene.sendout.id, Actor(scene.organisation.id, None))
    db.session.commit()

    assert statuses(scene) == ["cancelled"] * 2
