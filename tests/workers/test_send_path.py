"""The path of e-mail found out by two worker processes together, against both kinds of account that the simulator plays."""

from collections import Counter
from datetime import timedelta

import pytest

from app.domain.send_path import SendPath, Turn
from app.extensions import db, redis_client
from app.messages.send_path import turn_now
from tests.scenes import a_frozen_scene, batches_of, run_sql, statuses
from tests.workers.programs import installed, until

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("database")]

PEOPLE = 400
RATE = "400"


@pytest.fixture
def installation(app, tmp_path):
    return installed(app.extensions["sendout"], tmp_path)


def operations(accepted):
    return Counter(each["operation"] for each in accepted)


def is_gone(scene):
    db.session.rollback()
    return set(statuses(scene)) == {"sent"}


def seen_turn():
    db.session.rollback()
    return turn_now()


def test_an_account_that_takes_bulk_calls_gets_nothing_else(installation):
    with installation.simulator("--max-send-rate", RATE), installation.running("schedule", "workers.schedule"):
        scene = a_frozen_scene(PEOPLE)
        with installation.running("senders", "workers", "sending=2"):
            until(lambda: is_gone(scene))
        accepted = installation.accepted()

    assert operations(accepted) == {"SendBulkEmail": PEOPLE}
    assert seen_turn() == Turn()


@pytest.fixture
def grudging(installation):
    """The account that takes one bulk call a second, whatever its rate of people; and a schedule."""
    with (
        installation.simulator("--max-send-rate", RATE, "--bulk-calls-per-second", "1"),
        installation.running("schedule", "workers.schedule"),
    ):
        yield installation


def test_where_one_bulk_call_a_second_is_taken_two_workers_move_to_single_messages_together(grudging):
    with grudging.running("senders", "workers", "sending=2"):
        first = a_frozen_scene(PEOPLE)
        until(lambda: is_gone(first))
    found, accepted = seen_turn(), grudging.accepted()
    assert (found.path, found.until - found.since, found.allowed_per_second) == (SendPath.SINGLE, timedelta(hours=1), float(RATE))
    assert "e-mail goes one by one" in grudging.said("senders")
    assert Counter(each["to"] for each in accepted) == Counter({person.email_address: 1 for person in first.people})
    assert set(operations(accepted)) == {"SendEmail", "SendBulkEmail"}
    assert {batch.slot for batch in batches_of(first) if batch.claimed_at > found.since} == {"send-email-0", "send-email-1"}

    redis_client.client.flushdb()
    with grudging.running("senders", "workers", "sending=2"):
        second = a_frozen_scene(60)
        until(lambda: is_gone(second))
        assert operations(grudging.accepted()[PEOPLE:]) == {"SendEmail": 60}

        run_sql("UPDATE send_path_turns SET until = now()")
        third = a_frozen_scene(60)
        until(lambda: is_gone(third))
    assert operations(grudging.accepted()[PEOPLE + 60 :])["SendBulkEmail"] > 0
    assert seen_turn().moves == found.moves + 1
