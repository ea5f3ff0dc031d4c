from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict
from app.models import AudienceChunk, AudienceSharer, ListMembership, Message, Sendout, SendoutList, TrackedLink
from app.participants.audiences import hold_off_starts
from app.sendouts.freezing import BatchSizes, ChunkSizes, freeze_audience, freeze_chunk
from app.sendouts.running import Actor, cancel
from tests.factories import a_list, a_participant, a_sendout, saved
from tests.scenes import a_frozen_scene, a_scene, batches_of, freeze, messages_of, run_sql, statuses
from tests.sendouts.crowds import name

pytestmark = pytest.mark.usefixtures("database")

SIZES = BatchSizes(50, 50)


@pytest.mark.parametrize("plan", list(ChannelPlan))
def test_everybody_leaves_exactly_one_row_a_channel(plan):
    scene = a_scene(7, channel_plan=plan)
    scene.people[2].email_address = None
    scene.people[3].phone_number = None

    freeze(scene.sendout, email=3, sms=2)

    rows = [(message.participant_id, Channel(message.channel)) for message in messages_of(scene)]
    assert sorted(rows) == sorted((person.id, channel) for person in scene.people for channel in plan.channels)
    assert scene.sendout.audience_count == 7
    assert scene.sendout.frozen_at is not None
    assert scene.sendout.state == SendoutState.RUNNING
    assert [db.session.scalar(select(func.count()).select_from(table)) for table in (AudienceChunk, AudienceSharer)] == [0, 0]


def test_a_person_on_two_lists_gets_one_message():
    scene = a_scene(2)
    again = a_list(scene.organisation, *scene.people)
    saved(SendoutList(organisation_id=scene.organisation.id, sendout_id=scene.sendout.id, list_id=again.id))
    name(scene, scene.people[0])

    freeze(scene.sendout)

    assert statuses(scene) == ["pending", "pending"]


def test_the_empty_audience_is_frozen_too():
    scene = a_frozen_scene(0)

    assert scene.sendout.audience_count == 0
    assert scene.sendout.frozen_at is not None


def test_batches_are_as_large_as_asked_and_say_so():
    scene = a_frozen_scene(7, email=3)

    sizes = [batch.message_count for batch in batches_of(scene)]
    by_batch = [[each.batch_id for each in messages_of(scene)].count(batch.id) for batch in batches_of(scene)]

    assert sizes == by_batch == [3, 3, 1]


def test_an_erased_person_takes_nobody_elses_place():
    scene = a_scene(5)
    scene.people[1].erased_at = now()

    freeze(scene.sendout, people=2)

    assert [message.participant_id for message in messages_of(scene)] == [scene.people[number].id for number in (0, 2, 3, 4)]
    assert scene.sendout.audience_count == 4


def test_a_freeze_begun_again_adds_nothing_twice():
    scene = a_scene(5)
    freeze_audience(scene.sendout.id, ChunkSizes(2, 2))
    db.session.commit()
    freeze_chunk(scene.sendout.id, SIZES)
    db.session.commit()
    freeze_chunk(scene.sendout.id, SIZES)
    db.session.rollback()  # killed before the commit

    freeze(scene.sendout)
    freeze(scene.sendout)

    assert statuses(scene) == ["pending"] * 5
    assert [batch.message_count for batch in batches_of(scene)] == [2, 2, 1]


def test_a_start_that_was_undone_or_happened_before_freezes_nothing():
    scene = a_scene(1, state=SendoutState.DRAFT)

    assert freeze_audience(scene.sendout.id) is False
    assert freeze_chunk(scene.sendout.id, SIZES) is False
    assert statuses(scene) == []


def test_nothing_is_frozen_before_send_can_no_longer_be_undone():
    scene = a_scene(1)
    run_sql("UPDATE sendouts SET leaves_at = now() + interval '15 seconds'")

    assert freeze_audience(scene.sendout.id) is False
    assert scene.sendout.state == SendoutState.LAUNCHING


def test_a_held_send_out_goes_on_with_the_audience_that_it_was_frozen_with():
    scene = a_frozen_scene(2)
    a_list(scene.organisation, a_participant(scene.organisation))
    run_sql("UPDATE sendouts SET state = 'launching'")

    assert freeze_audience(scene.sendout.id) is False
    assert scene.sendout.state == SendoutState.RUNNING
    assert statuses(scene) == ["pending", "pending"]


def test_who_is_not_written_yet_when_it_is_cancelled_becomes_cancelled():
    scene = a_scene(5, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    scene.people[4].email_address = None
    freeze_audience(scene.sendout.id, ChunkSizes(2, 2))
    freeze_chunk(scene.sendout.id, SIZES)
    db.session.commit()
    run_sql("UPDATE sendouts SET title = title")  # the row is in this session's memory from here on
    assert scene.sendout.state == SendoutState.RUNNING

    with db.engine.begin() as elsewhere:
        elsewhere.exec_driver_sql("UPDATE sendouts SET state = 'cancelled'")
    freeze(scene.sendout, people=2)
    cancel_rest(scene)

    assert set(statuses(scene, Channel.EMAIL)[:4]) == {"cancelled"}
    assert statuses(scene, Channel.EMAIL)[4] == "skipped"
    assert set(statuses(scene, Channel.SMS)) == {"cancelled"}
    assert [batch.state for batch in batches_of(scene)] == ["done"]


def cancel_rest(scene):
    db.session.rollback()
    run_sql("UPDATE sendouts SET state = 'running'")
    cancel(scene.sendout.id, Actor(scene.organisation.id, None))
    db.session.commit()


def test_the_links_are_written_once_in_their_order():
    scene = a_scene(1, html='<a href="https://a.example/1">one</a> <a href="https://b.example/2">two</a>')

    freeze(scene.sendout)
    freeze(scene.sendout)

    links = db.session.execute(select(TrackedLink.position, TrackedLink.url).order_by(TrackedLink.position)).all()
    assert [tuple(link) for link in links] == [(0, "https://a.example/1"), (1, "https://b.example/2")]


def test_two_organisations_people_never_mix():
    scene, other = a_scene(2), a_scene(2)

    freeze(scene.sendout)
    freeze(other.sendout)

    assert {message.organisation_id for message in messages_of(scene)} == {scene.organisation.id}
    assert [message.participant_id for message in messages_of(other)] == [person.id for person in other.people]
    assert a_sendout(scene.organisation).audience_count is None


def test_a_message_cannot_name_a_send_out_of_another_organisation():
    scene, stranger = a_frozen_scene(1), a_frozen_scene(1)

    with pytest.raises(IntegrityError):
        run_sql(
            "INSERT INTO messages (organisation_id, sendout_id, participant_id, channel) VALUES (:organisation, :sendout, 1, 'sms')",
            organisation=stranger.organisation.id,
            sendout=scene.sendout.id,
        )


def test_messages_and_a_frozen_audience_go_with_their_send_out():
    gone, scene = two_who_share(a_scene(3)), a_frozen_scene(3)
    freeze_audience(gone.sendout.id, ChunkSizes(2, 2))
    freeze_chunk(gone.sendout.id, SIZES)
    db.session.commit()
    assert [size_of(table) for table in (Message, AudienceChunk, AudienceSharer)] == [5, 1, 2]

    run_sql("DELETE FROM sendouts WHERE id = :id", id=gone.sendout.id)

    assert db.session.scalars(select(Message.sendout_id)).all() == [scene.sendout.id] * 3
    assert [size_of(table) for table in (AudienceChunk, AudienceSharer)] == [0, 0]


def size_of(table):
    return db.session.scalar(select(func.count()).select_from(table))


def two_who_share(scene):
    """The first and the last of a scene have one address."""
    scene.people[-1].email_address = scene.people[0].email_address.upper()
    db.session.commit()
    return scene


@pytest.mark.parametrize("moving", [0, -1])
def test_of_those_who_share_an_address_one_gets_it_whoever_moves_meanwhile(moving):
    scene = two_who_share(a_scene(4))
    shared = scene.people[0].email_address
    freeze_audience(scene.sendout.id, ChunkSizes(2, 2))
    db.session.commit()

    scene.people[moving].email_address = "elsewhere@club.example"
    db.session.commit()
    freeze(scene.sendout)

    first, *_, last = messages_of(scene)
    assert (first.address, first.status) == (shared, "pending")
    assert (last.skip_reason, last.duplicate_of) == ("duplicate", first.participant_id)


def test_a_corrected_address_is_used_by_whoever_is_not_written_yet():
    scene = a_scene(3)
    freeze_audience(scene.sendout.id, ChunkSizes(2, 2))
    freeze_chunk(scene.sendout.id, SIZES)
    db.session.commit()

    for person in scene.people:
        person.email_address = f"{person.id}@corrected.example"
    db.session.commit()
    freeze(scene.sendout)

    assert [str(each.address).endswith("@corrected.example") for each in messages_of(scene)] == [False, False, True]


def test_who_joins_or_leaves_the_list_meanwhile_changes_nothing():
    scene = a_scene(3)
    freeze_audience(scene.sendout.id, ChunkSizes(2, 2))
    db.session.commit()

    run_sql("DELETE FROM list_memberships")
    freeze(scene.sendout)

    assert statuses(scene) == ["pending"] * 3


def test_nobody_is_taken_away_while_an_audience_is_on_its_way():
    scene = a_scene(3)
    hold_off_starts(scene.organisation.id)
    freeze_audience(scene.sendout.id)
    db.session.commit()

    with pytest.raises(Conflict, match="just starting"):
        hold_off_starts(scene.organisation.id)
    db.session.rollback()
    hold_off_starts(a_scene(1).organisation.id)
    db.session.rollback()
    freeze(scene.sendout)

    hold_off_starts(scene.organisation.id)
    db.session.rollback()


def test_an_audience_waits_for_whoever_is_being_taken_away(app):
    scene = a_scene(2)
    sendout_id = scene.sendout.id

    def freeze_elsewhere():
        with app.app_context():
            freeze(db.session.get_one(Sendout, sendout_id))

    with ThreadPoolExecutor(1) as pool:
        hold_off_starts(scene.organisation.id)
        db.session.execute(delete(ListMembership).where(ListMembership.participant_id == scene.people[0].id))
        writing = pool.submit(freeze_elsewhere)
        with pytest.raises(TimeoutError):
            writing.result(timeout=0.5)
        db.session.commit()
        writing.result(timeout=30)

    assert [message.participant_id for message in messages_of(scene)] == [scene.people[1].id]
