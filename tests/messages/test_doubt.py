from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.doubt import LATER_SENDS
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.messages.doubt import doubtful_batches, lasting_doubts, leave_batch, leave_doubt, send_batch_again, send_doubtful_again
from app.messages.settling import doubtful_texts, expire_slot, settle_emails
from app.models import CallbackReceipt, MessageEvent
from app.models.callback_receipt import ServerTrouble
from tests.factories import an_organisation, saved
from tests.scenes import a_frozen_scene, batches_of, claimed, run_sql, statuses, the_web_is_there

pytestmark = pytest.mark.usefixtures("database")

WINDOW = 900


@pytest.fixture(autouse=True)
def _web():
    the_web_is_there()


def in_doubt(people=2, channel=Channel.EMAIL, seconds=1_000, **values):
    """A batch whose worker died, handed over so many seconds ago."""
    plan = ChannelPlan.SMS if channel is Channel.SMS else ChannelPlan.EMAIL
    scene = a_frozen_scene(people, channel_plan=plan, **values)
    claimed(scene, channel)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - make_interval(secs => :seconds) WHERE state = 'done'", seconds=seconds)
    return scene


def the_batch(scene):
    (found,) = doubtful_batches(scene.organisation.id)
    return found


def hear_of_later_ones(scene, count):
    for number in range(count):
        saved(
            MessageEvent(
                organisation_id=scene.organisation.id, message_id=10_000 + number, channel="email", event_key=f"later-{number}",
                kind="status", status="sent", occurred_at=now() - timedelta(seconds=500),
                received_at=now() - timedelta(seconds=400),
            )
        )  # fmt: skip
    db.session.commit()


def test_a_batch_in_doubt_is_shown_with_its_people_and_why():
    scene = in_doubt(2, title="Spring camp")

    found = the_batch(scene)

    assert (found.title, len(found.people)) == ("Spring camp", 2)
    assert {person.address for person in found.people} == {person.email_address for person in scene.people}
    assert found.people[0].name == f"Ava {scene.people[0].last_name}"
    assert found.whys == ["the program that was sending it stopped before the answer was written down"]


def test_the_figures_are_those_that_settling_goes_by():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    saved(CallbackReceipt(kind="ses", receipt_key="k", url="", body=b"{}", due_at=now() - timedelta(seconds=60)))
    saved(ServerTrouble(kind="ses"))
    db.session.commit()

    evidence = the_batch(scene).evidence

    assert (evidence.later_sends, evidence.waiting_receipts) == (LATER_SENDS, 1)
    assert (evidence.trouble_at is not None, evidence.is_trouble_lasting) == (True, True)
    assert the_batch(scene).settles_at is None


@pytest.mark.parametrize(("seconds_ago", "is_lasting"), [(100, False), (3_700, True)])
def test_what_was_turned_away_is_waited_for_as_long_as_it_may_come_again(seconds_ago, is_lasting):
    scene = in_doubt()
    run_sql("UPDATE batches SET claimed_at = now() - interval '4000 seconds' WHERE state = 'done'")
    hear_of_later_ones(scene, LATER_SENDS)
    saved(ServerTrouble(kind="ses", receipt_key="away", happened_at=now() - timedelta(seconds=seconds_ago)))
    db.session.commit()

    [obstacle] = the_batch(scene).obstacles

    assert obstacle.is_final is is_lasting


def test_news_that_comes_late_is_named_with_its_last():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    run_sql("UPDATE message_events SET received_at = now() - interval '160 seconds' WHERE event_key = 'later-0'")

    [obstacle] = the_batch(scene).obstacles

    assert "comes late" in obstacle.words
    assert obstacle.at == db.session.scalar(select(MessageEvent.received_at).where(MessageEvent.event_key == "later-0"))


def test_what_was_turned_away_and_came_again_is_no_obstacle():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    saved(ServerTrouble(kind="ses", receipt_key="away"))
    saved(CallbackReceipt(kind="ses", receipt_key="away", url="", body=b"{}", applied_at=now()))
    db.session.commit()

    assert the_batch(scene).obstacles == []


def test_while_our_web_is_not_long_back_the_page_says_until_when_it_was_away():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    the_web_is_there(up_seconds=300)

    found = the_batch(scene)

    [obstacle] = found.obstacles
    assert obstacle.words == "Our web was not reachable until {at}; what Amazon reported meanwhile may still come."
    assert abs(now() - timedelta(seconds=300) - obstacle.at) < timedelta(seconds=10)
    assert found.settles_at == obstacle.at + timedelta(seconds=WINDOW)
    assert (found.is_lasting, found.is_due) == (True, False)


@pytest.mark.parametrize("how", [{"seen_seconds_ago": 20}, None])
def test_without_a_sign_of_life_of_our_web_the_page_says_so(how):
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    run_sql("DELETE FROM heartbeats") if how is None else the_web_is_there(**how)

    [obstacle] = the_batch(scene).obstacles

    assert "gives no sign of life" in obstacle.words
    assert not obstacle.is_final


def test_what_amazon_may_have_given_up_meanwhile_is_for_a_person():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)
    the_web_is_there(up_seconds=950, missed_until=now() - timedelta(seconds=900))

    found = the_batch(scene)

    assert [each.is_final for each in found.obstacles] == [True]
    assert found.settles_at is None


def test_a_batch_without_obstacles_is_one_that_settling_takes():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)

    assert the_batch(scene).obstacles == []
    assert settle_emails(WINDOW) == 2


def test_a_left_batch_is_asked_about_no_more_and_never_sent_again_by_itself():
    scene = in_doubt()
    hear_of_later_ones(scene, LATER_SENDS)

    assert leave_batch(scene.organisation.id, the_batch(scene).batch_id) == (scene.sendout.id, 2)
    db.session.commit()

    assert lasting_doubts(scene.organisation.id) == []
    assert settle_emails(WINDOW) == 0
    assert (the_batch(scene).settles_at, statuses(scene)) == (None, ["in_doubt", "in_doubt"])


def test_left_texts_are_not_looked_for():
    scene = in_doubt(channel=Channel.SMS)
    leave_batch(scene.organisation.id, the_batch(scene).batch_id)

    assert doubtful_texts(WINDOW, 600) == []


def test_a_person_sends_a_whole_batch_again_even_a_left_one():
    scene = in_doubt(3)
    batch_id = the_batch(scene).batch_id
    leave_batch(scene.organisation.id, batch_id)

    assert send_batch_again(scene.organisation.id, batch_id) == (scene.sendout.id, 3)
    db.session.commit()

    assert statuses(scene) == ["pending"] * 3
    assert [(batch.state, batch.attempt) for batch in batches_of(scene)] == [("done", 1), ("ready", 1)]


def test_what_is_in_doubt_anew_is_asked_about_again_although_its_first_hand_over_was_left():
    scene = in_doubt()
    batch_id = the_batch(scene).batch_id
    leave_batch(scene.organisation.id, batch_id)
    send_batch_again(scene.organisation.id, batch_id)
    db.session.commit()
    claimed(scene)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - interval '1000 seconds' WHERE doubt_left_at IS NULL")

    assert [doubt.people for doubt in lasting_doubts(scene.organisation.id)] == [2]


def test_nothing_is_sent_again_before_settling_has_had_its_time():
    scene = in_doubt(seconds=100)

    assert not the_batch(scene).is_lasting
    with pytest.raises(Conflict, match="still being found out"):
        send_batch_again(scene.organisation.id, the_batch(scene).batch_id)


@pytest.mark.parametrize("state", [SendoutState.CANCELLED, SendoutState.HELD])
def test_nothing_is_sent_again_of_what_has_been_stopped(state):
    scene = in_doubt()
    scene.sendout.state = state
    db.session.commit()

    assert not the_batch(scene).can_send
    with pytest.raises(Conflict):
        send_batch_again(scene.organisation.id, the_batch(scene).batch_id)
    with pytest.raises(Conflict):
        send_doubtful_again(scene.sendout)


def test_another_organisations_doubts_are_not_there():
    scene = in_doubt()
    other = an_organisation(name="Hillside School", short_name="Hillside")

    assert doubtful_batches(other.id) == []
    assert lasting_doubts(other.id) == []
    for verb in (send_batch_again, leave_batch):
        with pytest.raises(NotFound):
            verb(other.id, the_batch(scene).batch_id)


def test_a_batch_that_was_settled_meanwhile_is_not_there():
    scene = in_doubt()
    batch_id = the_batch(scene).batch_id
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now()")

    with pytest.raises(NotFound, match="in doubt any more"):
        leave_batch(scene.organisation.id, batch_id)


def test_leaving_a_send_out_leaves_its_lasting_batches_and_not_its_young_ones():
    scene = a_frozen_scene(4, email=2)
    for _ in range(2):
        claimed(scene)
    expire_slot("send-test-0")
    run_sql("UPDATE batches SET claimed_at = now() - interval '1000 seconds' WHERE id = (SELECT min(id) FROM batches)")

    leave_doubt(scene.sendout)
    db.session.commit()

    assert [batch.doubt_left_at is not None for batch in batches_of(scene)] == [True, False]
    assert statuses(scene) == ["in_doubt"] * 4
