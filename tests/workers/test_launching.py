import pytest

from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.sendouts.freezing import BatchSizes
from tests.scenes import a_scene, batches_of, run_sql, statuses
from workers.launching import batch_sizes, launch_sendout
from workers.runtime import only_one

pytestmark = pytest.mark.usefixtures("database", "carriers")


def test_a_launch_freezes_and_writes_everything_in_batches_of_a_seconds_worth(carriers):
    carriers.rate = 2.0
    scene = a_scene(5, channel_plan=ChannelPlan.BOTH)
    run_sql("UPDATE senders SET segments_per_second = 3 WHERE channel = 'sms'")

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == ["pending"] * 10
    assert sorted((batch.channel, batch.message_count) for batch in batches_of(scene)) == [
        ("email", 1), ("email", 2), ("email", 2), ("sms", 2), ("sms", 3),
    ]  # fmt: skip
    assert scene.sendout.state == SendoutState.RUNNING


def test_a_launch_begun_again_adds_nothing():
    scene = a_scene(3)

    launch_sendout(scene.sendout.id)
    launch_sendout(scene.sendout.id)

    assert statuses(scene) == ["pending"] * 3


def test_one_process_launches_at_a_time():
    scene = a_scene(1)

    with only_one(f"launch-{scene.sendout.id}") as mine:
        assert mine
        launch_sendout(scene.sendout.id)

    assert statuses(scene) == []


@pytest.mark.usefixtures("draining_asked")
def test_told_to_stop_it_leaves_the_rest_to_the_next():
    scene = a_scene(3)

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == []
    assert (scene.sendout.audience_count, scene.sendout.frozen_at) == (3, None)


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_batches_are_as_large_as_a_call_takes():
    scene = a_scene(1, sms_sender_id=None)

    assert batch_sizes(scene.sendout.id) == BatchSizes(50, 50)
