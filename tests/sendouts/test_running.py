import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.domain.sendout_state import SendoutState
from app.extensions import db, redis_client
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.sendouts.running import URGENT_UNDO_SECONDS, Actor, cancel, cancel_ready, launch, pause, resume, undo_launch
from tests.factories import a_member, an_organisation
from tests.scenes import a_frozen_scene, a_scene, batches_of, claimed, freeze, messages_of, run_sql, statuses

pytestmark = pytest.mark.usefixtures("database")


def a_draft(**values):
    return a_scene(2, state=SendoutState.DRAFT, **values)


def actor_of(scene):
    user = a_member(scene.organisation)
    db.session.commit()
    return Actor(scene.organisation.id, user.id)


def did(verb, scene, *args, **values):
    verb(scene.sendout.id, *args or (actor_of(scene),), **values)
    db.session.commit()


def test_launching_leaves_time_to_undo_and_says_who():
    scene = a_draft()
    actor = actor_of(scene)

    did(launch, scene, actor)

    assert (scene.sendout.state, scene.sendout.launched_by) == (SendoutState.LAUNCHING, actor.user_id)
    assert scene.sendout.leaves_at - scene.sendout.launched_at == timedelta(seconds=20)
    assert redis_client.client.keys("rq:job:*") == []


def test_an_urgent_text_leaves_sooner():
    scene = a_draft(is_urgent=True)

    did(launch, scene)

    assert scene.sendout.leaves_at - scene.sendout.launched_at == timedelta(seconds=URGENT_UNDO_SECONDS)


@pytest.mark.parametrize(("is_urgent", "queue"), [(False, "default"), (True, "urgent")])
def test_without_time_to_undo_the_job_is_asked_for_at_once(is_urgent, queue):
    scene = a_draft(is_urgent=is_urgent)

    did(launch, scene, undo_seconds=0)

    assert redis_client.client.lrange(f"rq:queue:{queue}", 0, -1) == [f"launch-{scene.sendout.id}".encode()]


def test_launching_twice_starts_once():
    scene = a_draft()
    did(launch, scene)

    with pytest.raises(Conflict):
        launch(scene.sendout.id, actor_of(scene))


def test_of_two_who_launch_at_the_same_moment_one_wins(app):
    scene = a_draft()
    sendout_id, actor = scene.sendout.id, actor_of(scene)
    start, results = threading.Barrier(2), []

    def press():
        with app.app_context():
            start.wait(5)
            try:
                launch(sendout_id, actor)
                db.session.commit()
                results.append("launched")
            except Conflict:
                results.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(results) == ["launched", "told"]


def test_undone_in_time_it_is_a_draft_again_and_never_leaves():
    scene = a_draft()
    did(launch, scene)

    did(undo_launch, scene)
    freeze(scene.sendout)

    assert (scene.sendout.state, scene.sendout.leaves_at, scene.sendout.launched_by) == (SendoutState.DRAFT, None, None)
    assert statuses(scene) == []


@pytest.mark.parametrize(
    "circumstance", ["leaves_at = now() - interval '1 second'", "audience_count = 2", "state = 'running'", "leaves_at = NULL"]
)
def test_what_is_going_out_cannot_be_undone(circumstance):
    scene = a_draft()
    did(launch, scene)
    run_sql(f"UPDATE sendouts SET {circumstance}")  # noqa: S608

    with pytest.raises(Conflict):
        undo_launch(scene.sendout.id, actor_of(scene))


def test_a_pause_stops_and_a_resume_goes_on():
    scene = a_frozen_scene(2)

    did(pause, scene)
    assert scene.sendout.state == SendoutState.PAUSED
    did(resume, scene)

    assert scene.sendout.state == SendoutState.RUNNING
    assert len(claimed(scene).recipients) == 2


def test_a_held_one_that_was_never_frozen_is_frozen_when_it_is_resumed():
    scene = a_scene(2, state=SendoutState.HELD, held_reason="Found too late", leaves_at=now())

    did(resume, scene)
    freeze(scene.sendout)

    assert (scene.sendout.state, scene.sendout.held_reason) == (SendoutState.RUNNING, None)
    assert statuses(scene) == ["pending", "pending"]


def test_a_cancelled_one_names_who_and_keeps_what_was_handed_over():
    scene = a_frozen_scene(3, email=1)
    claimed(scene)
    actor = actor_of(scene)

    did(cancel, scene, actor)

    assert statuses(scene) == ["pending", "cancelled", "cancelled"]
    assert [each.cancelled_by for each in messages_of(scene)] == [None, actor.user_id, actor.user_id]
    assert [batch.state for batch in batches_of(scene)] == ["open", "done", "done"]
    run_sql("UPDATE batches SET state = 'ready', lease_until = NULL WHERE state = 'open'")
    assert cancel_ready(scene.sendout.id, None) == 1
    db.session.commit()
    assert statuses(scene) == ["cancelled"] * 3


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_cancelling_meets_an_event_that_is_being_applied_and_neither_fails(app):
    """An event locks its messages and then their send-out, here as app.messages.events does; a late one may be about a waiting message."""
    scene = a_frozen_scene(3)
    sendout_id, actor = scene.sendout.id, actor_of(scene)

    def press():
        with app.app_context():
            cancel(sendout_id, actor)
            db.session.commit()

    with ThreadPoolExecutor(1) as presser, db.engine.connect() as event, db.engine.connect() as looking:
        event.execute(db.text("SELECT FROM messages ORDER BY id FOR UPDATE"))
        pressed = presser.submit(press)
        while not looking.execute(db.text(WAITING)).scalar_one():
            looking.rollback()
        event.execute(db.text("UPDATE sendouts SET first_delivered_at = now()"))
        event.commit()
        pressed.result(10)

    assert statuses(scene) == ["cancelled"] * 3
    assert scene.sendout.first_delivered_at is not None


WRONG = [(pause, SendoutState.DRAFT), (resume, SendoutState.RUNNING), (cancel, SendoutState.CANCELLED), (launch, SendoutState.RUNNING)]


@pytest.mark.parametrize(("verb", "state"), WRONG)
def test_a_verb_that_the_state_does_not_allow_is_refused_in_words(verb, state):
    scene = a_scene(1, state=state)

    with pytest.raises(Conflict, match=state):
        verb(scene.sendout.id, actor_of(scene))


@pytest.mark.parametrize("verb", [launch, undo_launch, pause, resume, cancel])
def test_another_organisations_send_out_is_not_there(verb):
    scene = a_frozen_scene(1)
    stranger = an_organisation()

    with pytest.raises(NotFound):
        verb(scene.sendout.id, Actor(stranger.id, None))
    with pytest.raises(NotFound):
        verb(999_999, Actor(stranger.id, None))
