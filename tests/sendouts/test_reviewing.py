"""What stands against sending, what is doubtful, and the start itself."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.senders import SenderKind
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.sendouts.counting import review_counts
from app.sendouts.personal import personal_check, template_faults
from app.sendouts.reviewing import scheduling, service
from app.sendouts.reviewing.scheduling import Wish
from app.sendouts.reviewing.service import review, send
from tests.factories import a_list, a_participant, a_sender
from tests.sendouts.drafts import a_club

pytestmark = pytest.mark.usefixtures("database")

MARKETING = CommunicationType.MARKETING


def against(club):
    return [problem.words for problem in review(club.draft).blockers]


def doubts(club):
    return [problem.words for problem in review(club.draft).warnings]


def test_nothing_stands_against_a_draft_that_is_complete():
    club = a_club()

    assert (against(club), doubts(club)) == ([], [])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"communication_type": None}, "Say what kind"),
        ({"subject": ""}, "no subject"),
        ({"html": "<p><br></p>"}, "e-mail is empty"),
        ({"sms_body": "Riverside: "}, "text is empty"),
        ({"email_sender_id": None}, "Choose the address"),
        ({"sms_sender_id": None}, "Choose the number"),
        ({"html": "<p>\n{{ first_name | nonsense }}</p>"}, "E-mail, line 2"),
        ({"subject": "{% if %}"}, "Subject, line 1"),
        ({"sms_body": "Riverside: {{ first_name"}, "Text, line 1"),
    ],
)
def test_what_is_missing_or_unreadable_stands_against_sending(values, sentence):
    club = a_club(**values)

    assert [words for words in against(club) if sentence in words]


def test_a_channel_that_is_not_used_stands_against_nothing():
    club = a_club(channel_plan=ChannelPlan.SMS, subject="", html="", email_sender_id=None)

    assert against(club) == []


def test_nobody_to_write_to_stands_against_sending():
    assert "Nobody is in the audience yet: choose a list or a person." in against(a_club(people=0))


def test_an_audience_without_addresses_stands_against_sending():
    club = a_club(people=0, channel_plan=ChannelPlan.EMAIL)
    club.draft.audience_rule = {}
    db.session.add_all([])
    person = a_participant(club.organisation, email_address=None)
    db.session.execute(
        db.text("INSERT INTO sendout_people (sendout_id, participant_id, organisation_id) VALUES (:s, :p, :o)"),
        {"s": club.draft.id, "p": person.id, "o": club.organisation.id},
    )

    assert against(club) == ["Nobody of this audience can be reached this way."]


def test_news_and_offers_must_name_the_postal_address():
    club = a_club(communication_type=MARKETING)
    club.organisation.postal_address = " "

    assert [words for words in against(club) if "postal address" in words]


def test_a_name_as_sender_asks_for_a_link_to_say_no_on():
    club = a_club(channel_plan=ChannelPlan.SMS)
    club.draft.sms_sender_id = a_sender(club.organisation, Channel.SMS, kind=SenderKind.ALPHANUMERIC, address="Riverside").id

    without = against(club)
    club.draft.sms_body += " Stop: https://club.example/stop"

    assert ["add a link" in words for words in without] == [True]
    assert against(club) == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reply_to": "no-reply@club.example"}, "nobody seems to read"),
        ({"reply_to": None}, "Does somebody read it?"),
        ({"html": '<p>Hello <a href="www.club.example">us</a></p>'}, "lacks its beginning"),
        ({"sms_body": "Riverside: reply CANCEL to cancel"}, "take “CANCEL” as STOP"),
        ({"sms_body": "Training is off"}, "begin it with “Riverside”"),
    ],
)
def test_what_is_doubtful_is_said_and_stops_nothing(values, sentence):
    club = a_club(**values)

    assert [words for words in doubts(club) if sentence in words]
    assert against(club) == []


def test_people_without_a_field_are_named():
    club = a_club(subject="{{ team }} at {{ place | default: 'home' }}", sms_body="Riverside: hello {{ first_name }}")
    club.people[0].custom = {"team": "Under 9"}
    club.people[1].first_name = ""
    db.session.commit()

    check = personal_check(club.draft, review_counts(club.draft))

    assert check.is_complete
    assert check.missing_count == 2
    assert [(each.participant_id, each.words) for each in check.missing] == [
        (club.people[1].id, "team, first_name"),
        (club.people[2].id, "team"),
    ]


def test_a_message_that_cannot_be_written_for_somebody_stands_against_sending():
    club = a_club(html="<p>{{ 10 | divided_by: shares }}</p>")
    for person, shares in zip(club.people, (2, 0, 5), strict=True):
        person.custom = {"shares": shares}
    db.session.commit()

    (words,) = against(club)

    assert words.startswith("The message cannot be written for one person, among them Ava")


def test_texts_are_counted_by_what_each_person_really_gets():
    club = a_club(people=3, channel_plan=ChannelPlan.SMS, sms_body="Riverside: {{ first_name }}")
    club.people[1].first_name = "A" * 200
    club.people[2].first_name = "Zoë" + "é" * 70 + "Ł"
    db.session.commit()

    check = personal_check(club.draft, review_counts(club.draft))

    assert (check.texts, check.longest) == (1 + 2 + 2, 2)


def test_words_without_fields_are_tried_once_for_all():
    club = a_club(people=4, html="<p>Hello</p>", sms_body="Riverside: " + "x" * 160)

    check = personal_check(club.draft, review_counts(club.draft))

    assert (check.texts, check.longest, check.is_complete) == (8, 2, True)


def test_texts_are_carried_forward_where_not_everybody_is_tried(monkeypatch):
    club = a_club(people=6)
    monkeypatch.setattr("app.sendouts.personal.MOST_CHECKED", 2)

    check = personal_check(club.draft, review_counts(club.draft))

    assert (check.checked, check.is_complete, check.texts) == (2, False, 6)


def test_every_part_that_cannot_be_read_is_named_with_its_line():
    club = a_club(subject="{{ a", html="<p>\n\n{% if x %}</p>", text="{{ b |", sms_body="Riverside\n{% nope %}")

    assert [(fault.part, fault.line) for fault in template_faults(club.draft)] == [("subject", 1), ("html", 3), ("text", 1), ("sms", 2)]


def test_sending_launches_once():
    club = a_club()

    first = send(club.draft.id, club.actor, typed=None)
    db.session.commit()
    second = send(club.draft.id, club.actor, typed=None)

    assert (first, second) == (True, False)
    assert club.draft.state == SendoutState.LAUNCHING


def test_what_stands_against_it_is_not_sent():
    club = a_club(subject="")

    with pytest.raises(Invalid, match="no subject"):
        send(club.draft.id, club.actor, typed=None)

    assert club.draft.state == SendoutState.DRAFT


def test_a_cancelled_draft_is_not_sent():
    club = a_club(state=SendoutState.CANCELLED)

    with pytest.raises(Conflict):
        send(club.draft.id, club.actor, typed=None)


@pytest.mark.parametrize("typed", [None, 2, 30])
def test_from_a_number_on_the_number_is_typed(typed, monkeypatch):
    club = a_club(people=3)
    monkeypatch.setattr(service, "TYPED_ABOVE", 2)

    with pytest.raises(Invalid, match="type this number"):
        send(club.draft.id, club.actor, typed=typed)
    assert send(club.draft.id, club.actor, typed=3)


def test_a_draft_is_scheduled_and_taken_back():
    club = a_club()
    at = (now() + timedelta(days=1)).replace(microsecond=0)

    scheduling.schedule(club.draft.id, club.actor, Wish(f"{at:%Y-%m-%dT%H:%M:%S}", "UTC"), typed=None)
    scheduled = (club.draft.state, club.draft.scheduled_at, club.draft.launched_by)
    scheduling.unschedule(club.draft)

    assert scheduled == (SendoutState.SCHEDULED, at, club.bob.id)
    assert (club.draft.state, club.draft.scheduled_at) == (SendoutState.DRAFT, None)


@pytest.mark.parametrize("days", [-1, 400])
def test_a_time_that_is_past_or_far_is_refused(days):
    club = a_club()

    with pytest.raises(Invalid, match="coming year"):
        scheduling.schedule(club.draft.id, club.actor, Wish(f"{now() + timedelta(days=days):%Y-%m-%dT%H:%M}", "UTC"), typed=None)


def test_what_has_started_cannot_be_taken_back():
    club = a_club(state=SendoutState.RUNNING)

    with pytest.raises(Conflict):
        scheduling.unschedule(club.draft)


def test_an_hour_is_read_in_the_zone_that_was_chosen():
    assert scheduling.instant("2027-07-01T09:30", "Europe/Berlin") == datetime(2027, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(("local", "zone"), [("", "Europe/Berlin"), ("2027-07-01T09:30", "Mars/Base"), ("2027-07-01T09:30+02:00", "UTC")])
def test_an_hour_that_makes_no_sense_is_refused(local, zone):
    with pytest.raises(Invalid):
        scheduling.instant(local, zone)


def test_lists_of_the_audience_are_shown_with_those_left_out():
    club = a_club()
    a_list(club.organisation, name="Not asked")

    assert [(each.name, each.people, each.chosen) for each in review(club.draft).lists] == [("Everybody", 3, "include")]
