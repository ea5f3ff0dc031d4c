"""Tests of the set-up: from where to where they go, and what is kept of the provider's answer."""

import pytest

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.models import SetupTest
from app.providers.base import Accepted, Refused, Throttled, Unknown
from tests import factories
from workers.setup_tests import NO_ANSWER, NO_SENDER, send_setup_test

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    return factories.an_organisation(name="Riverside Club", short_name="Riverside")


def a_test(club, channel=Channel.EMAIL, address="alice@club.example"):
    test = factories.saved(SetupTest(organisation_id=club.id, channel=channel, address=address))
    db.session.commit()
    return test


def after(test):
    send_setup_test(test.id)
    db.session.expire_all()
    return db.session.get_one(SetupTest, test.id)


def test_an_email_goes_to_whoever_asked_from_the_clubs_address(club, carriers):
    factories.a_sender(club, address="news@club.example")

    done = after(a_test(club))

    (call,) = carriers.mail.calls
    assert carriers.mail.sent_to == ["alice@club.example"]
    assert call.sender.endswith("<news@club.example>")
    assert call.messages[0].slots["subject"] == "Riverside Club can send e-mail"
    assert (done.taken_at is not None, done.problem) == (True, None)


def test_a_text_goes_from_a_number_that_can_be_answered(club, carriers):
    factories.a_sender(club, Channel.SMS, kind=SenderKind.ALPHANUMERIC, address="Riverside")
    number = factories.a_sender(club, Channel.SMS)

    done = after(a_test(club, Channel.SMS, "+447700900123"))

    (text,) = carriers.texts.texts
    assert (text.to, text.sender, text.status_callback) == ("+447700900123", number.address, None)
    assert text.body == "Riverside: texts work. Answer with any word, to see that answers arrive."
    assert done.taken_at is not None


def test_a_name_asks_for_no_answer(club, carriers):
    factories.a_sender(club, Channel.SMS, kind=SenderKind.ALPHANUMERIC, address="Riverside")

    after(a_test(club, Channel.SMS, "+447700900123"))

    assert carriers.texts.texts[0].body == "Riverside: texts work."


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Refused("MESSAGE_REJECTED", "It is not verified."), "It is not verified."),
        (Throttled(300, "ACCOUNT_SENDING_PAUSED", "Sending is paused."), "Sending is paused."),
        (Unknown("ReadTimeout"), NO_ANSWER),
    ],
)
def test_what_keeps_it_back_is_kept_in_words(club, carriers, outcome, problem):
    factories.a_sender(club)
    carriers.mail.answer = lambda _message: outcome

    done = after(a_test(club))

    assert (done.taken_at, done.problem) == (None, problem)


def test_without_anything_to_send_from_it_says_so(club, carriers):
    assert after(a_test(club)).problem == NO_SENDER
    assert carriers.mail.calls == []


def test_a_job_that_comes_twice_sends_once(club, carriers):
    factories.a_sender(club)
    carriers.mail.answer = lambda _message: Accepted("ses-1")
    test = a_test(club)

    after(test)
    after(test)
    send_setup_test(0)

    assert len(carriers.mail.calls) == 1
