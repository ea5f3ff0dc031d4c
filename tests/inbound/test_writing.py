"""Writing to one person: from their page and in their conversation, by text or e-mail, or why it cannot be."""

import re

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import InboundText, Message, Sendout
from tests import factories
from tests.browser import Browser
from tests.scenes import freeze

NUMBER, ADDRESS = "+12025550100", "maria@example.net"


class House:
    """A club that texts and e-mails, Bob of its team, and Maria."""

    def __init__(self, app):
        self.club = factories.an_organisation(country="US", postal_address="1 Ground Lane")
        self.texts = factories.a_sender(self.club, Channel.SMS, address="+15005550006")
        self.mails = factories.a_sender(self.club, address="news@mail.example.com")
        self.maria = factories.a_participant(
            self.club, first_name="Maria", last_name="Rossi", phone_number=NUMBER, email_address="Maria@example.net"
        )
        self.user = factories.a_member(self.club, Role.ORGANISER, name="Bob", email="bob@club.example")
        db.session.commit()
        self.bob = Browser(app, self.user)

    @property
    def page(self):
        return f"/participants/{self.maria.id}/write"

    def writes(self, **form):
        sent = self.bob.post(self.page, {"form_token": "t1", "by": "email", "subject": "Boots", "body": "Size 7?", **form})
        db.session.expire_all()
        return sent

    def hears(self, **values):
        defaults = {"from_number": NUMBER, "participant_id": self.maria.id}
        text = factories.a_received_text(self.club, self.texts, **(defaults | values))
        db.session.commit()
        return text

    def hears_by_mail(self, **values):
        return self.hears(sender_id=self.mails.id, channel="email", from_number=ADDRESS, body="We are coming", segments=0, **values)


@pytest.fixture
def house(app, database):  # noqa: ARG001  it stands on it
    return House(app)


def words_of(answer):
    return " ".join(answer.get_data(as_text=True).split())


def sendouts():
    return list(db.session.scalars(select(Sendout).order_by(Sendout.id)))


def chosen_way(page):
    found = re.search(r'id="by-(sms|email)"[^>]*checked', page)
    assert found is not None
    return found[1]


def test_an_email_from_their_page_is_one_message_like_any_other(house):
    answers = [house.writes() for _ in range(2)]

    made = sendouts()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == f"/participants/{house.maria.id}#timeline"
    assert [(each.title, each.subject, each.reply_to, each.email_sender_id) for each in made] == [
        ("Boots", "Boots", "bob@club.example", house.mails.id)
    ]
    assert (made[0].is_urgent, made[0].communication_type, made[0].audience_rule) == (True, "non_marketing", {"single": True})

    assert ">Boots<" in house.bob.get(f"/participants/{house.maria.id}").text

    freeze(made[0])

    message = db.session.scalars(select(Message)).one()
    assert (message.participant_id, message.channel, message.address, message.status) == (
        house.maria.id,
        "email",
        "Maria@example.net",
        "pending",
    )
    assert house.bob.get(f"/participants/{house.maria.id}").text.count(">Boots<") == 1
    assert ">Boots<" in house.bob.get("/reports/messages").text
    assert ">Boots<" not in house.bob.get("/sendouts").text


def test_a_text_is_called_after_its_first_words(house):
    house.writes(by="sms", body="Training is at six today, not at five: the pitch is taken by the under twelves until then")

    made = sendouts()[0]
    assert made.title == "Training is at six today, not at five: the pitch is taken …"
    assert (made.channel_plan, made.sms_sender_id, made.email_sender_id) == ("sms", house.texts.id, None)


def test_only_what_is_chosen_to_be_is_marketing(house):
    house.writes(form_token="a", is_marketing="yes")
    house.writes(form_token="b", by="sms", is_marketing="yes")

    assert [each.communication_type for each in sendouts()] == ["marketing", "non_marketing"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"subject": " "}, "Write a subject."),
        ({"body": " "}, "Write something first."),
        ({"by": "sms", "body": "x" * 1601}, "1,601 characters; up to 1,600 fit"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(house, form, said):
    answer = house.writes(**form)

    assert answer.status_code == 422
    assert said in words_of(answer)
    assert form["body"].strip() in answer.text if "body" in form else "Size 7?" in answer.text
    assert sendouts() == []


@pytest.mark.parametrize(
    ("values", "form", "said", "next_step"),
    [
        ({"email_address": None}, {}, "has no e-mail address on their page", "/edit"),
        ({"phone_number": None}, {"by": "sms"}, "has no number on their page", "/edit"),
        ({"is_bad_email": True}, {}, "cannot be right", "/correct/email"),
        ({"is_bad_number": True}, {"by": "sms"}, "cannot be right", "/correct/sms"),
    ],
)
def test_who_has_no_good_address_is_told_why_with_the_next_step(house, values, form, said, next_step):
    for name, value in values.items():
        setattr(house.maria, name, value)
    db.session.commit()

    page = words_of(house.bob.get(house.page))
    answer = house.writes(**form)

    assert said in page
    assert f"/participants/{house.maria.id}{next_step}" in page
    assert (answer.status_code, sendouts()) == (422, [])


def test_an_address_that_bounced_is_not_written_to_and_can_be_corrected(house):
    entry = factories.an_entry(house.club, address=ADDRESS)
    db.session.commit()

    page = words_of(house.bob.get(house.page))
    answer = house.writes()

    assert "Their address is on the Unsubscribes list" in page
    assert (f'href="/unsubscribes/{entry.id}"' in page, f"/participants/{house.maria.id}/correct/email" in page) == (True, True)
    assert chosen_way(page) == "sms"
    assert (answer.status_code, sendouts()) == (422, [])


def test_after_a_stop_an_email_is_offered_in_its_place(house):
    text = house.hears(body="STOP", keyword="stop")
    factories.an_entry(house.club, channel="sms", address=NUMBER, reason="stop", source="reply", proof={"words": "STOP"})
    db.session.commit()

    page = words_of(house.bob.get(f"/replies/{text.id}"))
    sent = house.bob.post(f"/replies/{text.id}/answer", {"form_token": "t", "by": "email", "subject": "Texts", "body": "Did you mean it?"})

    assert "no text can reach them" in page
    assert chosen_way(page) == "email"
    assert sent.status_code == 303
    assert [each.channel_plan for each in sendouts()] == ["email"]


def test_where_neither_way_is_open_there_is_no_form_and_both_reasons(house):
    house.maria.email_address = house.maria.phone_number = None
    db.session.commit()

    page = words_of(house.bob.get(house.page))

    assert ("has no e-mail address" in page, "has no number" in page, 'name="body"' in page) == (True, True, False)


def test_without_anything_to_write_from_the_page_says_who_can_help(app, database):  # noqa: ARG001
    club = factories.an_organisation()
    person, user = factories.a_participant(club), factories.a_member(club, Role.ORGANISER)
    db.session.commit()

    page = words_of(Browser(app, user).get(f"/participants/{person.id}/write"))

    assert "You have no address to e-mail from yet." in page
    assert "You have no number to text from yet." in page


def test_only_who_may_send_is_offered_to_write(app, house):
    author = Browser(app, factories.a_member(house.club, Role.AUTHOR))
    db.session.commit()

    assert "/write" in house.bob.get(f"/participants/{house.maria.id}").text
    assert "/write" not in author.get(f"/participants/{house.maria.id}").text
    assert author.get(house.page).status_code == 403


def test_the_way_that_they_wrote_by_last_is_chosen(house):
    text = house.hears()
    by_text = chosen_way(words_of(house.bob.get(f"/replies/{text.id}")))
    mail = house.hears_by_mail()

    assert by_text == "sms"
    assert chosen_way(words_of(house.bob.get(f"/replies/{mail.id}"))) == "email"
    assert chosen_way(words_of(house.bob.get(house.page))) == "email"
    assert chosen_way(words_of(house.bob.get(f"{house.page}?by=sms"))) == "sms"


def test_an_email_is_answered_by_email_in_the_conversation(house):
    camp = factories.a_sendout(house.club, subject="Camp for {{ first_name }}", email_sender_id=house.mails.id)
    asked = factories.a_message(camp, house.maria, status="delivered", accepted_at=now())
    mail = house.hears_by_mail(message_id=asked.id)

    page = words_of(house.bob.get(f"/replies/{mail.id}"))
    form = {"form_token": "t", "by": "email", "subject": "Re: Camp for Maria", "body": "Great,\n\nsee you", "then": "done"}
    house.bob.post(f"/replies/{mail.id}/answer", form)
    db.session.expire_all()

    answer = sendouts()[-1]
    assert 'value="Re: Camp for Maria"' in page
    assert (answer.title, answer.channel_plan, answer.audience_rule) == ("Re: Camp for Maria", "email", {"answers": mail.id})
    assert answer.html == "<p>Great,</p><p>see you</p>"
    kept = db.session.get_one(InboundText, mail.id)
    assert (kept.answered_at is not None, kept.done_at is not None) == (True, True)
    talk = words_of(house.bob.get(f"/replies/{mail.id}"))
    assert '<bdi class="bubble-subject">Re: Camp for Maria</bdi><bdi class="bubble-words">Great, see you</bdi>' in talk
    assert "<bdi>Bob</bdi>" in talk

    freeze(answer)

    assert db.session.scalar(select(func.count()).select_from(Message).where(Message.sendout_id == answer.id)) == 1
    assert words_of(house.bob.get(f"/replies/{mail.id}")).count("Great, see you") == 1
    assert "Maria Rossi" in words_of(house.bob.get("/replies?q=great"))


def test_an_email_needs_a_subject_in_the_conversation_too(house):
    text = house.hears()

    answer = house.bob.post(f"/replies/{text.id}/answer", {"form_token": "t", "by": "email", "body": "Yes"})

    assert answer.status_code == 422
    assert "Write a subject." in words_of(answer)
    assert chosen_way(words_of(answer)) == "email"


def test_what_is_written_from_their_page_stands_in_the_conversation_with_its_writer(house):
    text = house.hears()
    house.writes()

    page = words_of(house.bob.get(f"/replies/{text.id}"))

    assert '<bdi class="bubble-subject">Boots</bdi><bdi class="bubble-words">Size 7?</bdi>' in page
    assert "<bdi>Bob</bdi>" in page
