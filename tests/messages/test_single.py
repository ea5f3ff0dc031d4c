"""One text to one person: said word for word, and refused where the list says no."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channels import Channel
from app.domain.rendering import render_text
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.messages.single import SingleText, as_said, what_keeps_from_texting, write_text
from app.models import Sendout, UnsubscribeEntry
from tests import factories

NUMBER = "+12025550100"


@given(st.text(alphabet=st.sampled_from("{}%#\"'-| a\n"), max_size=30) | st.text(max_size=30))
def test_a_text_is_said_word_for_word(words):
    assert render_text(as_said(words), {}) == words


def a_single(**values) -> SingleText:
    club = factories.an_organisation()
    person = factories.a_participant(club, phone_number=values.pop("phone_number", NUMBER))
    user = factories.a_member(club)
    sender = factories.a_sender(club, Channel.SMS)
    defaults: dict[str, Any] = {
        "organisation_id": club.id,
        "user_id": user.id,
        "participant_id": person.id,
        "sender_id": sender.id,
        "title": "Answer to Ava",
        "body": "Yes",
        "form_token": "form",
    }
    return SingleText(**(defaults | values))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("values", "problem"),
    [({"body": " \n"}, Invalid), ({"phone_number": None}, Invalid), ({"participant_id": 0}, NotFound)],
)
def test_what_cannot_be_sent_is_refused_in_words(values, problem):
    with pytest.raises(problem):
        write_text(a_single(**values))


@pytest.mark.usefixtures("database")
def test_somebody_elses_participant_is_not_there():
    stranger = factories.a_participant(factories.an_organisation())

    with pytest.raises(NotFound):
        write_text(a_single(participant_id=stranger.id))


@pytest.mark.usefixtures("database")
def test_the_same_form_is_the_same_text():
    single = a_single()

    assert write_text(single) == write_text(single)
    assert db.session.query(Sendout).count() == 1


@pytest.mark.usefixtures("database")
def test_a_stop_is_named_before_any_other_reason():
    club = factories.an_organisation()
    factories.an_entry(club, channel="sms", address=NUMBER, reason="manual", source="user")
    factories.an_entry(club, channel="sms", address=NUMBER, reason="stop", source="reply")
    factories.an_entry(club, channel="sms", address=NUMBER, reason="unsubscribe", scope="marketing", source="import")

    entry = what_keeps_from_texting(club.id, NUMBER)

    assert entry is not None
    assert entry.reason == "stop"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("scope", "is_refused"), [("all", True), ("marketing", False)])
def test_only_what_concerns_every_text_refuses(scope, is_refused):
    single = a_single()
    manual = {"channel": "sms", "address": NUMBER, "reason": "manual", "source": "user", "organisation_id": single.organisation_id}
    factories.saved(UnsubscribeEntry(**manual, scope=scope, proof={}))

    try:
        write_text(single)
    except Conflict:
        was_refused = True
    else:
        was_refused = False

    assert was_refused is is_refused
