"""The link in a forwarded e-mail: whoever holds it answers one text, for 30 days, and opening it changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.replies import TaskKind
from app.domain.roles import Role
from app.extensions import db
from app.inbound.tasks import words
from app.lib import clock
from app.lib.tokens import read_token, sign, signing_key
from app.models import InboundText, Membership, Organisation, ReplyTask, Sendout, SendoutPerson
from tests import factories
from tests.browser import Browser

MARIA = "+12015550123"


@pytest.fixture
def task():
    club = factories.an_organisation()
    sender = factories.a_sender(club, Channel.SMS)
    maria = factories.a_participant(club, first_name="Maria", last_name="Rossi", phone_number=MARIA)
    sendout = factories.a_sendout(club, title="Boots", sms_sender_id=sender.id)
    message = factories.a_message(sendout, maria, Channel.SMS)
    values = {"from_number": MARIA, "participant_id": maria.id, "message_id": message.id, "body": "Which size? <b>"}
    text = factories.a_received_text(club, sender, **values)
    row = ReplyTask(organisation_id=club.id, text_id=text.id, kind=TaskKind.FORWARD_EMAIL, address="bob@club.example")
    made = factories.saved(row)
    db.session.commit()
    return made


@pytest.fixture
def link(task):
    return words.answer_url(task.id).removeprefix("https://app.example.com")


@pytest.fixture
def bob(app):
    return Browser(app)


def answers():
    db.session.rollback()
    return list(db.session.scalars(select(Sendout).where(Sendout.audience_rule.has_key("by_link"))))


def test_an_answer_reaches_who_wrote_as_a_text_of_the_organisation(task, link, bob):
    page = bob.get(link).get_data(as_text=True)
    sent = bob.open("POST", link, data={"body": "Medium {{ x }}"})

    answer = answers()[0]
    person = db.session.scalars(select(SendoutPerson.participant_id).where(SendoutPerson.sendout_id == answer.id)).one()
    text = db.session.get_one(InboundText, task.text_id)
    assert "Which size? &lt;b&gt;" in page
    assert (sent.status_code, answer.state, answer.created_by, person) == (303, "launching", None, text.participant_id)
    assert answer.audience_rule == {"answers": task.text_id, "by_link": task.id}
    assert (text.answered_at is not None, text.read_at is not None) == (True, True)
    assert "Medium {{ x }}" in bob.get(sent.headers["Location"]).get_data(as_text=True)


def test_opening_the_link_changes_nothing(link, bob):
    for method in ("GET", "HEAD"):
        assert bob.open(method, link).status_code == 200

    assert answers() == []
    assert db.session.scalar(select(InboundText.read_at)) is None


def test_the_same_form_sent_twice_is_one_answer_and_other_words_are_another(link, bob):
    for body in ("Medium", "Medium", "And boots"):
        bob.open("POST", link, data={"body": body})

    assert [answer.sms_body for answer in answers()] == ["Medium", "And boots"]


def test_a_link_holds_for_30_days(app, task, link, bob):
    key = signing_key(app.extensions["sendout"].secret_keys[0])
    task_id, expires_at = read_token(words.LINK_PURPOSE, link.removeprefix("/answer/"), [key])
    ended = f"/answer/{sign(words.LINK_PURPOSE, task.id, int(clock.now().timestamp()) - 1, key=key)}"

    statuses = bob.get(ended).status_code, bob.open("POST", ended, data={"body": "Medium"}).status_code

    assert (task_id, round((expires_at - clock.now().timestamp()) / 86_400)) == (task.id, 30)
    assert (statuses, answers()) == ((404, 404), [])


def test_a_link_for_something_else_answers_nothing(app, task, bob):
    expires_at = int((clock.now() + timedelta(days=1)).timestamp())
    other = sign("unsubscribe", task.id, expires_at, key=signing_key(app.extensions["sendout"].secret_keys[0]))

    assert bob.open("POST", f"/answer/{other}", data={"body": "Medium"}).status_code == 404


def test_an_empty_answer_is_not_sent(link, bob):
    assert bob.open("POST", link, data={"body": "  "}).status_code == 422
    assert answers() == []


def test_who_has_texted_stop_since_is_not_answered(task, link, bob):
    factories.an_entry(db.session.get_one(Organisation, task.organisation_id), channel=Channel.SMS, address=MARIA, reason="stop")
    db.session.commit()

    page, sent = bob.get(link).get_data(as_text=True), bob.open("POST", link, data={"body": "Medium"})

    assert "gets no more texts" in page
    assert "<textarea" not in page
    assert (sent.status_code, answers()) == (422, [])


def test_a_link_ends_when_its_receiver_leaves_the_team_and_holds_again_when_they_are_back(app, task, link, bob):
    club = db.session.get_one(Organisation, task.organisation_id)
    owner, member = factories.a_member(club), factories.a_member(club, Role.ORGANISER, email="Bob@club.example")
    db.session.commit()
    before = bob.get(link).status_code
    row = db.session.scalars(select(Membership.id).filter_by(user_id=member.id)).one()
    Browser(app, owner).post(f"/settings/team/{row}/remove")

    read, sent = bob.get(link), bob.open("POST", link, data={"body": "Medium"})
    factories.saved(Membership(user_id=member.id, organisation_id=club.id, role=Role.VIEWER))
    db.session.commit()

    assert (before, read.status_code, sent.status_code, answers()) == (200, 404, 404, [])
    assert "has left the team" in read.get_data(as_text=True)
    assert bob.get(link).status_code == 200


def test_the_address_of_another_organisations_member_is_nobodys_who_left(link, bob):
    factories.a_member(factories.an_organisation(), email="bob@club.example")
    db.session.commit()

    assert bob.get(link).status_code == 200


def test_a_link_sends_ten_answers_at_most(link, bob):
    statuses = [bob.open("POST", link, data={"body": f"Answer {number}"}).status_code for number in range(11)]

    assert statuses == [303] * 10 + [422]
