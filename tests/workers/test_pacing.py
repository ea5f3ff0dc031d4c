"""Which path e-mail takes: a slot over fake carriers whose bulk calls are held back, and what other processes see of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.send_path import Pace, SendPath, Turn, turn_after
from app.extensions import db, redis_client
from app.lib.clock import now
from app.messages.send_path import move, note_call, turn_now
from app.models import SendPathTurn
from app.providers.base import Accepted, Throttled
from tests.scenes import a_frozen_scene, run_sql, statuses
from workers.pacing import MailPath
from workers.sending import send_slot

pytestmark = pytest.mark.usefixtures("database", "carriers")

TOO_FAST = Throttled(0.0, "Maximum sending rate exceeded.", is_too_fast=True)
ONE_BY_ONE = Turn(SendPath.SINGLE, now(), now() + timedelta(hours=1), 1, 25.0, 1_000.0, 1)


def seen_for(seconds):
    """As if the first call had been throttled so long ago."""
    redis_client.client.hset("mail-pace:bulk", "from", float(redis_client.client.time()[0]) - seconds)


def taught(path, *calls):
    for outcomes in calls:
        path.learn(SendPath.BULK, outcomes, 1_000.0)


def test_three_throttled_calls_among_others_change_the_path_for_everybody(carriers):
    mine, another = MailPath(), MailPath()
    taught(mine, [TOO_FAST], [Accepted("r")] * 50, [TOO_FAST])
    assert turn_now().path is SendPath.BULK
    seen_for(10)

    taught(another, [TOO_FAST])

    assert (another.current, turn_now().path) == (SendPath.SINGLE, SendPath.SINGLE)
    assert turn_now().bulk_per_second == pytest.approx(5.0, abs=0.6)
    mine.look()
    a_frozen_scene(3)
    assert send_slot("email", 0, 0) == 3
    assert (len(carriers.mail.calls), len(carriers.single_mail.calls)) == (0, 1)


def test_it_outlives_a_wiped_redis():
    move(ONE_BY_ONE)
    db.session.commit()

    redis_client.client.flushdb()

    path = MailPath()
    path.look()
    assert path.current is SendPath.SINGLE


def test_a_call_that_was_taken_in_part_met_the_limit_of_people():
    path = MailPath()
    taught(path, *[[Accepted("r")] * 30 + [TOO_FAST] * 20] * 5)

    assert not redis_client.client.exists("mail-pace:bulk")


def test_a_provider_that_is_away_is_no_evidence():
    taught(MailPath(), *[[Throttled(10.0, "could not be reached")]] * 5)

    assert not redis_client.client.exists("mail-pace:bulk")


def test_of_two_workers_that_find_it_out_at_once_one_writes_it_down():
    first, second = turn_after(turn_now(), Pace(10, 250, 5), None, now()), turn_after(turn_now(), Pace(11, 250, 5), None, now())

    assert (move(first), move(second)) == (True, False)
    assert turn_now().moves == 1


def test_bulk_calls_are_tried_again_when_the_time_has_come_and_found_out_anew():
    move(ONE_BY_ONE)
    run_sql("UPDATE send_path_turns SET until = now() - interval '1 second'")
    path = MailPath()

    path.look()

    assert (path.current, turn_now().finds, turn_now().moves) == (SendPath.BULK, 1, 2)
    taught(path, [TOO_FAST], [Accepted("r")] * 50, [TOO_FAST])
    seen_for(10)
    taught(path, [TOO_FAST])
    assert (path.current, turn_now().finds) == (SendPath.SINGLE, 2)
    assert (turn_now().until or now()) > now() + timedelta(hours=1, minutes=59)


def test_what_was_under_way_when_the_path_changed_says_nothing_of_the_new_one():
    note_call(SendPath.BULK, 0, is_throttled=True)
    note_call(SendPath.BULK, 50, is_throttled=True)
    seen_for(10)
    move(ONE_BY_ONE)
    db.session.commit()

    taught(MailPath(), [TOO_FAST])

    assert turn_now() == ONE_BY_ONE


@pytest.mark.parametrize(("setting", "path"), [("bulk", SendPath.BULK), ("single", SendPath.SINGLE)])
def test_a_path_that_the_settings_name_is_kept(worker_app, monkeypatch, setting, path):
    config = worker_app.extensions["sendout"]
    monkeypatch.setitem(worker_app.extensions, "sendout", replace(config, ses_send_path=setting))
    move(ONE_BY_ONE)
    db.session.commit()
    with worker_app.app_context():
        chosen = MailPath()
        chosen.look()
        taught(chosen, *[[TOO_FAST]] * 4)

        assert chosen.current is path
    assert db.session.scalars(select(SendPathTurn.moves)).all() == [1]


def test_throttled_calls_fail_nobody_and_everybody_is_written_to_by_the_other_path(carriers):
    """The account of the simulator that lets every third bulk call through, in one slot."""
    carriers.rate = 1_000.0
    calls = iter(range(1_000))
    scene = a_frozen_scene(40, email=2)

    def grudgingly(outgoing):
        if len(carriers.mail.calls) % 3:
            return TOO_FAST
        if next(calls) == 0:
            seen_for(10)
        return Accepted(f"ref-{outgoing.message_id}")

    carriers.mail.answer = grudgingly
    redis_client.client.hset("tokens:ses", mapping={"tokens": 1_000, "at": float(redis_client.client.time()[0])})
    send_slot("email", 0, 0)

    assert statuses(scene) == ["sent"] * 40
    assert turn_now().path is SendPath.SINGLE
    assert len(carriers.single_mail.sent_to) > 20
