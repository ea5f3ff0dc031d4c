import threading
from datetime import timedelta
from typing import Any

import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.extensions import db
from app.lib.clock import now
from app.messages.claiming import claim, ready_work
from app.messages.counts import recount
from tests.factories import a_message, a_sendout
from tests.scenes import a_frozen_scene, a_scene, freeze, messages_of, run_sql

pytestmark = pytest.mark.usefixtures("database")

MARKETING = CommunicationType.MARKETING


def cap(messages, days=7):
    run_sql(
        "UPDATE organisations SET has_contact_cap = true, contact_cap = :messages, contact_cap_days = :days", messages=messages, days=days
    )


def had(person, organisation, *days_ago, **values):
    """So many days ago they got news by e-mail, once for each; the values are the messages'."""
    for days in days_ago:
        at = now() - timedelta(days=days)
        earlier = a_sendout(organisation, state="running", communication_type=MARKETING, launched_at=at, last_progress_at=at)
        told: dict[str, Any] = {"status": "delivered", "accepted_at": at} | values
        a_message(earlier, person, **told)
    db.session.commit()


def take(scene):
    [work] = [each for each in ready_work(Channel.EMAIL, is_urgent=False) if each.sendout_id == scene.sendout.id]
    taken = claim(work, Channel.EMAIL, slot="send-test-0")
    db.session.commit()
    return taken


def reasons(scene):
    return [message.skip_reason for message in messages_of(scene)]


def test_who_has_had_so_many_gets_no_more_at_the_start():
    scene = a_scene(3, communication_type=MARKETING)
    had(scene.people[0], scene.organisation, 1, 6)
    had(scene.people[1], scene.organisation, 1, 8)
    cap(2)

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.CONTACT_CAP, None, None]


def test_what_came_between_start_and_claim_counts_too():
    scene = a_frozen_scene(2, communication_type=MARKETING)
    had(scene.people[0], scene.organisation, 0)
    cap(1)

    taken = take(scene)

    assert [each.address for each in taken.recipients] == [scene.people[1].email_address]
    assert reasons(scene) == [SkipReason.CONTACT_CAP, None]
    assert recount() == []


@pytest.mark.parametrize(
    "values",
    [
        {"status": "skipped", "skip_reason": "bounced", "accepted_at": None},
        {"status": "cancelled", "accepted_at": None},
        {"status": "pending", "accepted_at": None},
        {"channel": Channel.SMS},
    ],
)
def test_what_never_left_and_what_went_by_the_other_channel_does_not_count(values):
    scene = a_scene(1, communication_type=MARKETING)
    had(scene.people[0], scene.organisation, 1, **values)
    cap(1)

    freeze(scene.sendout)

    assert reasons(scene) == [None]


def test_what_may_have_arrived_counts():
    scene = a_scene(1, communication_type=MARKETING)
    had(scene.people[0], scene.organisation, 1, status="in_doubt", accepted_at=None)
    cap(1)

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.CONTACT_CAP]


def test_what_people_need_to_know_goes_and_does_not_count():
    scene = a_scene(1)
    had(scene.people[0], scene.organisation, 1)
    run_sql("UPDATE sendouts SET communication_type = 'non_marketing' WHERE id <> :id", id=scene.sendout.id)
    cap(1)
    freeze(scene.sendout)
    news = a_scene(0, organisation=scene.organisation, communication_type=MARKETING)
    run_sql("INSERT INTO sendout_people (sendout_id, participant_id, organisation_id) VALUES (:s, :p, :o)", s=news.sendout.id,
            p=scene.people[0].id, o=scene.organisation.id)  # fmt: skip

    freeze(news.sendout)

    assert (reasons(scene), reasons(news)) == ([None], [None])


def test_another_organisation_s_news_do_not_count():
    scene = a_scene(1, communication_type=MARKETING)
    other = a_scene(0, communication_type=MARKETING)
    had(scene.people[0], other.organisation, 1)
    cap(1)

    freeze(scene.sendout)

    assert reasons(scene) == [None]


def test_the_other_channel_does_not_step_in_for_who_has_had_enough():
    scene = a_scene(1, communication_type=MARKETING, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    had(scene.people[0], scene.organisation, 1)
    run_sql("INSERT INTO text_consents (organisation_id, participant_id, given_at, proof) VALUES (:o, :p, now(), 'form')",
            o=scene.organisation.id, p=scene.people[0].id)  # fmt: skip
    cap(1)

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.CONTACT_CAP] * 2


def test_two_send_outs_at_once_do_not_overlook_each_other(app):
    one = a_frozen_scene(1, communication_type=MARKETING)
    two = a_scene(0, organisation=one.organisation, communication_type=MARKETING)
    run_sql("INSERT INTO sendout_people (sendout_id, participant_id, organisation_id) VALUES (:s, :p, :o)", s=two.sendout.id,
            p=one.people[0].id, o=one.organisation.id)  # fmt: skip
    freeze(two.sendout)
    run_sql("UPDATE sendouts SET launched_at = now()")
    cap(1)
    works, taken = ready_work(Channel.EMAIL, is_urgent=False), []
    start = threading.Barrier(2)

    def take_one(work):
        with app.app_context():
            start.wait()
            claimed = claim(work, Channel.EMAIL, slot=f"send-test-{work.sendout_id}")
            taken.append(len(claimed.recipients) if claimed else 0)
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=take_one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(taken) == [0, 1]
