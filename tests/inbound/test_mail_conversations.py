"""Participants' answers by e-mail to send-outs: turns of the conversation, announced, and never charged as texts."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.domain.channels import Channel
from app.extensions import db
from app.lib.clock import now
from app.messages.answer_addresses import AnswerKind, answer_address
from app.messages.campaign import email_campaign
from app.messages.spending import Dimension, charges, this_month
from app.models import InboundText, Message, ReplyTask, UnsubscribeEntry
from tests import factories
from tests.browser import Browser
from tests.inbound.conftest import mail_in

MARIA = "maria@example.net"


class Club:
    """A send-out by e-mail that has reached Maria."""

    def __init__(self, club, maria):
        self.club, self.maria = club, maria
        self.sender = factories.a_sender(club, address="news@mail.example.com")
        self.sendout = factories.a_sendout(club, title="Spring camp", email_sender_id=self.sender.id, reply_to="coach@club.example")
        self.message = factories.a_message(self.sendout, maria, status="delivered", accepted_at=now())
        db.session.commit()

    @property
    def address(self):
        return answer_address(AnswerKind.SENDOUT, self.sendout.id)


@pytest.fixture
def club(forwarded):
    return Club(forwarded.club, forwarded.maria)


@pytest.fixture
def bob(app, forwarded):
    return Browser(app, forwarded.bob)


def received():
    db.session.rollback()
    return list(db.session.scalars(select(InboundText).where(InboundText.channel == "email").order_by(InboundText.id)))


def test_an_answer_goes_to_the_reply_to_and_comes_in_here(club):
    campaign = email_campaign(club.sendout)

    assert (campaign.reply_to, campaign.answers_to) == ("coach@club.example", club.address)


def test_without_a_reply_to_answers_still_go_back_to_where_it_came_from(club):
    club.sendout.reply_to = None

    assert email_campaign(club.sendout).reply_to == "news@mail.example.com"


def test_without_an_inbound_domain_nothing_changes(app, club, monkeypatch):

    monkeypatch.setitem(app.extensions, "sendout", replace(app.extensions["sendout"], inbound_domain=""))
    club.sendout.reply_to = None

    campaign = email_campaign(club.sendout)

    assert (campaign.reply_to, campaign.answers_to) == (None, None)


def test_an_answer_is_a_turn_of_the_conversation_over_both_channels(club, bob):
    mail_in(club.address, "We are coming with four.\r\n", writer=MARIA)

    mail = received()[0]
    page = bob.get(f"/replies/{mail.id}").text
    facts = db.session.get_one(Message, club.message.id)
    assert (mail.participant_id, mail.message_id, mail.body, mail.segments) == (
        club.maria.id,
        club.message.id,
        "We are coming with four.",
        0,
    )
    assert (facts.wrote_back_at is not None, facts.shown_status) == (True, "wrote_back")
    assert ("We are coming with four." in page, "Which size?" in page, "Re: Spring camp" in page) == (True, True, True)
    assert "Maria Rossi" in bob.get("/replies").text


def test_a_text_answers_it_where_they_have_a_number(club, bob):
    mail_in(club.address, "We are coming.", writer=MARIA)

    sent = bob.post(f"/replies/{received()[0].id}/answer", {"body": "Great", "form_token": "t1", "then": "stay"})

    assert sent.status_code == 303
    assert received()[0].answered_at is not None


def test_without_a_number_an_e_mail_is_what_can_be_answered_with(club, bob):
    club.maria.phone_number = None
    mail_in(club.address, "We are coming.", writer=MARIA)

    page = bob.get(f"/replies/{received()[0].id}").text

    assert "Maria Rossi has no number on their page." in page
    assert '<form class="by-email" id="answer-form"' in page


@pytest.mark.parametrize(
    ("told", "is_doubtful"),
    [({"writer": "grandma@example.org"}, False), ({"writer": MARIA, "verdicts": {"spf": "FAIL", "dmarc": "FAIL"}}, True)],
)
def test_who_is_not_known_for_certain_is_kept_under_the_address_alone(club, bob, told, is_doubtful):
    mail_in(club.address, "We are coming.", **told)

    mail = received()[0]
    assert (mail.participant_id, mail.message_id, mail.from_number) == (None, None, told["writer"])
    assert db.session.get_one(Message, club.message.id).wrote_back_at is None
    page = bob.get(f"/replies/{mail.id}").text
    assert "Unknown address" in page
    assert ("Nothing proves that" in page) is is_doubtful


def test_what_claims_to_be_somebodys_says_so_beside_what_is_theirs(club, bob):
    mail_in(club.address, "We are coming.", writer=MARIA)
    mail_in(club.address, "Send me the list.", writer=MARIA, verdicts={"spf": "FAIL", "dmarc": "FAIL"})

    page = bob.get(f"/replies/{received()[0].id}").text

    assert page.count("Nothing proves that") == 1
    assert {"We are coming.", "Send me the list."} <= set(re.findall(r'bubble-words">([^<]*)<', page))


def test_somebody_new_has_the_address_on_their_page(club, bob):
    mail_in(club.address, "We are coming.", writer="grandma@example.org")

    bob.post(f"/replies/{received()[0].id}/new-person", {"first_name": "Grandma"})

    person = db.session.get_one(type(club.maria), received()[0].participant_id)
    assert (person.email_address, person.phone_number) == ("grandma@example.org", None)


def test_an_automatic_answer_is_nobodys_words(club):
    receipt = mail_in(club.address, name="answer-out-of-office", writer=MARIA)

    assert (received(), receipt.applied_at is not None) == ([], True)
    assert "automatic" in receipt.problem


def test_the_team_is_told_of_it_and_nothing_is_forwarded_or_answered(club):
    db.session.execute(text("UPDATE memberships SET announced_by = 'email'"))
    db.session.commit()

    mail_in(club.address, "We are coming.", writer=MARIA)

    kinds = db.session.scalars(select(ReplyTask.kind).where(ReplyTask.text_id == received()[0].id)).all()
    assert kinds == ["announce_email"]


def test_a_no_by_e_mail_waits_for_a_person_and_then_ends_e_mails(club, bob):
    mail_in(club.address, "Unsubscribe", writer=MARIA)
    mail = received()[0]
    page = bob.get(f"/replies/{mail.id}").text
    before = db.session.scalar(select(UnsubscribeEntry.id))

    bob.post(f"/replies/{mail.id}/unsubscribe", {})

    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (mail.keyword, before) == ("likely_stop", None)
    assert "Do they want no more e-mails?" in page
    assert (entry.channel, entry.address) == (Channel.EMAIL, MARIA)


def test_an_e_mail_is_not_charged_as_a_text(club):
    period = this_month(club.club)
    before = [charge for charge in charges(period, Dimension.CHANNEL) if charge.kind == "received"]

    mail_in(club.address, "We are coming.", writer=MARIA)

    assert [charge for charge in charges(this_month(club.club), Dimension.CHANNEL) if charge.kind == "received"] == before


@pytest.mark.parametrize("name", ["answer-s3-pointer"])
def test_one_that_is_too_large_is_seen_to_have_come(club, name):
    mail_in(club.address, name=name)

    assert received()[0].body == "(This e-mail is too large to be shown here.)"


@pytest.mark.parametrize(
    ("domain", "said"), [("answers.example.com", "their answers to your e-mails"), ("", "the address that each send-out names")]
)
def test_the_page_says_where_answers_by_e_mail_go(app, bob, monkeypatch, domain, said):
    monkeypatch.setitem(app.extensions, "sendout", replace(app.extensions["sendout"], inbound_domain=domain))

    assert said in bob.get("/replies?tab=done").text
