"""Message templates: kept from a draft, begun with, renamed, thrown away and fetched back."""

import pytest
from sqlalchemy import select

from app.domain.channels import ChannelPlan
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import MessageTemplate, Sendout
from tests.factories import a_template
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")

WORDS = {"subject": "Training moves", "html": '<p>Hello {{ first_name | default: "there" }}</p>', "sms_body": "Riverside: training moves"}


def kept():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(MessageTemplate).where(MessageTemplate.deleted_at.is_(None)).order_by(MessageTemplate.id)).all()


def test_a_message_is_kept_with_what_is_typed_at_that_moment(app):
    club = a_club()

    answer = club.browser(app).post(club.path("/templates"), WORDS | {"preview_text": "See you", "template_name": " Training  moves "})

    made = kept()[0]
    assert answer.headers["Location"] == club.path("/compose/message")
    assert (made.name, made.subject, made.preview_text, made.html, made.sms_body) == (
        "Training moves", "Training moves", "See you", WORDS["html"], WORDS["sms_body"],
    )  # fmt: skip
    assert club.reread().subject == "Training moves"


def test_a_channel_that_the_draft_does_not_use_is_not_kept(app):
    club = a_club(channel_plan=ChannelPlan.SMS, html="<p>from before</p>")

    club.browser(app).post(club.path("/templates"), {"sms_body": "Riverside: off today", "template_name": "Off"})

    assert [(each.html, each.subject, each.sms_body) for each in kept()] == [("", "", "Riverside: off today")]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (WORDS, "Give the template a name"),
        (WORDS | {"template_name": "x" * 101}, "The name is too long"),
        (WORDS | {"template_name": "OLD"}, "There is a template “OLD” already."),
        ({"subject": "", "html": "", "sms_body": "Riverside: ", "template_name": "New"}, "There is nothing to keep yet"),
    ],
)
def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(app, form, words):
    club = a_club()
    a_template(club.organisation, name="Old")
    browser = club.browser(app)

    answer = browser.post(club.path("/templates"), form)

    assert words in words_of(browser.get(answer.headers["Location"]))
    assert len(kept()) == 1
    assert club.reread().subject == form["subject"]


def test_a_draft_begins_with_a_template_and_goes_its_own_way(app):
    club = a_club(subject="Mine", html="<p>Mine</p>")
    template = a_template(club.organisation)
    browser = club.browser(app)

    browser.post(club.path(f"/templates/{template.id}"))
    browser.post(club.path("/compose/message"), WORDS | {"subject": "Changed"})

    assert club.reread().subject == "Changed"
    assert [(each.subject, each.sms_body) for each in kept()] == [("Training", "Riverside: training")]


def test_a_channel_that_the_template_has_not_stays_as_it_was(app):
    club = a_club(sms_body="Riverside: mine")
    template = a_template(club.organisation, sms_body="")

    club.browser(app).post(club.path(f"/templates/{template.id}"))

    assert (club.reread().subject, club.draft.sms_body) == ("Training", "Riverside: mine")


def test_a_template_without_a_channel_in_common_is_refused(app):
    club = a_club(channel_plan=ChannelPlan.SMS)
    template = a_template(club.organisation, sms_body="")

    answer = club.browser(app).post(club.path(f"/templates/{template.id}"))

    assert answer.status_code == 409
    assert "nothing for the way in which the send-out goes" in words_of(answer)


def test_what_has_started_begins_with_nothing(app):
    club = a_club(state=SendoutState.RUNNING)
    template = a_template(club.organisation)

    assert club.browser(app).post(club.path(f"/templates/{template.id}")).status_code == 409


@pytest.mark.parametrize(
    ("values", "is_asked"),
    [({}, True), ({"subject": "", "html": "", "sms_body": "Riverside: "}, False), ({"subject": "", "html": "", "sms_body": "Hi"}, True)],
)
def test_a_question_comes_before_words_are_replaced(app, values, is_asked):
    club = a_club(**values)
    a_template(club.organisation)

    page = words_of(club.browser(app).get(club.path("/templates")))

    assert ("Replace what is written?" in page) is is_asked
    assert "Use it" in page


@pytest.mark.parametrize(
    ("values", "plan"),
    [({}, ChannelPlan.BOTH), ({"sms_body": ""}, ChannelPlan.EMAIL), ({"html": "", "subject": ""}, ChannelPlan.SMS)],
)
def test_a_send_out_is_begun_from_the_list_of_templates(app, values, plan):
    club = a_club()
    template = a_template(club.organisation, **values)

    answer = club.browser(app).post(f"/sendouts/templates/{template.id}/sendout")

    made = db.session.scalars(select(Sendout).order_by(Sendout.id.desc()).limit(1)).one()
    assert answer.headers["Location"] == f"/sendouts/{made.id}/compose/audience"
    assert made.channel_plan == plan
    assert made.subject == template.subject


def test_the_page_shows_each_with_the_names_of_its_fields(app):
    club = a_club()
    template = a_template(club.organisation, subject="For {{ first_name }}", sms_body="Hi {{ first_name")
    browser = club.browser(app, Role.VIEWER)

    page = words_of(browser.get("/sendouts/templates"))
    mail = browser.get(f"/sendouts/templates/{template.id}/mail")

    assert "For [First name]" in page
    assert "Hi {{ first_name" in page
    assert "Delete" not in page
    assert "Hello [First name]" in words_of(mail)
    assert "script-src 'none'" in mail.headers["Content-Security-Policy"] or "default-src 'none'" in mail.headers["Content-Security-Policy"]


def test_without_templates_the_page_says_how_to_make_one(app):
    assert "No templates yet" in words_of(a_club().browser(app).get("/sendouts/templates"))


def test_a_template_is_renamed_unless_the_name_is_taken(app):
    club = a_club()
    template, _other = a_template(club.organisation), a_template(club.organisation, name="Taken")
    browser = club.browser(app)

    browser.post(f"/sendouts/templates/{template.id}/name", {"template_name": "Autumn"})
    browser.post(f"/sendouts/templates/{template.id}/name", {"template_name": "taken"})

    assert [each.name for each in kept()] == ["Autumn", "Taken"]
    assert "There is a template “taken” already. Nothing was changed." in words_of(browser.get("/sendouts/templates"))


def test_a_deleted_template_can_be_fetched_back(app):
    club = a_club()
    template = a_template(club.organisation)
    browser = club.browser(app)

    browser.post(f"/sendouts/templates/{template.id}/removal")
    gone = kept()
    browser.post(f"/sendouts/templates/{template.id}/restoral")

    assert gone == []
    assert [each.id for each in kept()] == [template.id]
