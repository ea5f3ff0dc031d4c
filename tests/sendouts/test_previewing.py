"""A preview is what one person would get, and counts nowhere."""

import pytest
from sqlalchemy import func, select

from app.domain.channels import ChannelPlan, CommunicationType
from app.extensions import db
from app.lib.errors import NotFound
from app.models import Message, TrackedLink
from app.sendouts.previewing.service import people_to_preview, preview
from tests.factories import a_participant, an_organisation
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")


def the_mail(club):
    mail = preview(club.draft, club.people[0].id).mail
    assert mail is not None
    return mail


def the_text(club):
    text = preview(club.draft, club.people[0].id).text
    assert text is not None
    return text


def test_a_person_sees_their_own_words_in_every_part():
    club = a_club(subject="For {{ first_name }}", text="Plain {{ first_name }}")
    club.people[0].first_name = "Zoë & Tom"
    db.session.commit()

    mail, text = the_mail(club), the_text(club)

    assert mail.subject == "For Zoë & Tom"
    assert "Hello Zoë &amp; Tom" in mail.html
    assert mail.text.startswith("Plain Zoë & Tom")
    assert (text.words, text.parts) == ("Riverside: hello Zoë & Tom", 1)


def test_nothing_is_tracked_or_written_down():
    club = a_club(html='<p><a href="https://club.example/camp">Camp</a></p>')

    mail = the_mail(club)

    assert 'href="https://club.example/camp"' in mail.html
    assert "/o/" not in mail.html
    assert "/u/" not in mail.html + mail.text
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert db.session.scalar(select(func.count()).select_from(TrackedLink)) == 0


def test_the_footer_is_that_of_the_type():
    club = a_club(communication_type=CommunicationType.MARKETING)

    html = the_mail(club).html

    assert "Mill Lane 4" in html
    assert ">Unsubscribe<" in html


def test_only_the_channels_in_use_are_shown():
    club = a_club(channel_plan=ChannelPlan.SMS)

    text = the_text(club)

    assert preview(club.draft, club.people[0].id).mail is None
    assert text.words.startswith("Riverside")


def test_words_that_cannot_be_read_are_named():
    club = a_club(sms_body="{{ first_name")

    assert "Text, line 1" in str(preview(club.draft, club.people[0].id).problem)


def test_somebody_elses_person_is_not_shown():
    club = a_club()
    stranger = a_participant(an_organisation())

    with pytest.raises(NotFound):
        preview(club.draft, stranger.id)


def test_an_empty_audience_is_previewed_as_anybody():
    club = a_club(people=0)
    nobody = people_to_preview(club.draft)
    person = a_participant(club.organisation, first_name="Ava", last_name="Kim")

    assert nobody == []
    assert people_to_preview(club.draft) == [(person.id, "Ava Kim")]


def test_the_mail_is_served_for_a_sandboxed_frame(app):
    club = a_club()

    answer = club.browser(app).get(club.path(f"/preview/{club.people[0].id}"))

    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-popups; default-src 'none'")
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Hello Ava" in words_of(answer)


def test_a_text_has_no_mail_to_frame(app):
    club = a_club(channel_plan=ChannelPlan.SMS)

    assert club.browser(app).get(club.path(f"/preview/{club.people[0].id}")).status_code == 404


def test_the_page_goes_from_person_to_person(app):
    club = a_club()
    browser = club.browser(app)

    page = words_of(browser.get(club.path(f"/preview?person={club.people[1].id}")))

    assert f"person={club.people[0].id}" in page
    assert f"person={club.people[2].id}" in page


def test_a_number_that_nobody_can_have_shows_the_first_of_them(app):
    club = a_club()

    assert club.browser(app).get(club.path(f"/preview?person={'9' * 20}")).status_code == 200


def test_somebody_outside_of_the_audience_can_be_looked_at_too(app):
    club = a_club()
    guest = a_participant(club.organisation, first_name="Guest", last_name="")

    page = words_of(club.browser(app).get(club.path(f"/preview?person={guest.id}")))

    assert "As Guest would get it" in page


def test_without_people_there_is_nobody_to_show_it_as(app):
    club = a_club(people=0)

    assert "Nobody to show it as" in words_of(club.browser(app).get(club.path("/preview")))
