"""Answers by e-mail to forwarded texts: who may answer, what goes on, and what waits for a person."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.extensions import db
from app.inbound.mails.passing_on import MOST_AN_HOUR
from app.lib.clock import now
from app.messages.answer_addresses import AnswerKind, answer_address
from app.models import AnswerMail, CallbackReceipt, InboundText, Membership, Organisation, ReplyTask, SendoutPerson
from tests import factories
from tests.browser import Browser
from tests.inbound.conftest import answers, come_in, mail_in, mails
from tests.providers.payloads import sample

SPOOFED = {"spf": "FAIL", "dkim": "FAIL", "dmarc": "FAIL"}


@pytest.fixture
def address(forwarded):
    return answer_address(AnswerKind.TEXT, forwarded.task.id)


def tasks(kind):
    db.session.rollback()
    return list(db.session.scalars(select(ReplyTask).where(ReplyTask.kind == kind)))


def test_an_answer_by_e_mail_reaches_who_texted_as_a_text(forwarded, address):
    mail_in(address)

    answer = answers()[0]
    person = db.session.scalars(select(SendoutPerson.participant_id).where(SendoutPerson.sendout_id == answer.id)).one()
    text = db.session.get_one(InboundText, forwarded.text.id)
    assert (answer.sms_body, answer.channel_plan, answer.state) == ("Medium, please. Für Maria: é.", "sms", "launching")
    assert (answer.created_by, person) == (forwarded.bob.id, forwarded.maria.id)
    assert (text.answered_at is not None, text.read_at is not None) == (True, True)
    assert [(mail.state, mail.sendout_id) for mail in mails()] == [("sent", answer.id)]


def test_the_same_e_mail_told_of_twice_is_one_answer(address):
    notification = sample("ses/received/answer-plain.json")
    notification["receipt"]["recipients"] = [address.upper()]

    come_in(notification)
    come_in(notification)

    assert (len(mails()), len(answers())) == (1, 1)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"writer": "eve@elsewhere.example"}, "eve@elsewhere.example wrote it"),
        ({"verdicts": SPOOFED}, "Nothing proves that bob@club.example sent it"),
        ({"name": "answer-dmarc-fail"}, "Nothing proves"),
        ({"verdicts": {"virus": "FAIL"}}, "harmful"),
        ({"said": "> only a quote"}, "no words"),
        ({"name": "answer-s3-pointer"}, "too large"),
    ],
)
def test_what_is_not_certain_waits_and_is_never_dropped(address, told, why):
    mail_in(address, **told)

    mail = mails()[0]
    assert (mail.state, answers(), tasks("return_email")) == ("waiting", [], [])
    assert why in mail.words


def test_an_automatic_answer_goes_to_nobody_and_is_not_answered(address):
    mail_in(address, name="answer-out-of-office")

    assert ([mail.state for mail in mails()], answers(), tasks("return_email")) == (["automatic"], [], [])


def test_an_old_text_is_not_answered_by_itself(forwarded, address):
    forwarded.task.created_at = now() - timedelta(days=31)
    db.session.commit()

    mail_in(address)

    assert (mails()[0].state, answers()) == ("waiting", [])


def test_who_has_left_the_team_answers_nobody_by_themselves(app, forwarded, address):
    club = db.session.get_one(Organisation, forwarded.task.organisation_id)
    owner = factories.a_member(club)
    db.session.commit()
    row = db.session.scalars(select(Membership.id).filter_by(user_id=forwarded.bob.id)).one()
    Browser(app, owner).post(f"/settings/team/{row}/remove")

    mail_in(address)

    mail = mails()[0]
    assert (mail.state, answers()) == ("waiting", [])
    assert "was in your team and is no more" in mail.words


def test_too_long_an_answer_goes_back_to_its_writer(address):
    mail_in(address, "word " * 400)

    returned = tasks("return_email")
    assert (mails()[0].state, answers()) == ("returned", [])
    assert [(task.address, task.state) for task in returned] == [("bob@club.example", "due")]


def test_an_answer_to_who_has_texted_stop_goes_back_to_its_writer(forwarded, address):
    factories.an_entry(forwarded.club, channel=Channel.SMS, address=forwarded.maria.phone_number, reason="stop")
    db.session.commit()

    mail_in(address)

    assert (mails()[0].state, answers(), len(tasks("return_email"))) == ("returned", [], 1)
    assert "Unsubscribes list" in mails()[0].words


def test_what_goes_in_circles_ends(address):
    for number in range(MOST_AN_HOUR + 1):
        mail_in(address, f"Answer {number}")

    assert [mail.state for mail in mails()] == ["sent"] * MOST_AN_HOUR + ["waiting"]


@pytest.mark.parametrize("changed", ["t-1-aaaaaaaaaaaaaaaa@answers.example.com", "somebody@answers.example.com", "{}.evil.example"])
def test_an_address_that_was_not_made_here_is_kept_and_does_nothing(address, changed):
    receipt = mail_in(changed.format(address))

    assert (receipt.applied_at, mails(), answers()) == (None, [], [])
    assert "not made here" in receipt.problem


def test_an_address_for_a_send_out_is_none_for_a_text(address):
    local, domain = address.split("@")

    receipt = mail_in(f"s{local[1:]}@{domain}")

    assert (receipt.applied_at, mails()) == (None, [])


class TestDeciding:
    """The page on which somebody looks at what waits."""

    @pytest.fixture
    def bob(self, app, forwarded):
        return Browser(app, forwarded.bob)

    @pytest.fixture
    def waiting(self, address):
        mail_in(address, writer="eve@elsewhere.example")
        return mails()[0]

    @pytest.mark.usefixtures("waiting")
    def test_what_waits_is_seen_on_replies_and_home(self, bob):
        page = bob.get("/replies/e-mails").text

        assert "eve@elsewhere.example wrote it, and the text was forwarded to bob@club.example." in page
        assert "Medium, please." in page
        assert "1 e-mail waits" in bob.get("/replies").text
        assert "1 answer by e-mail waits" in re.sub(r"\s+", " ", bob.get("/home").text)

    def test_it_is_sent_once_as_it_was_corrected(self, bob, waiting):
        sent = [bob.post(f"/replies/e-mails/{waiting.id}/send", {"body": "Medium"}).status_code for _ in range(2)]

        assert (sent, [answer.sms_body for answer in answers()]) == ([303, 409], ["Medium"])
        assert (mails()[0].state, mails()[0].decided_by) == ("sent", answers()[0].created_by)

    def test_it_is_discarded_and_taken_back(self, bob, waiting):
        bob.post(f"/replies/e-mails/{waiting.id}/discard", {})
        discarded = mails()[0].state
        bob.post(f"/replies/e-mails/{waiting.id}/take-back", {})

        assert (discarded, mails()[0].state, answers()) == ("discarded", "waiting", [])

    def test_one_that_cannot_be_sent_says_why(self, forwarded, bob, waiting):
        factories.an_entry(forwarded.club, channel=Channel.SMS, address=forwarded.maria.phone_number, reason="stop")
        db.session.commit()

        answer = bob.post(f"/replies/e-mails/{waiting.id}/send", {"body": "Medium"})

        assert (answer.status_code, mails()[0].state, answers()) == (422, "waiting", [])
        assert "Unsubscribes list" in answer.text


def test_a_text_that_is_not_kept_any_more_leaves_its_answer_among_what_fits_nobody(forwarded, address):
    db.session.delete(forwarded.task)
    db.session.commit()

    receipt = mail_in(address)

    assert (receipt.applied_at, db.session.scalar(select(AnswerMail.id))) == (None, None)
    assert db.session.scalar(select(CallbackReceipt.problem)) == "an answer to a text that is not kept any more"
