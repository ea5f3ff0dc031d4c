"""What the composer asks about texts back: preset, kept, refused beside its field, taken along by copies."""

import pytest

from app.domain.channels import ChannelPlan
from app.extensions import db
from app.models import Sender
from app.sendouts.composing.service import new_draft
from app.sendouts.drafting.service import copy_sendout
from tests.sendouts.drafts import a_club, words_of

TYPED = {
    "reply_to": "bob@club.example",
    "auto_reply": "Thank you, {{ we }} read every text",
    "auto_reply_words": "Size, WHERE",
    "forward_email": "Bob <bob@club.example>",
    "forward_phone": "07911 123456",
}


def kept(draft):
    return draft.auto_reply, draft.auto_reply_words, draft.forward_email, draft.forward_phone


@pytest.mark.usefixtures("database")
def test_a_new_draft_forwards_to_whoever_writes_it():
    club = a_club()

    draft = new_draft(club.actor)

    assert kept(draft) == ("", "", "bob@club.example", None)


def test_what_becomes_of_texts_back_is_kept_and_copied(app):
    club = a_club()

    answer = club.browser(app).post(club.path("/compose/options"), TYPED)

    expected = ("Thank you, {{ we }} read every text", "size, where", "bob@club.example", "+447911123456")
    assert (answer.status_code, kept(club.reread())) == (303, expected)
    assert kept(copy_sendout(club.draft.id, club.actor)) == expected


def test_without_texts_nothing_is_asked_and_nothing_lost(app):
    club = a_club(channel_plan=ChannelPlan.EMAIL, auto_reply="Thank you", forward_email="bob@club.example")
    browser = club.browser(app)

    page = words_of(browser.get(club.path("/compose/options")))
    browser.post(club.path("/compose/options"), {"reply_to": "bob@club.example"})

    assert "When people text back" not in page
    assert kept(club.reread()) == ("Thank you", "", "bob@club.example", None)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("forward_email", "bob at club", "This is not an e-mail address"),
        ("forward_phone", "12", "number"),
        ("auto_reply", "Reply YES to stay on", "signs people up again"),
        ("auto_reply", "x" * 481, "can have 480 characters"),
        ("auto_reply_words", "word " * 80, "Name a few words"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_changes_nothing(app, field, typed, sentence):
    club = a_club()

    answer = club.browser(app).post(club.path("/compose/options"), TYPED | {field: typed})

    page = words_of(answer)
    assert answer.status_code == 422
    assert sentence in page.split(f'id="{field}-error"')[1].split("</div>")[0]
    assert kept(club.reread()) == ("", "", None, None)


def test_texts_are_not_forwarded_to_the_number_that_they_come_in_by(app):
    club = a_club()
    db.session.get_one(Sender, club.draft.sms_sender_id).address = "+447911123456"
    db.session.commit()

    answer = club.browser(app).post(club.path("/compose/options"), TYPED)

    assert "the number that people text back to" in words_of(answer)
    assert club.reread().forward_phone is None
