import threading
from typing import Any

import pytest

from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import redis_client
from app.lib.clock import now
from app.messages.quota import ASKING_KEY, ask_account
from app.providers.ses import AccountQuota
from app.sendouts.freezing import CHUNKS_AT_ONCE, BatchSizes, ChunkSizes, chunks_at_once, freeze_beside
from tests.scenes import a_scene, asked_for, batches_of, run_sql, statuses
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


def test_the_first_are_handed_over_while_the_others_are_written():
    scene = a_scene(1)

    launch_sendout(scene.sendout.id)

    assert asked_for("sending") == ["send-email-0", "send-email-1"]


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


def small_chunks(monkeypatch):
    monkeypatch.setattr("app.sendouts.freezing.ChunkSizes", lambda: ChunkSizes(2, 3))


def test_a_large_audience_is_resolved_by_two_at_once_and_every_person_once(monkeypatch):
    small_chunks(monkeypatch)
    resolving: set[int] = set()

    def freeze(*asked):
        if threading.get_ident() not in resolving:
            resolving.add(threading.get_ident())
            both_resolve.wait()
        freeze_beside(*asked)

    both_resolve = threading.Barrier(CHUNKS_AT_ONCE, timeout=30)
    monkeypatch.setattr("workers.launching.freeze_beside", freeze)
    scene = a_scene(12)

    launch_sendout(scene.sendout.id)

    assert len(resolving) == CHUNKS_AT_ONCE
    assert statuses(scene) == ["pending"] * 12
    assert sum(batch.message_count for batch in batches_of(scene)) == 12
    assert scene.sendout.frozen_at is not None


@pytest.mark.parametrize(
    ("values", "at_once"),
    [
        ({"audience_count": 30}, CHUNKS_AT_ONCE),
        ({"audience_count": 3_000}, 1),
        ({"audience_count": 3_000, "is_urgent": True}, CHUNKS_AT_ONCE),
        ({"audience_count": 3_000, "first_part_to": 7}, CHUNKS_AT_ONCE),
        ({"audience_count": 3_000, "first_part_passed_at": now()}, CHUNKS_AT_ONCE),
    ],
)
def test_until_the_first_part_is_known_chunks_come_one_after_the_other(values, at_once):
    assert chunks_at_once(a_scene(1, **values).sendout.id) == at_once


def test_what_one_left_in_the_middle_the_next_one_resolves(monkeypatch):
    small_chunks(monkeypatch)
    scene = a_scene(12)
    failing = {2}  # the second of the large chunks

    def freeze(sendout_id, sizes, number):
        if number in failing:
            raise RuntimeError("died")
        freeze_beside(sendout_id, sizes, number)

    monkeypatch.setattr("workers.launching.freeze_beside", freeze)
    with pytest.raises(RuntimeError, match="died"):
        launch_sendout(scene.sendout.id)
    assert (len(statuses(scene)) < 12, scene.sendout.frozen_at) == (True, None)
    failing.clear()

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == ["pending"] * 12
    assert scene.sendout.frozen_at is not None


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_batches_are_as_large_as_a_call_takes():
    scene = a_scene(1, sms_sender_id=None)

    assert batch_sizes(scene.sendout.id) == BatchSizes(50, 50)


A_BUDGET_OF_TWO = """
    INSERT INTO price_lists (organisation_id, currency, text_price, received_price, email_price, monthly_budget)
    SELECT id, 'GBP', 1, 1, 1, 2 FROM organisations"""


def a_scheduled_scene(**values):
    """A send-out whose hour has just come."""
    defaults: dict[str, Any] = {"scheduled_at": now(), "launched_at": now(), "leaves_at": now(), "html": "<p>Hello</p>", "subject": "Camp"}
    return a_scene(3, **(defaults | values))


def test_what_was_scheduled_starts_at_its_hour_when_all_is_well():
    scene = a_scheduled_scene()

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == ["pending"] * 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE senders SET is_archived = true", "Choose the address that the e-mail comes from."),
        ("UPDATE sendouts SET html = '<p>{{ first_name | nonsense }}</p>'", "E-mail, line 1"),
        ("DELETE FROM list_memberships", "Nobody is in the audience yet"),
        ("UPDATE organisations SET needs_approval = true", "A second person has to approve it"),
        (A_BUDGET_OF_TWO, "budget does not cover it"),
    ],
)
def test_what_has_gone_wrong_meanwhile_holds_it_in_words(change, words):
    scene = a_scheduled_scene()
    run_sql(change)

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == []
    assert scene.sendout.state == SendoutState.HELD
    assert scene.sendout.held_reason.startswith("It did not start at its hour. ")
    assert words in scene.sendout.held_reason


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (AccountQuota(14, 100, 98, is_sending_enabled=True, is_production=True, enforcement="HEALTHY"), "Amazon takes 2 more"),
        (AccountQuota(14, 100, 0, is_sending_enabled=False, is_production=True, enforcement="SHUTDOWN"), "switched off"),
        (AccountQuota(14, None, 900, is_sending_enabled=True, is_production=True, enforcement="HEALTHY"), None),
    ],
)
def test_what_amazon_would_not_take_holds_it_too(quota, words):
    scene = a_scheduled_scene()
    ask_account(lambda: quota)

    launch_sendout(scene.sendout.id)

    assert len(statuses(scene)) == (0 if words else 3)
    assert words is None or words in scene.sendout.held_reason


def test_where_amazon_has_not_said_its_rate_batches_are_large():
    scene = a_scene(3)
    redis_client.client.set(ASKING_KEY, 1)

    assert batch_sizes(scene.sendout.id).email == 50


def test_what_somebody_sends_by_hand_was_looked_at_in_review():
    scene = a_scene(3, html="<p>{{ first_name | nonsense }}</p>")

    launch_sendout(scene.sendout.id)

    assert statuses(scene) == ["pending"] * 3
