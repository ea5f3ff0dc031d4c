"""An urgent text: written, counted, sent once."""

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.clock import now
from app.models import Sendout
from app.sendouts.counting import review_counts
from tests.factories import a_list, a_member, a_participant, an_organisation
from tests.sendouts.crowds import keep_away
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    """Two with a number, one with an e-mail address alone, one with neither, one who said STOP to texts."""
    made = a_club(people=2)
    organisation = made.organisation
    by_mail = a_participant(organisation, phone_number=None)
    by_neither = a_participant(organisation, phone_number=None, email_address=None)
    stopped = a_participant(organisation)
    keep_away(stopped, SuppressionReason.STOP, Channel.SMS)
    a_list(organisation, *made.people, by_mail, by_neither, stopped, name="Under 9")
    db.session.execute(db.delete(Sendout))
    db.session.commit()
    return made


def urgent_list(club):
    return db.session.scalar(
        db.text("SELECT id FROM participant_lists WHERE name = 'Under 9' AND organisation_id = :o"), {"o": club.organisation.id}
    )


def form(club, **values):
    return {
        "text": "Riverside: pitch flooded, no training",
        "list_id": str(urgent_list(club)),
        "seen_count": "4",
        "form_token": "t1",
    } | values


def sent():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Sendout)).all()


def test_the_button_counts_those_who_can_be_reached(app, club):
    words = words_of(club.browser(app).post("/urgent/count", form(club)))

    assert "Text 4 people now" in words
    assert "2 by text, 2 by e-mail" in words
    assert "1 person by neither" in words


def test_it_is_launched_for_ten_seconds_and_cannot_come_too_late(app, club):
    answer = club.browser(app).post("/urgent", form(club))

    (sendout,) = sent()
    assert answer.headers["Location"] == f"/sendouts/{sendout.id}"
    assert (sendout.state, sendout.is_urgent) == (SendoutState.LAUNCHING, True)
    assert (sendout.communication_type, sendout.channel_plan) == (CommunicationType.NON_MARKETING, ChannelPlan.SMS_ELSE_EMAIL)
    assert 8 < (sendout.leaves_at - now()).total_seconds() <= 10
    assert 10_700 < (sendout.not_useful_after - now()).total_seconds() <= 10_800
    assert (sendout.subject, sendout.html) == ("Riverside: pitch flooded, no training", "<p>Riverside: pitch flooded, no training</p>")
    assert review_counts(sendout).reached == 4


def test_it_is_one_send_out_however_often_the_form_is_sent(app, club):
    browser = club.browser(app)

    answers = [browser.post("/urgent", form(club)) for _ in range(2)]

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(sent()) == 1


def test_another_number_than_the_one_seen_asks_again(app, club):
    answer = club.browser(app).post("/urgent", form(club, seen_count="27"))

    assert answer.status_code == 409
    assert "This goes to 4 people. Press again" in words_of(answer)
    assert "pitch flooded" in words_of(answer)
    assert sent() == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": "Riverside: "}, "Write what they need to know"),
        ({"text": "Riverside: {{ first_name"}, "Line 1"),
        ({"list_id": ""}, "Choose somebody"),
    ],
)
def test_what_cannot_go_is_said_on_the_screen(app, club, values, sentence):
    answer = club.browser(app).post("/urgent", form(club, **values))

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert sent() == []


def test_without_a_number_to_text_from_it_says_so(app, club):
    db.session.execute(db.text("UPDATE senders SET is_archived = true WHERE channel = 'sms'"))

    answer = club.browser(app).post("/urgent", form(club))

    assert "No number to text from" in words_of(answer)


def test_single_people_are_found_added_and_dropped(app, club):
    browser = club.browser(app)
    ava = a_participant(club.organisation, first_name="Ava", last_name="Kim")
    db.session.commit()

    found = words_of(browser.get("/urgent/people?q=kim"))
    added = words_of(browser.post("/urgent", form(club, add_person=str(ava.id))))
    dropped = words_of(browser.post("/urgent", form(club, participant_id=str(ava.id), drop_person=str(ava.id))))

    assert f'name="add_person" value="{ava.id}"' in found
    assert f'name="participant_id" value="{ava.id}"' in added
    assert "Text 5 people now" in added
    assert "Ava Kim" not in dropped
    assert sent() == []


def test_single_people_are_texted(app, club):
    person = club.people[0]

    club.browser(app).post("/urgent", form(club, list_id="", participant_id=str(person.id), seen_count="1"))

    (sendout,) = sent()
    assert review_counts(sendout).people == 1


def test_another_organisations_lists_and_people_are_nobody(app, club):
    stranger = a_member(an_organisation(), Role.ORGANISER)
    theirs = club.people[0].id
    ours = form(club, participant_id=str(theirs))
    db.session.commit()
    browser = type(club.browser(app))(app, stranger)

    assert "Choose whom to text" in words_of(browser.post("/urgent/count", ours))
    assert browser.post("/urgent", ours).status_code == 422


def test_a_personal_text_has_a_subject_of_its_own(app, club):
    club.browser(app).post("/urgent", form(club, text="Riverside: {{ first_name }}, call us"))

    (sendout,) = sent()
    assert sendout.subject == "Urgent message from Riverside Football Club"
    assert sendout.one_per_address is False


def test_a_long_text_lends_its_first_words_to_the_subject(app, club):
    club.browser(app).post("/urgent", form(club, text="Riverside: " + "very " * 30 + "wet"))

    (sendout,) = sent()
    assert len(sendout.subject) <= 71
    assert sendout.subject.endswith("very…")


def test_the_screen_opens_with_a_list_ticked(app, club):
    page = words_of(club.browser(app).get(f"/urgent?list_id={urgent_list(club)}"))

    assert f'name="list_id" value="{urgent_list(club)}" checked' in page
    assert "Text 4 people now" in page
    assert "Riverside: </textarea>" in page


def test_an_author_sends_no_urgent_text(app, club):
    assert club.browser(app, Role.AUTHOR).get("/urgent").status_code == 403
