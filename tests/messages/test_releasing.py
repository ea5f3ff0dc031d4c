import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.messages.releasing import Position, release_fallbacks
from tests.scenes import a_frozen_scene, batches_of, messages_of, run_sql

pytestmark = pytest.mark.usefixtures("database")


def a_waiting_scene(people=1, **values):
    """E-mail, else SMS; the e-mails are out of the ready batches."""
    scene = a_frozen_scene(people, channel_plan=ChannelPlan.EMAIL_ELSE_SMS, **values)
    run_sql("UPDATE batches SET state = 'done'")
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE channel = 'email'")
    return scene


def email_becomes(changes):
    run_sql(f"UPDATE messages SET {changes} WHERE channel = 'email'")  # noqa: S608


def released(size=50):
    moved = release_fallbacks(size).count
    db.session.commit()
    return moved


def texts(scene):
    return [
        (each.status, each.skip_reason, each.fallback_until is not None, each.batch_id is not None)
        for each in messages_of(scene, Channel.SMS)
    ]


WAITS = ("pending", None, True, False)
GOES = ("pending", None, False, True)


def closed(reason):
    return ("skipped", reason, False, False)


FAILURES = [
    "status = 'not_sent'",
    "status = 'bad_email'",
    "status = 'bounced'",
    "status = 'bounced', delivered_at = now()",
    "status = 'soft_bounced'",
    "status = 'skipped', skip_reason = 'bounced'",
    "status = 'skipped', skip_reason = 'bad_address'",
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("is_late", [False, True])
def test_the_text_goes_once_its_email_has_failed_however_late_that_is_noticed(failure, is_late):
    scene = a_waiting_scene()
    if is_late:
        run_sql("UPDATE messages SET fallback_until = now() - interval '1 hour' WHERE fallback_until IS NOT NULL")
    email_becomes(failure)

    assert (released(), released()) == (1, 0)
    assert texts(scene) == [GOES]
    assert [(batch.channel, batch.state, batch.message_count) for batch in batches_of(scene)][1:] == [("sms", "ready", 1)]


NOES = [
    ("status = 'skipped', skip_reason = 'unsubscribed_since'", SkipReason.UNSUBSCRIBED_SINCE),
    ("status = 'skipped', skip_reason = 'complained'", SkipReason.COMPLAINED),
    ("status = 'skipped', skip_reason = 'too_late'", SkipReason.TOO_LATE),
    ("status = 'complaint'", SkipReason.OTHER_CHANNEL),
    ("status = 'bounced', opted_out_at = now(), opted_out_by = 'link'", SkipReason.OTHER_CHANNEL),
]


@pytest.mark.parametrize(("no", "reason"), NOES)
def test_a_no_to_the_email_is_a_no_to_the_text(no, reason):
    scene = a_waiting_scene()
    email_becomes(no)

    assert released() == 1
    assert texts(scene) == [closed(reason)]


def test_the_text_is_closed_when_its_email_arrives():
    scene = a_waiting_scene()
    email_becomes("status = 'delivered', delivered_at = now()")

    assert (released(), released()) == (1, 0)
    assert texts(scene) == [closed(SkipReason.OTHER_CHANNEL)]


STILL_OPEN = ["status = 'sent'", "status = 'delayed'", "status = 'in_doubt'", "status = 'pending'"]


@pytest.mark.parametrize("state", STILL_OPEN)
def test_the_text_waits_while_nothing_is_known(state):
    scene = a_waiting_scene()
    email_becomes(state)

    assert released() == 0
    assert texts(scene) == [WAITS]


@pytest.mark.parametrize(("state", "expected"), [
    ("status = 'sent'", closed(SkipReason.OTHER_CHANNEL)),
    ("status = 'delayed'", closed(SkipReason.OTHER_CHANNEL)),
    ("status = 'in_doubt'", WAITS),
    ("status = 'pending'", WAITS),
])  # fmt: skip
def test_at_the_end_of_the_window_only_what_was_handed_over_counts_as_reached(state, expected):
    scene = a_waiting_scene()
    email_becomes(state)
    run_sql("UPDATE messages SET fallback_until = now() - interval '1 second' WHERE fallback_until IS NOT NULL")

    released()

    assert texts(scene) == [expected]


def a_round(size=50, window=2):
    """How many moved in each window, until it begins again."""
    position, moved = None, []
    while position != Position():
        done = release_fallbacks(size, position, window=window)
        db.session.commit()
        position = done.position
        moved.append(done.count)
    return moved


def test_waiting_rows_are_looked_at_window_by_window_and_none_is_left_out():
    scenes = [a_waiting_scene(3), a_waiting_scene(2)]
    run_sql("UPDATE messages SET fallback_until = fallback_until + make_interval(secs => id) WHERE fallback_until IS NOT NULL")
    email_becomes("status = 'bounced'")

    assert a_round() == [2, 2, 1]

    assert [texts(scene) for scene in scenes] == [[GOES] * 3, [GOES] * 2]


def test_rows_of_one_instant_may_fall_into_two_windows():
    scene = a_waiting_scene(5)
    email_becomes("status = 'bounced'")

    assert a_round() == [2, 2, 1]
    assert texts(scene) == [GOES] * 5


def test_what_waits_on_is_passed_over_and_looked_at_in_the_next_round():
    scene = a_waiting_scene(4)
    run_sql("UPDATE messages SET fallback_until = fallback_until + make_interval(secs => id) WHERE fallback_until IS NOT NULL")
    assert a_round() == [0, 0, 0]

    email_becomes("status = 'delivered', delivered_at = now()")

    assert sum(a_round()) == 4
    assert texts(scene) == [closed(SkipReason.OTHER_CHANNEL)] * 4


def test_sms_else_email_is_the_same_the_other_way_round():
    scene = a_frozen_scene(1, channel_plan=ChannelPlan.SMS_ELSE_EMAIL)
    run_sql("UPDATE messages SET status = 'failed' WHERE channel = 'sms'")

    released()

    assert messages_of(scene, Channel.EMAIL)[0].batch_id is not None


def test_released_texts_travel_in_batches_of_their_send_out():
    scenes = [a_waiting_scene(3), a_waiting_scene(2)]
    email_becomes("status = 'bounced'")

    assert released(2) == 5

    assert [sorted(batch.message_count for batch in batches_of(scene) if batch.channel == "sms") for scene in scenes] == [[1, 2], [2]]
    for scene in scenes:
        own = {batch.id for batch in batches_of(scene)}
        assert {message.batch_id for message in messages_of(scene, Channel.SMS)} <= own
