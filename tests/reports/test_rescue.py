"""A bad address corrected, the last message sent there, and the walk through why somebody got nothing."""

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel, CommunicationType
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import Participant, Sendout, SendoutPerson, UnsubscribeEntry
from tests import factories
from tests.browser import Browser
from tests.scenes import freeze

BAD, GOOD = "ava@gmial.com", "ava@gmail.com"


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def bob(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Bob")
    db.session.commit()
    return Browser(app, user)


@pytest.fixture
def ava(club):
    return factories.a_participant(club, first_name="Ava", last_name="Smith", email_address=BAD, phone_number="+12025550100")


def a_message_to(club, person, channel=Channel.EMAIL, **values):
    sendout = factories.a_sendout(
        club,
        title="Spring camp",
        state="running",
        launched_at=now(),
        frozen_at=now(),
        audience_count=1,
        communication_type=values.pop("communication_type", CommunicationType.NON_MARKETING),
        email_sender_id=factories.a_sender(club, address="news@mail.example.com").id,
    )
    message = factories.a_message(sendout, person, channel, **values)
    db.session.commit()
    return message


def a_bounce(club, person):
    message = a_message_to(club, person, status="bounced", accepted_at=now())
    entry = factories.an_entry(club, address=BAD, sendout_id=message.sendout_id, message_id=message.id)
    db.session.commit()
    return message, entry


def words_of(answer):
    return " ".join(answer.text.split())


def reread(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def test_the_entry_and_the_person_offer_the_address_that_was_meant(club, ava, bob):
    _, entry = a_bounce(club, ava)

    assert GOOD in words_of(bob.get(f"/unsubscribes/{entry.id}"))
    assert f"Did they mean <b><bdi>{GOOD}</bdi></b>?" in words_of(bob.get(f"/participants/{ava.id}"))
    assert f'value="{GOOD}"' in bob.get(f"/participants/{ava.id}/correct/email").text


def test_a_corrected_address_leaves_the_entry_of_the_old_one(club, ava, bob):
    _, entry = a_bounce(club, ava)

    answer = bob.post(f"/participants/{ava.id}/correct/email", {"address": GOOD, "form_token": "t"})

    assert answer.status_code == 303
    assert reread(ava).email_address == GOOD
    assert reread(entry).lifted_at is None
    assert db.session.scalar(select(func.count()).select_from(Sendout)) == 1


def test_the_last_message_goes_to_that_person_alone_and_once(club, ava, bob):
    message, _ = a_bounce(club, ava)
    form = {"address": GOOD, "then": "send", "form_token": "t"}

    answer = bob.post(f"/participants/{ava.id}/correct/email", form)
    bob.post(f"/participants/{ava.id}/correct/email", form)

    copies = db.session.scalars(select(Sendout).where(Sendout.root_id == message.sendout_id)).all()
    assert [(copy.state, copy.channel_plan, copy.title) for copy in copies] == [("launching", "email", "Spring camp")]
    assert answer.headers["Location"].endswith(f"/sendouts/{copies[0].id}")
    assert db.session.scalars(select(SendoutPerson.participant_id).where(SendoutPerson.sendout_id == copies[0].id)).all() == [ava.id]


def test_the_last_message_goes_to_nobody_else_even_if_it_followed_another_that_was_stopped(club, ava, bob):
    message, _ = a_bounce(club, ava)
    first = factories.a_sendout(club, state="cancelled")
    last = db.session.get_one(Sendout, message.sendout_id)
    last.resend_of, last.audience_rule = first.id, {"got": first.id}
    db.session.commit()

    bob.post(f"/participants/{ava.id}/correct/email", {"address": GOOD, "then": "send", "form_token": "t"})

    copy = db.session.scalars(select(Sendout).where(Sendout.form_token == "t")).one()
    assert copy.audience_rule == {}


def test_what_the_list_says_of_the_new_address_is_obeyed(club, ava, bob):
    message, _ = a_bounce(club, ava)
    factories.an_entry(club, address=GOOD, reason="complaint")
    db.session.commit()
    bob.post(f"/participants/{ava.id}/correct/email", {"address": GOOD, "then": "send", "form_token": "t"})
    copy = db.session.scalars(select(Sendout).where(Sendout.root_id == message.sendout_id)).one()

    freeze(copy)

    page = words_of(bob.get(f"/sendouts/{copy.id}/recipients?status=skipped"))
    assert "Complained before" in page


@pytest.mark.parametrize(
    ("typed", "problem"), [("ava at gmail", "not an e-mail address"), (BAD, "on file already"), ("", "not an e-mail address")]
)
def test_what_is_no_better_address_is_refused(club, ava, bob, typed, problem):
    a_bounce(club, ava)

    answer = bob.post(f"/participants/{ava.id}/correct/email", {"address": typed, "then": "send", "form_token": "t"})

    assert answer.status_code == 422
    assert problem in words_of(answer)
    assert reread(ava).email_address == BAD


def test_a_bad_number_is_corrected_as_it_is_dialled(ava, bob):
    db.session.commit()

    bob.post(f"/participants/{ava.id}/correct/sms", {"address": "(201) 555-0123", "form_token": "t"})

    assert reread(ava).phone_number == "+12015550123"


def test_they_can_be_asked_by_text(club, ava, bob):
    factories.a_sender(club, Channel.SMS)
    a_bounce(club, ava)

    answer = bob.post(f"/participants/{ava.id}/ask-address", {"words": "What is your address?", "form_token": "t"})

    asked = db.session.scalars(select(Sendout).where(Sendout.is_urgent)).one()
    assert answer.status_code == 303
    assert (asked.sms_body, asked.channel_plan) == ("What is your address?", "sms")


def test_without_a_number_to_text_from_it_says_so(club, ava, bob):
    a_bounce(club, ava)

    answer = bob.post(f"/participants/{ava.id}/ask-address", {"words": "What is your address?", "form_token": "t"})

    assert answer.status_code == 422
    assert "No number to text from" in words_of(answer)


def verdicts(page):
    return [word for word in ("This is it", "Ask them", "Does not matter here", "Not it") for _ in range(page.count(f"{word}</span>"))]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"status": "delivered", "accepted_at": now()}, ["Ask them", "Ask them", "Not it", "Not it"]),
        ({"status": "delivered", "accepted_at": now(), "opened_at": now()}, ["Not it"] * 4),
        ({"status": "bounced", "accepted_at": now()}, ["This is it", "Does not matter here", "Does not matter here", "Not it"]),
        (
            {"status": "skipped", "skip_reason": "unsubscribed", "communication_type": CommunicationType.MARKETING},
            ["This is it", "This is it", "Does not matter here", "Does not matter here"],
        ),
        ({"status": "pending"}, ["This is it", "Does not matter here", "Does not matter here", "Not it"]),
    ],
)
def test_the_walk_finds_what_kept_it_away(club, ava, bob, values, found):
    a_message_to(club, ava, **values)

    assert verdicts(words_of(bob.get(f"/participants/{ava.id}/got-nothing"))) == found


def test_the_walk_ends_in_words_with_the_steps_of_their_provider(club, ava, bob):
    ava.email_address = "ava@hotmail.com"
    a_message_to(club, ava, status="delivered", accepted_at=now())

    page = words_of(bob.get(f"/participants/{ava.id}/got-nothing"))

    assert "Hello Ava, we have sent you the e-mail “Spring camp” from news@mail.example.com" in page
    assert "Junk email, and add mail.example.com under Safe senders" in page
    assert "mailto:ava%40hotmail.com" in page


def test_an_entry_made_since_is_named(club, ava, bob):
    a_message_to(club, ava, status="delivered", accepted_at=now())
    entry = factories.an_entry(club, address=BAD, reason="manual", source="user")
    db.session.commit()

    page = words_of(bob.get(f"/participants/{ava.id}/got-nothing"))

    assert "since then their address is on the Unsubscribes list" in page
    assert f"/unsubscribes/{entry.id}" in page


def test_whom_nothing_was_meant_for_is_told_so(ava, bob):
    db.session.commit()

    assert "No e-mail was meant for them" in words_of(bob.get(f"/participants/{ava.id}/got-nothing"))


@pytest.mark.parametrize(("people", "is_noted"), [(100, False), (101, True)])
def test_a_large_sendout_points_to_its_new_entries(club, bob, people, is_noted):
    sendout = factories.a_sendout(club, title="Newsletter", state="running", launched_at=now(), frozen_at=now(), audience_count=people)
    factories.a_message(sendout, factories.a_participant(club), status="bounced", accepted_at=now())
    factories.an_entry(club, sendout_id=sendout.id)
    lifted = factories.an_entry(club, sendout_id=sendout.id)
    lifted.lifted_at = now()
    db.session.commit()

    details, home = words_of(bob.get(f"/sendouts/{sendout.id}")), words_of(bob.get("/home"))

    assert ("1 address or number on the Unsubscribes list" in details) is is_noted
    assert ("“Newsletter” has put 1 address or number" in home) is is_noted
    assert db.session.scalar(select(func.count()).select_from(UnsubscribeEntry)) == 2
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 1
