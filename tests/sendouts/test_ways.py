import pytest

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.resends import ResendGroup, ways_again
from app.sendouts import ways
from app.sendouts.ways import Way, again
from tests.factories import a_participant, an_organisation
from tests.reports.mixtures import a_row, a_running_sendout
from tests.scenes import run_sql
from tests.sendouts.crowds import agree, keep_away

pytestmark = pytest.mark.usefixtures("database")

OPENED, ANSWERED, REACHED = ResendGroup


@pytest.mark.parametrize(
    ("group", "plan", "expected"),
    [
        (OPENED, ChannelPlan.EMAIL, ["email", "sms"]),
        (OPENED, ChannelPlan.BOTH, ["email", "sms"]),
        (ANSWERED, ChannelPlan.EMAIL, ["email", "sms"]),
        (ANSWERED, ChannelPlan.SMS, ["sms", "email"]),
        (REACHED, ChannelPlan.SMS, ["sms", "email"]),
        (REACHED, ChannelPlan.EMAIL_ELSE_SMS, ["email_else_sms", "email", "sms"]),
    ],
)
def test_a_resend_goes_as_the_first_time_or_by_either_channel(group, plan, expected):
    assert list(ways_again(group, plan)) == expected


def test_of_those_not_reached_each_way_says_whom_it_reaches_by_now():
    organisation = an_organisation()
    sendout = a_running_sendout(organisation)
    corrected, gone = a_participant(organisation), a_participant(organisation)
    nowhere = a_participant(organisation, email_address=None, phone_number=None)
    for person, standing in ((corrected, "bounced"), (gone, "bounced"), (nowhere, "skipped:no_address")):
        a_row(sendout, standing, person=person)
    keep_away(gone, "bounce")

    found = again(sendout, REACHED)

    assert found.people == 3
    assert [(way.plan, way.reached, way.is_first, way.is_written) for way in found.ways] == [
        (ChannelPlan.EMAIL, 1, True, True),
        (ChannelPlan.SMS, 2, False, False),
    ]


def test_marketing_texts_reach_those_alone_who_agreed_to_them():
    organisation = an_organisation()
    sendout = a_running_sendout(organisation, communication_type=CommunicationType.MARKETING)
    people = [a_participant(organisation) for _ in range(3)]
    for person in people:
        a_row(sendout, "delivered", person=person)
    agree(people[0])

    found = again(sendout, OPENED)

    assert [way.people for way in found.ways] == [(3, 0), (1, 0)]


def test_both_halves_of_those_who_did_not_open_are_counted_by_text():
    organisation = an_organisation()
    sendout = a_running_sendout(organisation)
    for standing, number in (("delivered", "+12025550101"), ("delivered", None), ("machine", "+12025550102")):
        a_row(sendout, standing, person=a_participant(organisation, phone_number=number))

    assert [way.people for way in again(sendout, OPENED).ways] == [(2, 1), (1, 1)]


def test_who_owes_an_answer_can_be_reminded_as_before_or_by_one_channel():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH, asks_confirmation=True)
    a_row(sendout, "delivered")

    found = again(sendout, ANSWERED)

    assert [(way.plan, way.reached, way.goes_at_once) for way in found.ways] == [("both", 1, True), ("email", 1, True), ("sms", 1, True)]


def test_without_a_number_to_text_from_texts_are_not_offered():
    sendout = a_running_sendout(an_organisation())
    run_sql("UPDATE senders SET is_archived = true WHERE channel = 'sms'")
    a_row(sendout, "bounced")

    assert [way.plan for way in again(sendout, REACHED).ways] == [ChannelPlan.EMAIL]
    assert again(sendout, REACHED).way_by(ChannelPlan.SMS) is None


def test_of_too_many_to_try_it_is_not_said_how_many_a_way_reaches(monkeypatch):
    monkeypatch.setattr(ways, "TRIED_AT_MOST", 1)
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    for _ in range(2):
        a_row(sendout, "delivered")

    mails, texts = again(sendout, OPENED).ways

    assert (mails.people, mails.goes_at_once) == ((2, 0), True)
    assert (texts.people, texts.goes_at_once) == (None, False)


@pytest.mark.parametrize(
    ("way", "at_once"),
    [
        (Way(ChannelPlan.EMAIL, (90_000,), is_first=True, is_written=True), True),
        (Way(ChannelPlan.SMS, (500,), is_first=False, is_written=True), True),
        (Way(ChannelPlan.SMS, (501,), is_first=False, is_written=True), False),
        (Way(ChannelPlan.SMS, (3,), is_first=False, is_written=False), False),
        (Way(ChannelPlan.EMAIL, None, is_first=True, is_written=True), False),
    ],
)
def test_what_has_to_be_written_or_is_large_is_looked_at_first(way, at_once):
    assert way.goes_at_once == at_once


def test_nobody_left_is_offered_no_way():
    sendout = a_running_sendout(an_organisation())
    a_row(sendout, "opened")

    assert [again(sendout, group).ways for group in (OPENED, REACHED)] == [(), ()]
