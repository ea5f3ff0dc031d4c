"""The composer's pages, with and without scripts, by role."""

import io
import re
from datetime import timedelta

import pytest

from app.domain.channels import ChannelPlan
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.clock import now
from app.models import Sendout
from app.sendouts.composing.pages import size_of
from app.sendouts.composing.service import choose_person
from app.sendouts.reviewing import service
from tests.factories import a_list, a_participant, a_sendout
from tests.sendouts.crowds import keep_away
from tests.sendouts.drafts import a_club, words_of

SWAP = {"HX_Request": "true"}


def test_a_draft_is_begun_with_a_list(app):
    club = a_club()

    answer = club.browser(app).post("/sendouts", {"list_id": str(club.everybody.id)})

    page = words_of(club.browser(app).get(answer.headers["Location"]))
    assert answer.status_code == 303
    assert f'name="list-{club.everybody.id}" value="include" checked' in page
    assert 'value="marketing" checked' not in page
    assert 'value="non_marketing" checked' not in page


def test_steps_are_saved_and_lead_on(app):
    club = a_club()
    browser = club.browser(app)

    audience = browser.post(club.path("/compose/audience"), {"title": " Autumn  camp ", "communication_type": "marketing", "go": "next"})
    message = browser.post(club.path("/compose/message"), {"subject": "Autumn", "html": "Hello", "sms_body": "Riverside: hi", "go": "next"})
    options = browser.post(club.path("/compose/options"), {"reply_to": "Bob <bob@club.example>", "go": "next"})

    assert [each.headers["Location"].rpartition("/")[2] for each in (audience, message, options)] == ["message", "options", "review"]
    draft = club.reread()
    assert (draft.title, draft.subject, draft.html, draft.reply_to) == ("Autumn camp", "Autumn", "<p>Hello</p>", "bob@club.example")
    assert draft.is_tracking is False


def test_saving_as_one_types_answers_with_what_changed(app):
    club = a_club()
    browser = club.browser(app)

    posted = browser.post(club.path("/compose/audience"), {f"list-{club.everybody.id}": "include", "channel_plan": "email"}, **SWAP)
    answer = browser.get(posted.headers["Location"], **SWAP)

    words = words_of(answer)
    assert posted.status_code == 303
    assert "Saved at" in words
    assert '<aside class="card compose-summary" id="summary" aria-label="Summary" hx-swap-oob="true">' in words
    assert "3 <span>people would get it now" in words


def test_the_page_itself_is_saved_by_its_button(app):
    club = a_club()

    answer = club.browser(app).post(club.path("/compose/message"), {"html": "x", "sms_body": "Riverside: x", "go": "save"})

    assert answer.headers["Location"] == club.path("/compose/message")


def test_template_errors_are_shown_with_their_line(app):
    club = a_club()
    browser = club.browser(app)

    posted = browser.post(club.path("/compose/message"), {"html": "<p>\n{{ first_name | shout }}</p>", "sms_body": "Riverside: x"}, **SWAP)
    part = words_of(browser.get(posted.headers["Location"], **SWAP))
    page = words_of(browser.get(club.path("/compose/review")))

    assert "E-mail, line 2:" in part
    assert "E-mail, line 2:" in page
    assert "Not yet" in page


def test_a_preview_text_is_read_and_tried_like_the_rest(app):
    club = a_club(preview_text="{{ first_name | shout }}")
    browser = club.browser(app)

    wrong = words_of(browser.get(club.path("/compose/review")))
    browser.post(
        club.path("/compose/message"), {"subject": "x", "html": "x", "preview_text": "For {{ member_number }}", "sms_body": "Riverside: x"}
    )
    blank = words_of(browser.get(club.path("/compose/review")))

    assert "Preview text, line 1:" in wrong
    assert "member_number" in blank


@pytest.mark.parametrize("name", ["subject", "preview_text", "sms_body"])
def test_personal_fields_can_be_put_into_each_line_and_text(app, name):
    page = words_of(a_club().browser(app).get("/sendouts/1/compose/message"))

    assert f'data-chips="{name}"' in page
    assert f'data-insert-into="{name}"' in page


def test_a_text_says_what_makes_it_count_double(app):
    words = f"Riverside: don’t be late{' at all' * 10}"  # noqa: RUF001
    club = a_club(sms_body=words)
    browser = club.browser(app)

    before = words_of(browser.get(club.path("/compose/message")))
    browser.post(club.path("/compose/message"), {"sms_body": words, "replace": "yes"})
    after = words_of(browser.get(club.path("/compose/message")))

    assert "because of <mark>’</mark>" in before  # noqa: RUF001
    assert "because of" not in after
    assert club.reread().sms_body.startswith("Riverside: don't be late")


@pytest.mark.parametrize(
    ("text", "parts", "costly", "is_replaceable"),
    [
        ("’" + "a" * 65, 1, (), False),  # noqa: RUF001 - one text with it and without
        ("’" + "a" * 100, 2, ("’",), True),  # noqa: RUF001
        ("\N{SOCCER BALL}" + "a" * 100, 2, ("\N{SOCCER BALL}",), False),
        ("\N{SOCCER BALL}’" + "a" * 100, 2, ("\N{SOCCER BALL}", "’"), False),  # noqa: RUF001
        ("a" * 161, 2, (), False),
        ("’" + "a" * 160, 3, ("’",), True),  # noqa: RUF001
    ],
)
def test_a_character_is_named_only_where_it_makes_it_more_texts(text, parts, costly, is_replaceable):
    size = size_of(text)

    assert (size.parts, size.costly, size.plain) == (parts, costly, is_replaceable)


def test_people_are_found_added_and_dropped_without_scripts(app):
    club = a_club()
    ava = a_participant(club.organisation, first_name="Ava", last_name="Kim")
    browser = club.browser(app)

    found = browser.post(club.path("/compose/audience"), {"q": "kim", "go": "find"})
    page = words_of(browser.get(found.headers["Location"]))
    browser.post(club.path("/compose/audience"), {"exclude_person": str(ava.id)})
    left_out = words_of(browser.get(club.path("/compose/audience")))
    browser.post(club.path("/compose/audience"), {"include_person": str(ava.id)})
    browser.post(club.path("/compose/audience"), {"drop_person": str(ava.id)})

    assert f'name="include_person" value="{ava.id}"' in page
    assert "Ava Kim <em>left out</em>" in left_out
    assert "Ava Kim" not in words_of(browser.get(club.path("/compose/audience")))


def test_the_search_answers_as_one_types(app):
    club = a_club()

    assert "Nobody is called “zzz”" in words_of(club.browser(app).get(club.path("/people?q=zzz"), **SWAP))


def test_a_resend_shows_whom_it_is_for(app):
    club = a_club()
    again = Sendout(
        organisation_id=club.organisation.id,
        resend_of=club.draft.id,
        audience_rule={"resend": "not_opened", "no_sign": True, "cannot_tell": True},
    )
    db.session.add(again)
    db.session.commit()

    page = words_of(club.browser(app).get(f"/sendouts/{again.id}/compose/audience"))

    assert "Those who did not open “Spring camp”" in page


def test_files_are_attached_and_refused_on_the_page(app):
    club = a_club()
    browser = club.browser(app)

    taken = browser.post(club.path("/attachments"), {"file": (io.BytesIO(b"%PDF"), "map.pdf")})
    refused = browser.post(club.path("/attachments"), {"file": (io.BytesIO(b"MZ"), "fun.exe")})

    assert taken.status_code == 303
    assert refused.status_code == 422
    assert "map.pdf" in words_of(refused)
    assert "files of this kind" in words_of(refused)


def test_an_address_that_is_none_is_said_beside_its_field(app):
    club = a_club()
    browser = club.browser(app)

    answer = browser.post(club.path("/compose/options"), {"reply_to": "bob at club"})
    while_typing = browser.post(club.path("/compose/options"), {"reply_to": "bob@"}, **SWAP)

    assert answer.status_code == 422
    assert "This is not an e-mail address" in words_of(answer)
    assert while_typing.status_code == 303
    assert club.reread().reply_to == "bob@club.example"


@pytest.mark.parametrize("step", ["audience", "message", "options", "review"])
def test_what_has_started_is_not_edited(app, step):
    club = a_club(state=SendoutState.RUNNING)
    browser = club.browser(app)

    assert browser.post(club.path(f"/compose/{step}"), {"html": "new"}).status_code == 409
    assert browser.get(club.path(f"/compose/{step}")).headers["Location"] == club.path()
    assert browser.get(club.path("/compose/saved"), **SWAP).status_code == 409


def test_the_people_behind_a_number_are_listed_page_by_page(app, monkeypatch):
    club = a_club()
    keep_away(club.people[0], SuppressionReason.COMPLAINT)
    db.session.commit()
    monkeypatch.setattr("app.sendouts.reviewing.routes.PAGE_SIZE", 1)
    browser = club.browser(app)

    complained = words_of(browser.get(club.path("/compose/people?channel=email&reason=complained")))
    others = words_of(browser.get(club.path("/compose/people?channel=email")))

    assert str(club.people[0].email_address) in complained
    assert "Show more" not in complained
    assert str(club.people[1].email_address) in others
    assert "after=2" in others
    assert browser.get(club.path("/compose/people?channel=pigeon")).status_code == 404


def test_people_who_share_an_address_are_shown_and_chosen(app):
    club = a_club(one_per_address=False, channel_plan=ChannelPlan.EMAIL)
    twin = a_participant(club.organisation, email_address=club.people[0].email_address)
    choose_person(club.draft.id, club.actor, twin.id, is_excluded=False)
    db.session.commit()
    browser = club.browser(app)

    page = words_of(browser.get(club.path("/compose/review")))
    browser.post(club.path("/compose/review"), {"one_per_address": "yes"})

    assert "1 message would go to an address" in page
    assert club.reread().one_per_address is True


def test_send_launches_once_however_often_it_is_pressed(app):
    club = a_club()
    browser = club.browser(app)

    answers = [browser.post(club.path("/launch")) for _ in range(2)]

    assert [(each.status_code, each.headers["Location"]) for each in answers] == [(303, club.path())] * 2
    assert club.reread().state == SendoutState.LAUNCHING


def test_send_can_be_undone_while_the_seconds_run(app):
    club = a_club()
    browser = club.browser(app)
    browser.post(club.path("/launch"))

    undone = browser.post(club.path("/undo"))
    again = browser.post(club.path("/undo"))

    assert undone.headers["Location"] == club.path("/compose/review")
    assert again.status_code == 409
    assert club.reread().state == SendoutState.DRAFT


def test_what_cannot_go_stays_and_says_why(app):
    club = a_club(subject="")

    answer = club.browser(app).post(club.path("/launch"))

    assert answer.status_code == 422
    assert "no subject" in words_of(answer)
    assert club.reread().state == SendoutState.DRAFT


def test_a_large_number_is_typed_as_people_type_numbers(app, monkeypatch):
    club = a_club()
    monkeypatch.setattr(service, "TYPED_ABOVE", 2)
    browser = club.browser(app)

    page = words_of(browser.get(club.path("/compose/review")))
    wrong = browser.post(club.path("/launch"), {"typed_count": "4"})
    right = browser.post(club.path("/launch"), {"typed_count": " 3 "})

    assert "Type the number of people: 3" in page
    assert (wrong.status_code, right.status_code) == (422, 303)


def test_a_time_is_chosen_and_taken_back(app):
    club = a_club()
    browser = club.browser(app)
    day = f"{now() + timedelta(days=2):%Y-%m-%d}"

    refused = browser.post(club.path("/schedule"), {"at": "", "zone": "Europe/London"})
    browser.post(club.path("/schedule"), {"at": f"{day}T09:00", "zone": "Europe/London"})
    page = words_of(browser.get(club.path("/compose/review")))
    elsewhere = browser.get(club.path("/compose/message"))
    browser.post(club.path("/unschedule"))

    assert "Choose a day and a time" in words_of(refused)
    assert "It starts by itself on" in page
    assert elsewhere.headers["Location"] == club.path("/compose/review")
    assert club.reread().state == SendoutState.DRAFT


def test_an_author_writes_and_does_not_send(app):
    club = a_club()
    author = club.browser(app, Role.AUTHOR)

    page = words_of(author.get(club.path("/compose/review")))

    assert "an organiser sends them" in page
    assert "Send to 3 people" not in page
    assert author.post(club.path("/launch")).status_code == 403


def test_a_draft_is_deleted_and_fetched_back(app):
    club = a_club()
    browser = club.browser(app)

    deleted = browser.post(club.path("/delete"))
    gone = browser.get(club.path("/compose/message"))
    browser.post(club.path("/restore"))

    assert deleted.headers["Location"] == "/sendouts"
    assert gone.status_code == 404
    assert browser.get(club.path("/compose/message")).status_code == 200


def test_a_copy_is_opened(app):
    club = a_club(state=SendoutState.RUNNING)
    browser = club.browser(app)

    page = words_of(browser.get(browser.post(club.path("/copy")).headers["Location"]))

    assert "Copy of Spring camp" in page


@pytest.mark.parametrize("plan", list(ChannelPlan))
def test_every_step_opens_for_every_plan(app, plan):
    club = a_club(channel_plan=plan)
    a_list(club.organisation, name="<b>Odd</b> " + "x" * 60)
    browser = club.browser(app)

    assert [browser.get(club.path(f"/compose/{step}")).status_code for step in ("audience", "message", "options", "review")] == [200] * 4


@pytest.mark.parametrize(
    ("rule", "whom", "left_out"),
    [
        ({"resend": "not_opened", "no_sign": True, "cannot_tell": True}, "who has not opened it, as far as anybody can tell", "opens it"),
        ({"resend": "not_opened", "no_sign": True, "cannot_tell": False}, "who has shown no sign of opening it", "opens it"),
        ({"resend": "not_answered"}, "who has not answered or confirmed it", "answers"),
        ({"resend": "not_opened", "no_sign": False, "cannot_tell": True}, "of whom we cannot tell whether they opened it", "opens it"),
        ({"resend": "not_reached"}, "whom nothing of it has reached", "is reached or opts out"),
    ],
)
def test_a_scheduled_resend_says_whom_it_goes_to_and_speaks_of_no_lists(app, rule, whom, left_out):
    club = a_club()
    draft, original = club.draft, club.draft.id
    resend = a_sendout(
        club.organisation, resend_of=original, root_id=original, audience_rule=rule, email_sender_id=draft.email_sender_id,
        state=SendoutState.SCHEDULED, scheduled_at=now() + timedelta(days=1),
    )  # fmt: skip
    browser = club.browser(app)

    page = words_of(browser.get(f"/sendouts/{resend.id}/compose/review"))

    assert whom in page
    assert f"Whoever {left_out} before then is left out." in page
    assert "joins these lists" not in page


def test_review_names_the_people_who_were_chosen_one_by_one(app):
    club = a_club()
    for number in range(7):
        person = a_participant(club.organisation, first_name="Ida", last_name=f"Quist {number}")
        choose_person(club.draft.id, club.actor, person.id, is_excluded=False)
    browser = club.browser(app)

    page = words_of(browser.get(club.path("/compose/review")))

    assert "<bdi>Ida Quist 0</bdi>" in page
    assert "and 2 more" in page


def test_options_count_the_text_with_what_it_asks(app):
    club = a_club(sms_body="Riverside: camp", channel_plan=ChannelPlan.SMS)
    browser = club.browser(app)
    asked = {"asks_question": "yes", "question": f"Will you {'really ' * 20}come?", "choices": "Yes\nNo", "asks_confirmation": "yes"}

    before = words_of(browser.get(club.path("/compose/options")))
    posted = browser.post(club.path("/compose/options"), {"sms_sender_id": str(club.draft.sms_sender_id), **asked}, **SWAP)
    after = words_of(browser.get(posted.headers["Location"], **SWAP))

    assert "15 characters and counts as 1 text" in before
    assert re.search("counts as [2-9] texts", after)
    assert 'name="replace"' not in before + after
