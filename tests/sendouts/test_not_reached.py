from itertools import product

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.sendouts.waiting import not_reached
from tests.factories import a_message, a_participant, an_organisation
from tests.reports.mixtures import a_participant_of, a_row, a_running_sendout, columns
from tests.scenes import a_scene, freeze, messages_of, run_sql

pytestmark = pytest.mark.usefixtures("database")

FAILED = ["bounced", "bad_email", "bad_number", "failed", "soft_bounced"]
NO_WAY = ["no_address", "bad_address", "bounced", "no_consent", "quiet_hours", "too_late"]
THEIR_WISH = ["unsubscribed", "stopped", "complained", "unsubscribed_since"]
NOT_THEIRS = ["excluded", "contact_cap", "cancelled_by", "other_channel"]
GOT_OR_MAY = ["responded", "acknowledged", "wrote_back", "clicked", "opened", "delivered", "machine", "sent", "delayed", "pending"]
KEPT_OUT = ["in_doubt", "not_sent", "stopped", "unsubscribed", "complaint", "cancelled"]

ALONE = [
    *((standing, 1) for standing in FAILED),
    *((f"skipped:{reason}", 1) for reason in NO_WAY),
    *((standing, 0) for standing in (*GOT_OR_MAY, *KEPT_OUT)),
    *((f"skipped:{reason}", 0) for reason in (*THEIR_WISH, *NOT_THEIRS)),
]


@pytest.mark.parametrize(("standing", "expected"), ALONE)
def test_who_was_not_reached(standing, expected):
    sendout = a_running_sendout(an_organisation())
    a_row(sendout, standing)

    assert not_reached(sendout).people == expected


TWO_CHANNELS = [
    ("bounced", "failed", 1),
    ("bounced", "skipped:no_address", 1),
    ("skipped:no_address", "skipped:no_consent", 1),
    ("bounced", "delivered", 0),
    ("bounced", "sent", 0),
    ("bounced", "in_doubt", 0),
    ("bounced", "not_sent", 0),
    ("bounced", "skipped:stopped", 0),
    ("bounced", "skipped:contact_cap", 1),
    ("bounced", "cancelled", 1),
    ("delivered", "skipped:other_channel", 0),
    ("soft_bounced", "skipped:other_channel", 1),
    ("unsubscribed", "failed", 0),
    ("cancelled", "skipped:cancelled_by", 0),
]


@pytest.mark.parametrize(("mail", "words", "expected"), TWO_CHANNELS)
def test_nobody_is_unreached_whom_either_channel_reached_or_may_have(mail, words, expected):
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    person = a_participant_of(sendout)
    a_row(sendout, mail, Channel.EMAIL, person)
    a_row(sendout, words, Channel.SMS, person)

    assert not_reached(sendout).people == expected


def test_over_both_channels_it_takes_a_failure_and_nothing_that_says_more():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    failures = {standing for standing, expected in ALONE if expected}
    silent = {"cancelled", "skipped:contact_cap", "skipped:cancelled_by", "skipped:other_channel"}
    expected = []
    for mail, words in product([standing for standing, _ in ALONE], repeat=2):
        person = a_participant_of(sendout)
        a_message(sendout, person, Channel.EMAIL, **columns(mail))
        a_message(sendout, person, Channel.SMS, **columns(words))
        if failures & {mail, words} and {mail, words} <= failures | silent:
            expected.append(person.id)

    found = not_reached(sendout, len(expected)).ids

    assert found is not None
    assert sorted(found) == expected


CHAINS = [
    # what became of the resend to somebody whose first message bounced
    ("delivered", 0),
    ("sent", 0),
    ("pending", 0),
    ("in_doubt", 0),
    ("not_sent", 0),
    ("complaint", 0),
    ("bounced", 1),
    ("cancelled", 1),
    ("skipped:bad_address", 1),
    ("skipped:unsubscribed", 0),
]


@pytest.mark.parametrize(("standing", "expected"), CHAINS)
def test_the_whole_chain_of_resends_counts(standing, expected):
    organisation = an_organisation()
    original = a_running_sendout(organisation)
    resend = a_running_sendout(organisation, ChannelPlan.SMS, root_id=original.id, resend_of=original.id)
    person = a_participant(organisation)
    a_row(original, "bounced", person=person)

    a_row(resend, standing, Channel.SMS, person)

    assert not_reached(original).people == not_reached(resend).people == expected


@pytest.mark.parametrize(("status", "expected"), [("bounced", 2), ("delivered", 0), ("in_doubt", 0), ("complaint", 0)])
def test_who_shares_an_address_stands_where_the_other_one_stands(status, expected):
    scene = a_scene(2)
    first, second = scene.people
    second.email_address = first.email_address
    db.session.commit()
    freeze(scene.sendout)
    assert [message.skip_reason for message in messages_of(scene)] == [None, "duplicate"]

    run_sql("UPDATE messages SET status = :status, accepted_at = now() WHERE status = 'pending'", status=status)

    assert not_reached(scene.sendout).people == expected


def test_nobody_of_another_organisation_is_found():
    mine, theirs = an_organisation(), an_organisation()
    sendout, other = a_running_sendout(mine), a_running_sendout(theirs)
    row = a_row(sendout, "bounced")
    a_row(other, "bounced")

    found = not_reached(sendout, 5)

    assert found.ids == [row.participant_id]


def test_too_many_are_counted_and_not_named():
    sendout = a_running_sendout(an_organisation())
    for _ in range(3):
        a_row(sendout, "bounced")

    assert (not_reached(sendout, 2).people, not_reached(sendout, 2).ids) == (3, None)
