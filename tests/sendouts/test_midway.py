from itertools import product

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Conflict, NotFound
from app.models import Sendout, SendoutList
from app.sendouts.drafting.midway import correct, send_without_those_who_got_it
from app.sendouts.drafting.service import copy_sendout
from app.sendouts.running import Actor
from tests.factories import a_list, a_message, a_participant, an_organisation, saved
from tests.reports.mixtures import a_row, a_running_sendout, columns
from tests.scenes import a_frozen_scene, a_scene, claimed, freeze, messages_of, run_sql, statuses
from tests.sendouts.crowds import people_in

pytestmark = pytest.mark.usefixtures("database")

GOT = ["responded", "acknowledged", "wrote_back", "clicked", "opened", "delivered", "sent", "delayed"]
GOT += ["stopped", "unsubscribed", "complaint"]
MAY_HAVE = ["in_doubt"]
DID_NOT = ["pending", "cancelled", "bounced", "bad_email", "bad_number", "failed", "soft_bounced", "not_sent", "skipped:no_address"]

EVERY = [*GOT, *MAY_HAVE, *DID_NOT]


def actor(sendout):
    return Actor(sendout.organisation_id, None)


@pytest.mark.parametrize(("standing", "has_it"), [*((each, True) for each in (*GOT, *MAY_HAVE)), *((each, False) for each in DID_NOT)])
def test_a_correction_goes_to_who_got_it_and_the_copy_to_who_did_not(standing, has_it):
    organisation = an_organisation()
    person = a_participant(organisation)
    sendout = a_stopped_sendout(organisation, a_list(organisation, person))
    a_row(sendout, standing, person=person)

    correction = correct(sendout.id, actor(sendout), "t1")
    copy = send_without_those_who_got_it(sendout.id, actor(sendout), "t2")

    assert people_in(correction) == ([person.id] if has_it else [])
    assert people_in(copy) == ([] if has_it else [person.id])


def a_stopped_sendout(organisation, *lists, **values):
    sendout = a_running_sendout(organisation, **({"state": SendoutState.CANCELLED} | values))
    for each in lists:
        saved(SendoutList(organisation_id=organisation.id, sendout_id=sendout.id, list_id=each.id))
    return sendout


def test_one_channel_is_enough_to_have_got_it():
    organisation = an_organisation()
    sendout = a_stopped_sendout(organisation, plan=ChannelPlan.BOTH)
    person = a_participant(organisation)
    a_row(sendout, "bounced", Channel.EMAIL, person)
    a_row(sendout, "delivered", Channel.SMS, person)

    assert people_in(correct(sendout.id, actor(sendout), "t1")) == [person.id]


def test_the_correction_and_the_copy_share_nobody_and_miss_nobody():
    organisation = an_organisation()
    people = [a_participant(organisation) for _ in product(EVERY, EVERY)]
    sendout = a_stopped_sendout(organisation, a_list(organisation, *people), plan=ChannelPlan.BOTH)
    for person, (mail, words) in zip(people, product(EVERY, EVERY), strict=True):
        a_message(sendout, person, Channel.EMAIL, **columns(mail))
        a_message(sendout, person, Channel.SMS, **columns(words))
    got = {person.id for person, standings in zip(people, product(EVERY, EVERY), strict=True) if not set(standings) <= set(DID_NOT)}

    correction = people_in(correct(sendout.id, actor(sendout), "t1"))
    copy = people_in(send_without_those_who_got_it(sendout.id, actor(sendout), "t2"))

    assert set(correction) == got
    assert sorted([*correction, *copy]) == [person.id for person in people]


def test_what_a_worker_has_in_its_hands_may_have_arrived():
    scene = a_frozen_scene(3, email=2)
    claimed(scene)
    run_sql("UPDATE sendouts SET state = 'paused' WHERE id = :id", id=scene.sendout.id)

    correction = correct(scene.sendout.id, actor(scene.sendout), "t1")

    assert people_in(correction) == [person.id for person in scene.people[:2]]


def test_who_shares_an_address_got_what_the_other_one_got():
    scene = a_scene(2)
    first, second = scene.people
    second.email_address = first.email_address
    db.session.commit()
    freeze(scene.sendout)
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE status = 'pending'")
    run_sql("UPDATE sendouts SET state = 'cancelled'")

    copy = send_without_those_who_got_it(scene.sendout.id, actor(scene.sendout), "t1")

    assert [message.skip_reason for message in messages_of(scene)] == [None, "duplicate"]
    assert people_in(copy) == []


def test_the_copy_ends_what_was_only_paused_so_that_nobody_gets_both():
    scene = a_frozen_scene(4, email=2)
    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE participant_id <= :last", last=scene.people[1].id)
    run_sql("UPDATE sendouts SET state = 'paused' WHERE id = :id", id=scene.sendout.id)

    copy = send_without_those_who_got_it(scene.sendout.id, actor(scene.sendout), "t1")
    db.session.commit()

    assert db.session.get_one(Sendout, scene.sendout.id).state == SendoutState.CANCELLED
    assert statuses(scene) == ["sent", "sent", "cancelled", "cancelled"]
    assert people_in(copy) == [person.id for person in scene.people[2:]]


def test_it_is_settled_who_got_it_when_the_draft_starts():
    scene = a_frozen_scene(2, email=1)
    run_sql("UPDATE sendouts SET state = 'cancelled' WHERE id = :id", id=scene.sendout.id)
    correction = correct(scene.sendout.id, actor(scene.sendout), "t1")
    before = people_in(correction)

    run_sql("UPDATE messages SET status = 'sent', accepted_at = now() WHERE participant_id = :id", id=scene.people[1].id)
    run_sql("UPDATE sendouts SET state = 'launching', communication_type = 'non_marketing' WHERE id = :id", id=correction.id)
    freeze(correction)

    assert before == []
    assert [message.participant_id for message in messages_of(type(scene)(scene.organisation, scene.people, correction))] == [
        scene.people[1].id
    ]


def test_however_often_the_forms_are_sent_there_is_one_draft_of_each():
    sendout = a_stopped_sendout(an_organisation())
    a_row(sendout, "sent")

    corrections = {correct(sendout.id, actor(sendout), "t1").id for _ in range(2)}
    copies = {send_without_those_who_got_it(sendout.id, actor(sendout), "t2").id for _ in range(2)}

    assert (len(corrections), len(copies)) == (1, 1)
    assert db.session.query(Sendout).count() == 3


def test_a_correction_says_nothing_yet_and_goes_as_the_first_one_went():
    sendout = a_stopped_sendout(an_organisation(), plan=ChannelPlan.EMAIL_ELSE_SMS, fallback_hours=3)

    draft = correct(sendout.id, actor(sendout), "t1")

    assert (draft.state, draft.root_id, draft.resend_of) == (SendoutState.DRAFT, None, sendout.id)
    assert (draft.channel_plan, draft.fallback_hours) == (ChannelPlan.EMAIL_ELSE_SMS, 3)
    assert (draft.email_sender_id, draft.communication_type) == (sendout.email_sender_id, sendout.communication_type)
    assert (draft.title, draft.subject, draft.html) == ("Correction to Spring camp", "", "")


def test_a_copy_that_is_stopped_as_well_leaves_out_who_got_either():
    organisation = an_organisation()
    people = [a_participant(organisation) for _ in range(3)]
    everybody = a_list(organisation, *people)
    first = a_stopped_sendout(organisation, everybody)
    a_row(first, "sent", person=people[0])
    second = send_without_those_who_got_it(first.id, actor(first), "t1")
    second.state, second.audience_count, second.frozen_at = SendoutState.CANCELLED, 0, first.frozen_at
    a_row(second, "sent", person=people[1])

    third = send_without_those_who_got_it(second.id, actor(first), "t2")

    assert third.audience_rule == {"without": [first.id, second.id]}
    assert people_in(third) == [people[2].id]


@pytest.mark.parametrize("rule", [{"got": 7}, {"without": [7]}])
def test_a_copy_of_such_a_draft_is_for_the_same_people(rule):
    sendout = a_stopped_sendout(an_organisation(), audience_rule=rule)

    assert copy_sendout(sendout.id, actor(sendout)).audience_rule == rule


@pytest.mark.parametrize("follow", [correct, send_without_those_who_got_it])
@pytest.mark.parametrize("state", [SendoutState.RUNNING, SendoutState.DRAFT, SendoutState.HELD])
def test_only_what_was_stopped_on_its_way_can_be_followed_so(follow, state):
    sendout = a_stopped_sendout(an_organisation(), state=state, audience_count=None if state == SendoutState.HELD else 1)

    with pytest.raises(Conflict):
        follow(sendout.id, actor(sendout), "t1")

    assert db.session.scalar(select(Sendout.id).where(Sendout.resend_of == sendout.id)) is None


@pytest.mark.parametrize("follow", [correct, send_without_those_who_got_it])
def test_nobody_follows_another_organisations_send_out(follow):
    sendout = a_stopped_sendout(an_organisation())

    with pytest.raises(NotFound):
        follow(sendout.id, Actor(an_organisation().id, None), "t1")
