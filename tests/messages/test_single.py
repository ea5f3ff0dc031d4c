"""One message to one person: said word for word, and refused where the list says no."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channels import Channel
from app.domain.rendering import EmailTemplate, render_text
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.messages.hindrances import entry_against
from app.messages.single import SingleMessage, as_said, write_to_one
from app.models import Organisation, Sendout, UnsubscribeEntry
from tests import factories

NUMBER = "+12025550100"


@given(st.text(alphabet=st.sampled_from("{}%#\"'-| a\n"), max_size=30) | st.text(max_size=30))
def test_a_text_is_said_word_for_word(words):
    assert render_text(as_said(words), {}) == words


def a_single(**values) -> SingleMessage:
    club = factories.an_organisation()
    theirs = {name: values.pop(name) for name in ("phone_number", "email_address", "is_bad_email", "is_bad_number") if name in values}
    person = factories.a_participant(club, **({"phone_number": NUMBER} | theirs))
    user = factories.a_member(club)
    sender = factories.a_sender(club, Channel.EMAIL if "subject" in values else Channel.SMS)
    defaults: dict[str, Any] = {
        "organisation_id": club.id,
        "user_id": user.id,
        "participant_id": person.id,
        "sender_id": sender.id,
        "title": "Answer to Ava",
        "body": "Yes",
        "form_token": "form",
    }
    return SingleMessage(**(defaults | values))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"body": " \n"}, Invalid),
        ({"phone_number": None}, Invalid),
        ({"is_bad_number": True}, Invalid),
        ({"participant_id": 0}, NotFound),
        ({"subject": " "}, Invalid),
        ({"subject": "Boots", "email_address": None}, Invalid),
        ({"subject": "Boots", "is_bad_email": True}, Invalid),
        ({"subject": "Boots", "is_marketing": True}, Invalid),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(values, problem):
    with pytest.raises(problem):
        write_to_one(a_single(**values))


@pytest.mark.usefixtures("database")
def test_somebody_elses_participant_is_not_there():
    stranger = factories.a_participant(factories.an_organisation())

    with pytest.raises(NotFound):
        write_to_one(a_single(participant_id=stranger.id))


@pytest.mark.usefixtures("database")
def test_the_same_form_is_the_same_text():
    single = a_single()

    assert write_to_one(single) == write_to_one(single)
    assert db.session.query(Sendout).count() == 1


@pytest.mark.usefixtures("database")
def test_a_stop_is_named_before_any_other_reason():
    club = factories.an_organisation()
    factories.an_entry(club, channel="sms", address=NUMBER, reason="manual", source="user")
    factories.an_entry(club, channel="sms", address=NUMBER, reason="stop", source="reply")
    factories.an_entry(club, channel="sms", address=NUMBER, reason="unsubscribe", scope="marketing", source="import")

    entry = entry_against(club.id, Channel.SMS, NUMBER)

    assert entry is not None
    assert entry.reason == "stop"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("scope", "is_refused"), [("all", True), ("marketing", False)])
def test_only_what_concerns_every_text_refuses(scope, is_refused):
    single = a_single()
    manual = {"channel": "sms", "address": NUMBER, "reason": "manual", "source": "user", "organisation_id": single.organisation_id}
    factories.saved(UnsubscribeEntry(**manual, scope=scope, proof={}))

    try:
        write_to_one(single)
    except Conflict:
        was_refused = True
    else:
        was_refused = False

    assert was_refused is is_refused


@pytest.mark.usefixtures("database")
def test_an_email_is_said_word_for_word_in_all_its_parts():
    words = "Bring {{ boots }} & <shorts>.\n\nSee {% you %} there"

    sendout = db.session.get_one(Sendout, write_to_one(a_single(subject="Kit {{ for }} Ava", body=words, email_address="ava@example.com")))

    template = EmailTemplate.parse(sendout.subject, sendout.html, sendout.text or "")
    said = template.render({})
    assert said.subject == "Kit {{ for }} Ava"
    assert said.html == "<p>Bring {{ boots }} &amp; &lt;shorts&gt;.</p><p>See {% you %} there</p>"
    assert said.text == words
    assert (sendout.channel_plan, sendout.communication_type, sendout.is_urgent) == ("email", "non_marketing", True)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("is_marketing", "is_refused"), [(False, False), (True, True)])
def test_who_said_no_to_news_gets_only_what_they_need_to_know(is_marketing, is_refused):
    single = a_single(subject="Camp", email_address="ava@example.com", is_marketing=is_marketing)
    club = db.session.get_one(Organisation, single.organisation_id)
    club.postal_address = "1 Ground Lane"
    factories.an_entry(club, address="ava@example.com", reason="unsubscribe", scope="marketing", source="link")

    try:
        write_to_one(single)
    except Conflict as problem:
        refusal = str(problem)
    else:
        refusal = ""

    assert refusal.startswith("They have said no to news and offers") is is_refused
