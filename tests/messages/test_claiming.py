import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.clock import now
from app.messages.claiming import Work, claim, ready_work, recipient_of
from app.sendouts.running import Actor, cancel, pause
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress
from tests.factories import a_participant, an_organisation
from tests.scenes import a_frozen_scene, a_scene, batches_of, claimed, freeze, messages_of, run_sql, statuses
from tests.sendouts.crowds import agree

pytestmark = pytest.mark.usefixtures("database")


def take(scene, channel=Channel.EMAIL):
    taken = claim(scene.work, channel, slot="send-test-0")
    db.session.commit()
    return taken


def suppress_email(person, reason, **values):
    suppress([NewEntry(person.organisation_id, Channel.EMAIL, person.email_address, reason, EntrySource.USER, **values)])
    db.session.commit()


def test_a_claim_holds_the_next_batch_its_attempt_and_its_people_in_id_order():
    scene = a_frozen_scene(3, email=2)

    first, second, third = (take(scene) for _ in range(3))

    assert [first.attempt, second.attempt, third] == [1, 1, None]
    assert [each.address for each in first.recipients] == [person.email_address for person in scene.people[:2]]
    assert [batch.state for batch in batches_of(scene)] == ["open", "open"]
    assert all(
        batch.lease_until is not None and batch.lease_until > now() + timedelta(seconds=50) and batch.slot == "send-test-0"
        for batch in batches_of(scene)
    )
    assert first.recipients[0].fields["first_name"] == "Ava"
    assert recipient_of(second.recipients[0].message_id) == second.recipients[0]


def test_a_claim_does_not_walk_over_what_is_done_though_the_planner_takes_it_for_ready():
    scene = a_frozen_scene(1, email=1)
    run_sql(
        "INSERT INTO batches (organisation_id, sendout_id, channel, message_count)"
        " SELECT organisation_id, sendout_id, channel, 1 FROM batches CROSS JOIN generate_series(1, 3000)"
    )
    run_sql("ANALYZE batches")
    run_sql("UPDATE batches SET state = 'done' WHERE id < (SELECT max(id) - 1 FROM batches)")
    take(scene)  # forgets those that were ready a moment ago

    before = batches_read()  # by what came before, and is not counted elsewhere yet
    taken = claim(scene.work, Channel.EMAIL, slot="send-test-0")
    assert taken is not None
    assert 0 < batches_read() - before < 100
    db.session.rollback()


def batches_read():
    read = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'batches'")
    return db.session.execute(read).scalar_one()


def test_claimers_at_the_same_time_never_take_the_same_batch(app):
    scene = a_frozen_scene(40, email=2)
    work, taken = scene.work, []
    start = threading.Barrier(4)

    def take_all():
        with app.app_context():
            start.wait(5)
            while (got := claim(work, Channel.EMAIL, slot="send-test-0")) is not None:
                db.session.commit()
                taken.append(got)
            db.session.rollback()

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    messages = [recipient.message_id for got in taken for recipient in got.recipients]
    assert len({got.batch_id for got in taken}) == len(taken) == 20
    assert len(set(messages)) == len(messages) == 40


SINCE = [
    (SuppressionReason.UNSUBSCRIBE, SkipReason.UNSUBSCRIBED_SINCE),
    (SuppressionReason.MANUAL, SkipReason.UNSUBSCRIBED_SINCE),
    (SuppressionReason.STOP, SkipReason.STOPPED),
    (SuppressionReason.COMPLAINT, SkipReason.COMPLAINED),
    (SuppressionReason.BOUNCE, SkipReason.BOUNCED),
    (SuppressionReason.SOFT_BOUNCES, SkipReason.BOUNCED),
    (SuppressionReason.BAD_EMAIL, SkipReason.BAD_ADDRESS),
]


@pytest.mark.parametrize(("reason", "expected"), SINCE)
def test_what_came_on_the_list_between_start_and_claim_is_honoured(reason, expected):
    scene = a_frozen_scene(2, communication_type=CommunicationType.MARKETING)
    suppress_email(scene.people[0], reason)

    taken = take(scene)

    assert [each.address for each in taken.recipients] == [scene.people[1].email_address]
    assert [(each.status, each.skip_reason) for each in messages_of(scene)] == [("skipped", expected), ("pending", None)]


def test_an_unsubscribe_from_marketing_stops_nothing_that_people_need_to_know():
    scene = a_frozen_scene(1)
    suppress_email(scene.people[0], SuppressionReason.UNSUBSCRIBE)

    assert len(take(scene).recipients) == 1


def test_an_entry_lifted_again_or_of_somebody_else_stops_nothing():
    scene = a_frozen_scene(2)
    suppress_email(scene.people[0], SuppressionReason.BOUNCE)
    run_sql("UPDATE unsubscribe_entries SET lifted_at = now()")
    suppress_email(a_participant(an_organisation(), email_address=scene.people[1].email_address), SuppressionReason.BOUNCE)

    assert len(take(scene).recipients) == 2


def test_a_consent_withdrawn_since_the_start_is_honoured():
    scene = a_scene(2, channel_plan=ChannelPlan.SMS, communication_type=CommunicationType.MARKETING)
    for person in scene.people:
        agree(person)
    freeze(scene.sendout)
    run_sql("UPDATE text_consents SET withdrawn_at = now() WHERE participant_id = :id", id=scene.people[0].id)

    taken = take(scene, Channel.SMS)

    assert [each.address for each in taken.recipients] == [scene.people[1].phone_number]
    assert messages_of(scene)[0].skip_reason == SkipReason.NO_CONSENT


def test_what_is_too_late_does_not_go():
    scene = a_frozen_scene(2)
    run_sql("UPDATE sendouts SET not_useful_after = now() - interval '1 second'")

    assert take(scene).recipients == ()
    assert [each.skip_reason for each in messages_of(scene)] == [SkipReason.TOO_LATE] * 2


def test_a_person_erased_since_the_start_has_no_address_any_more():
    scene = a_frozen_scene(2)
    run_sql("UPDATE messages SET address = NULL WHERE participant_id = :id", id=scene.people[0].id)

    assert len(take(scene).recipients) == 1
    assert messages_of(scene)[0].skip_reason == SkipReason.NO_ADDRESS


@pytest.mark.parametrize(("verb", "left"), [(pause, ["pending", "pending", "pending"]), (cancel, ["pending", "cancelled", "cancelled"])])
def test_pause_and_cancel_act_before_the_next_claim(verb, left):
    scene = a_frozen_scene(3, email=1)
    claimed(scene)

    verb(scene.sendout.id, Actor(scene.organisation.id, None))
    db.session.commit()

    assert take(scene) is None
    assert ready_work(Channel.EMAIL, is_urgent=False) == []
    assert statuses(scene) == left


def test_work_is_ready_by_channel_urgency_and_time():
    urgent = a_frozen_scene(1, is_urgent=True)
    later = a_frozen_scene(1)
    waiting = a_frozen_scene(1)
    run_sql("UPDATE sendouts SET leaves_at = now() + interval '1 minute' WHERE id = :id", id=later.sendout.id)
    run_sql("UPDATE batches SET ready_at = now() + interval '1 minute' WHERE sendout_id = :id", id=waiting.sendout.id)
    texts = a_frozen_scene(1, channel_plan=ChannelPlan.SMS)

    assert ready_work(Channel.EMAIL, is_urgent=True) == [urgent.work]
    assert ready_work(Channel.EMAIL, is_urgent=False) == []
    assert ready_work(Channel.SMS, is_urgent=False) == [texts.work]
    assert take(waiting) is None


def test_another_worker_is_not_waited_for():
    scene = a_frozen_scene(2, email=1)
    with db.engine.begin() as other:
        other.execute(text("SELECT FROM batches WHERE id = :id FOR UPDATE"), {"id": batches_of(scene)[0].id})

        assert take(scene).batch_id == batches_of(scene)[1].id


def test_a_send_out_that_is_gone_has_nothing_to_claim():
    assert claim(Work(1, 1), Channel.EMAIL, slot="send-test-0") is None
