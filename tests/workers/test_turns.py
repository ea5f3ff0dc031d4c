import pytest

from app.domain.channels import Channel
from tests.factories import an_organisation
from tests.scenes import a_frozen_scene, run_sql
from workers.turns import Turns

pytestmark = pytest.mark.usefixtures("database")


def taken(turns, count):
    return [turns.next_work().sendout_id for _ in range(count)]


def test_organisations_take_turns_whatever_each_has_to_send():
    busy = an_organisation()
    first, second, third = (a_frozen_scene(1, organisation=busy).sendout.id for _ in range(3))
    other = a_frozen_scene(1).sendout.id

    assert taken(Turns(Channel.EMAIL, is_urgent=False), 8) == [first, other, second, other, third, other, first, other]


def test_who_rests_is_passed_over_until_rested():
    first, second = a_frozen_scene(1), a_frozen_scene(1)
    turns = Turns(Channel.EMAIL, is_urgent=False)

    turns.rest(first.work, 60)

    assert taken(turns, 2) == [second.sendout.id] * 2
    turns.rest(second.work, 30)
    assert turns.next_work() is None
    assert turns.wait_seconds == pytest.approx(30, abs=1)
    turns.rest(first.work, 0)
    assert turns.wait_seconds == 0
    assert turns.next_work() == first.work


def test_without_work_there_is_nothing_to_wait_for():
    turns = Turns(Channel.EMAIL, is_urgent=False)

    assert turns.next_work() is None
    assert turns.wait_seconds is None


def test_what_becomes_ready_is_seen_as_soon_as_nothing_else_is():
    scene = a_frozen_scene(1)
    run_sql("UPDATE sendouts SET state = 'paused'")
    turns = Turns(Channel.EMAIL, is_urgent=False)
    assert turns.next_work() is None

    run_sql("UPDATE sendouts SET state = 'running'")

    assert turns.next_work() == scene.work
