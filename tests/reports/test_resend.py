from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.channels import ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import Participant, Sendout, SendoutList, SendoutPerson
from tests.factories import a_list, a_participant, a_price_list, a_sendout, an_organisation
from tests.sendouts.drafts import words_of


def _audience(sendout):
    return list(db.session.scalars(select(SendoutPerson.participant_id).where(SendoutPerson.sendout_id == sendout.id)))


def _lists(sendout):
    return list(db.session.scalars(select(SendoutList.list_id).where(SendoutList.sendout_id == sendout.id)))


def test_resend_names_two_numbers_and_says_that_it_is_early(scene):
    scene.sendout.launched_at = now() - timedelta(hours=2)
    scene.given("delivered", "delivered", "machine", "opened", "bounced")

    page = scene.organiser.get(f"{scene.page}/resend").text

    assert "2 without any sign" in page
    assert "1 of whom we cannot tell" in page
    assert "Resend to 3 people" in page
    assert "many have not looked yet" in page


def test_resend_happens_once_however_often_the_form_is_sent(scene):
    scene.given("delivered", "machine")
    form = {"no_sign": "yes", "cannot_tell": "yes", "form_token": "t1"}

    answers = [scene.organiser.post(f"{scene.page}/resend", form) for _ in range(3)]

    copies = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).all()
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len({answer.location for answer in answers}) == 1
    assert [(copy.state, copy.root_id) for copy in copies] == [(SendoutState.LAUNCHING, scene.sendout.id)]
    leaves_at = copies[0].leaves_at
    assert leaves_at is not None
    assert leaves_at > now()


def test_resend_to_no_group_says_so_beside_the_boxes(scene):
    scene.given("delivered")

    answer = scene.organiser.post(f"{scene.page}/resend", {"form_token": "t1"})

    assert answer.status_code == 422
    assert "Choose at least one" in answer.text
    assert db.session.scalar(select(Sendout.id).where(Sendout.resend_of == scene.sendout.id)) is None


def test_resend_to_a_group_that_has_emptied_is_refused(scene):
    scene.given("opened")

    answer = scene.organiser.post(f"{scene.page}/resend", {"no_sign": "yes", "form_token": "t1"})

    assert answer.status_code == 409
    assert db.session.scalar(select(Sendout.id).where(Sendout.resend_of == scene.sendout.id)) is None


def test_without_tracking_resend_says_why_it_is_not_offered(scene):
    scene.sendout.is_tracking = False
    scene.given("delivered")

    page = scene.organiser.get(f"{scene.page}/resend").text

    assert "nobody knows who did not open it" in page
    assert "without any sign" not in page


@pytest.mark.parametrize("was_tracked", [True, False])
def test_what_was_tracked_when_it_started_is_asked_of_whatever_is_switched_since(scene, was_tracked):
    scene.sendout.was_tracked, scene.organisation.is_tracking = was_tracked, not was_tracked
    scene.given("delivered", "opened")

    assert ("nobody knows who did not open it" in scene.organiser.get(f"{scene.page}/resend").text) is not was_tracked


def test_what_has_not_started_cannot_be_resent(scene):
    draft = a_sendout(scene.organisation)
    db.session.commit()

    assert scene.organiser.get(f"/sendouts/{draft.id}/resend").status_code == 409


def test_each_group_is_offered_by_the_channel_it_went_by_and_by_the_other(scene):
    scene.sendout.asks_confirmation = True
    scene.given("delivered", "machine", "bounced")
    scene.given("delivered", person=a_participant(scene.organisation, phone_number=None))

    page = words_of(scene.organiser.get(f"{scene.page}/resend"))

    for button in (
        "Resend to <span data-people>3 people</span> by e-mail", "Remind <span data-people>3 people</span> by e-mail",
        "Resend to <span data-people>1 person</span> by e-mail", "Write a text for <span data-people>1 person</span>",
    ):  # fmt: skip
        assert button in page
    assert page.count("Write a text for <span data-people>2 people</span>") == 2
    assert page.count("Of all 3, 1 cannot be reached by text. You write it first") == 2
    assert page.count("btn-primary") == 1


def test_a_way_that_reaches_nobody_says_so_and_has_no_button(scene):
    scene.given("skipped:no_address", person=a_participant(scene.organisation, email_address=None))

    page = words_of(scene.organiser.get(f"{scene.page}/resend"))

    assert "By e-mail: nobody of them can be reached, as their addresses stand." in page
    assert 'value="sms"' in page
    assert 'value="email"' not in page


def test_what_has_no_words_yet_opens_as_a_draft_to_be_written(scene):
    scene.given("bounced", "delivered")
    form = {"plan": "sms", "form_token": "t1"}

    answers = [scene.organiser.post(f"{scene.page}/resend/unreached", form) for _ in range(2)]

    (copy,) = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/sendouts/{copy.id}/compose/message"}
    assert (copy.state, copy.channel_plan, copy.root_id) == (SendoutState.DRAFT, ChannelPlan.SMS, scene.sendout.id)
    assert copy.audience_rule == {"resend": "not_reached"}
    review = words_of(scene.organiser.get(f"/sendouts/{copy.id}/compose/review"))
    assert "whom nothing of it has reached by the time this starts" in review


@pytest.mark.parametrize("path", ["resend", "resend/unanswered", "resend/unreached"])
def test_by_a_channel_that_it_went_by_it_goes_at_once(scene, path):
    scene.sendout.channel_plan, scene.sendout.asks_confirmation = ChannelPlan.BOTH, True
    scene.sendout.sms_body = "Riverside: hello"
    person = a_participant(scene.organisation)
    mail = "bounced" if path.endswith("unreached") else "delivered"
    scene.given(mail, person=person)
    scene.given("failed", channel="sms", person=person)

    answer = scene.organiser.post(f"{scene.page}/{path}", {"plan": "sms", "form_token": "t1", "no_sign": "yes"})

    copy = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).one()
    assert answer.location == f"/sendouts/{copy.id}"
    assert (copy.state, copy.channel_plan) == (SendoutState.LAUNCHING, ChannelPlan.SMS)


def test_what_stands_against_another_way_is_put_right_in_review_first(scene):
    scene.sendout.channel_plan, scene.sendout.sms_body = ChannelPlan.BOTH, ""
    scene.given("delivered")

    answer = scene.organiser.post(f"{scene.page}/resend", {"plan": "sms", "form_token": "t1", "no_sign": "yes"})

    assert answer.location.endswith("/compose/review")


def test_by_a_way_that_reaches_nobody_nothing_is_resent(scene):
    scene.given("bounced", person=a_participant(scene.organisation, phone_number=None))

    answer = scene.organiser.post(f"{scene.page}/resend/unreached", {"plan": "sms", "form_token": "t1"})

    assert answer.status_code == 409
    assert db.session.scalar(select(Sendout.id).where(Sendout.resend_of == scene.sendout.id)) is None


@pytest.mark.parametrize(
    ("typed", "column", "kept"),
    [
        ("New.Person@Example.org", "email_address", "New.Person@example.org"),
        ("+1 202 555 0143", "phone_number", "+12025550143"),
    ],
)
def test_a_typed_address_becomes_a_participant_once(scene, typed, column, kept):
    scene.given("delivered")

    for _ in range(2):
        answer = scene.organiser.post(f"{scene.page}/resend/someone", {"address": typed, "name": "Nia Park"})
        assert answer.status_code == 303

    copies = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).all()
    assert answer.location.endswith(f"/sendouts/{copies[-1].id}/compose/review")
    assert {copy.state for copy in copies} == {SendoutState.DRAFT}
    assert _audience(copies[0]) == _audience(copies[1])
    (person_id,) = _audience(copies[0])
    person = db.session.get_one(Participant, person_id)
    assert (person.first_name, person.last_name, getattr(person, column)) == ("Nia", "Park", kept)


def test_a_resend_to_a_person_or_a_list_goes_to_these_alone(scene):
    person = a_participant(scene.organisation)
    people = a_list(scene.organisation, person)
    scene.given("delivered")

    for form in ({"participant_id": person.id}, {"list_id": people.id}):
        assert scene.organiser.post(f"{scene.page}/resend/someone", form).status_code == 303

    to_person, to_list = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id).order_by(Sendout.id)).all()
    assert _audience(to_person) == [person.id]
    assert _lists(to_list) == [people.id]
    assert _audience(to_list) == []


@pytest.mark.parametrize(("typed", "words"), [("", "Type an e-mail address"), ("nobody@", "not an e-mail address"), ("12", "number")])
def test_a_wrong_address_is_said_beside_its_field(scene, typed, words):
    scene.given("delivered")

    answer = scene.organiser.post(f"{scene.page}/resend/someone", {"address": typed})

    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalar(select(Sendout.id).where(Sendout.resend_of == scene.sendout.id)) is None


@pytest.mark.parametrize("field", ["participant_id", "list_id"])
def test_nothing_is_resent_to_another_organisations_people(scene, field):
    other = an_organisation(name="Another")
    stranger = a_participant(other)
    theirs = {"participant_id": stranger.id, "list_id": a_list(other, stranger).id}
    scene.given("delivered")

    assert scene.organiser.post(f"{scene.page}/resend/someone", {field: theirs[field]}).status_code == 404


@pytest.mark.parametrize(
    ("budget", "needs_approval", "state"),
    [("0.01", False, "draft"), ("1", False, "launching"), ("1", True, "draft"), (None, True, "draft")],
)
def test_what_the_budget_does_not_cover_or_somebody_has_to_approve_is_looked_at_first(scene, budget, needs_approval, state):
    a_price_list(scene.organisation, email_price=Decimal("0.01"), monthly_budget=budget and Decimal(budget))
    scene.organisation.needs_approval = needs_approval
    scene.given("delivered", "delivered")
    scene.sendout.launched_at = now() - timedelta(days=70)  # its own cost is of another month
    db.session.commit()

    assert ("A second person has to approve it" in scene.organiser.get(f"{scene.page}/resend").text) is needs_approval
    answer = scene.organiser.post(f"{scene.page}/resend", {"form_token": "t1", "no_sign": "yes"})

    copy = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).one()
    assert (copy.state, answer.location.endswith("/compose/review")) == (state, state == "draft")
