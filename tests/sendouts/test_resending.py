import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.channels import ChannelPlan
from app.domain.resends import ResendGroup
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.models import Message, Sendout, SendoutAttachment
from app.sendouts.freezing import freeze_audience
from app.sendouts.resending import resend, why_not_offered
from app.sendouts.running import Actor
from app.sendouts.waiting import NotOpened, not_opened
from tests.factories import an_organisation, saved
from tests.scenes import a_scene, freeze, messages_of, run_sql
from tests.sendouts.resends import change, choice, resent, sent, started

pytestmark = pytest.mark.usefixtures("database")


NO_SIGN, CANNOT_TELL, NOBODY = NotOpened(1, 0), NotOpened(0, 1), NotOpened(0, 0)

SIGNS = [
    ("status = 'delivered'", NO_SIGN),
    ("status = 'sent'", NO_SIGN),
    ("machine_opened_at = now()", CANNOT_TELL),
    ("machine_clicked_at = now()", CANNOT_TELL),
    ("opened_at = now()", NOBODY),
    ("opened_at = now(), machine_opened_at = now()", NOBODY),
    ("clicked_at = now()", NOBODY),
    ("responded_at = now()", NOBODY),
    ("acknowledged_at = now()", NOBODY),
    ("wrote_back_at = now()", NOBODY),
    ("opted_out_at = now(), opted_out_by = 'link'", NOBODY),
    ("status = 'complaint'", NOBODY),
    ("status = 'bounced'", NOBODY),
    ("status = 'soft_bounced'", NOBODY),
    ("status = 'not_sent'", NOBODY),
    ("status = 'in_doubt'", NOBODY),
    ("status = 'pending'", NOBODY),
    ("status = 'cancelled'", NOBODY),
    ("status = 'skipped', skip_reason = 'bounced'", NOBODY),
]


@pytest.mark.parametrize(("changes", "expected"), SIGNS)
def test_who_did_not_open_is_two_numbers_and_leaves_out_everybody_else(changes, expected):
    scene = sent()
    change(scene, changes)

    assert not_opened(scene.sendout) == expected


CHAINS = [
    # what became of the resend to one who did not open the original, and whether they may be written to a third time
    ("status = 'delivered'", NO_SIGN),
    ("status = 'pending'", NOBODY),
    ("status = 'in_doubt'", NOBODY),
    ("status = 'delivered', opened_at = now()", NOBODY),
    ("status = 'bounced'", NOBODY),
    ("status = 'delivered', machine_opened_at = now()", CANNOT_TELL),
    ("status = 'cancelled'", NO_SIGN),
    ("status = 'skipped', skip_reason = 'duplicate'", NO_SIGN),
    ("status = 'skipped', skip_reason = 'stopped'", NOBODY),
]


@pytest.mark.parametrize(("changes", "expected"), CHAINS)
def test_the_whole_chain_of_resends_counts(changes, expected):
    scene = sent()
    copy = resent(scene)
    assert started(scene, copy) == [scene.people[0].id]

    change(scene, changes, sendout=copy)

    assert not_opened(scene.sendout) == not_opened(copy) == expected


def test_an_open_of_the_original_after_the_resend_counts_as_well():
    scene = sent(2)
    copy = resent(scene)
    started(scene, copy)
    run_sql("UPDATE messages SET status = 'delivered'")

    change(scene, "opened_at = now()", number=1)

    assert not_opened(copy) == NO_SIGN


@pytest.mark.parametrize(
    ("ticked", "expected"),
    [({"cannot_tell": False}, [0]), ({"no_sign": False}, [1]), ({}, [0, 1])],
)
def test_the_copy_goes_to_those_who_were_ticked(ticked, expected):
    scene = sent(3)
    change(scene, "machine_opened_at = now()", number=1)
    change(scene, "opened_at = now()", number=2)

    copy = resent(scene, **ticked)

    assert started(scene, copy) == [scene.people[number].id for number in expected]


def test_a_copy_is_a_draft_that_hangs_under_the_first_of_its_chain():
    scene = sent()
    saved(
        SendoutAttachment(
            organisation_id=scene.organisation.id,
            sendout_id=scene.sendout.id,
            file_name="a.pdf",
            content_type="application/pdf",
            content=b"1",
        )
    )

    copy = resent(scene)
    started(scene, copy)
    run_sql("UPDATE messages SET status = 'delivered'")
    second = resend(copy.id, Actor(scene.organisation.id, None), choice(form_token="form-2"))

    assert (second.state, second.resend_of, second.root_id) == (SendoutState.DRAFT, copy.id, scene.sendout.id)
    assert (second.subject, second.html, second.email_sender_id) == (
        scene.sendout.subject,
        scene.sendout.html,
        scene.sendout.email_sender_id,
    )
    names = db.session.query(SendoutAttachment.file_name).filter_by(sendout_id=second.id).all()
    assert [tuple(name) for name in names] == [("a.pdf",)]


def test_however_often_the_form_is_sent_there_is_one_copy():
    scene = sent()

    assert resent(scene).id == resent(scene).id
    assert db.session.query(Sendout).count() == 2


def resends_of(scene, many=2):
    """Different forms of one original, all sent within the same seconds."""
    copies = [resent(scene, form_token=f"form-{number}") for number in range(many)]
    run_sql("UPDATE sendouts SET state = 'launching', launched_at = now() WHERE resend_of IS NOT NULL")
    return copies


def goes_to(scene, copy):
    return {message.participant_id for message in messages_of(type(scene)(scene.organisation, scene.people, copy))}


def test_two_resends_of_the_same_instant_share_nobody():
    scene = sent(3)
    first, second = resends_of(scene)

    freeze(first)
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE sendout_id = :id", id=first.id)
    freeze(second)

    assert (len(goes_to(scene, first)), goes_to(scene, second)) == (3, set())


def test_a_resend_that_is_being_resolved_keeps_its_people():
    scene = sent(3)
    first, second = resends_of(scene)
    freeze_audience(first.id)
    db.session.commit()

    freeze(second)
    freeze(first)

    assert (len(goes_to(scene, first)), goes_to(scene, second)) == (3, set())


def test_a_resend_that_was_cancelled_while_it_was_resolved_keeps_nobody():
    scene = sent(3)
    first, second = resends_of(scene)
    freeze_audience(first.id)
    run_sql("UPDATE sendouts SET state = 'cancelled' WHERE id = :id", id=first.id)

    freeze(second)

    assert len(goes_to(scene, second)) == 3


def test_resends_that_are_resolved_by_several_workers_at_once_share_nobody(app):
    scene = sent(20)
    copies = [copy.id for copy in resends_of(scene, many=4)]
    together = threading.Barrier(len(copies))

    def resolve(sendout_id):
        with app.app_context():
            together.wait(10)
            freeze(db.session.get_one(Sendout, sendout_id))

    with ThreadPoolExecutor(len(copies)) as workers:
        list(workers.map(resolve, copies))

    written = db.session.query(Message.participant_id).filter(Message.sendout_id.in_(copies)).all()
    assert sorted(person for (person,) in written) == [person.id for person in scene.people]


def test_whoever_asks_for_one_more_resend_later_gets_it():
    scene = sent(2)
    first = resent(scene)
    started(scene, first)
    run_sql("UPDATE messages SET status = 'delivered', accepted_at = now()")

    second = resent(scene, form_token="form-2")
    run_sql("UPDATE sendouts SET launched_at = now() WHERE id = :id", id=second.id)

    assert len(started(scene, second)) == 2


def test_without_tracking_nobody_knows_who_did_not_open():
    scene = sent()
    scene.sendout.was_tracked = False
    db.session.commit()

    assert "not tracked" in (why_not_offered(scene.sendout, ResendGroup.NOT_OPENED) or "")
    with pytest.raises(Conflict):
        resent(scene)


def test_before_anything_went_there_is_nothing_to_resend():
    only_texts = a_scene(1, channel_plan=ChannelPlan.SMS, audience_count=1).sendout

    assert all(why_not_offered(a_scene(1).sendout, group) for group in ResendGroup)
    assert why_not_offered(a_scene(1, email_sender_id=None, audience_count=1).sendout, ResendGroup.NOT_OPENED) is not None
    assert why_not_offered(only_texts, ResendGroup.NOT_OPENED) is not None
    assert why_not_offered(only_texts, ResendGroup.NOT_ANSWERED) is not None
    assert why_not_offered(only_texts, ResendGroup.NOT_REACHED) is None
    assert why_not_offered(sent().sendout, ResendGroup.NOT_OPENED) is None


def test_somebody_must_be_chosen():
    with pytest.raises(Invalid):
        resent(sent(), no_sign=False, cannot_tell=False)


def test_another_organisations_send_out_cannot_be_resent():
    scene = sent()

    with pytest.raises(NotFound):
        resend(scene.sendout.id, Actor(an_organisation().id, None), choice())
