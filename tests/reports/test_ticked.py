"""Ticked messages are resent under their own originals, by the same channel, once."""

import re
from decimal import Decimal

from sqlalchemy import select

from app.domain.channels import Channel
from app.extensions import db
from app.models import Participant, Sendout, SendoutPerson
from tests.factories import a_message, a_price_list, an_organisation
from tests.reports.mixtures import a_row, a_running_sendout

PAGE = "/reports/messages/resend"


def copies():
    db.session.rollback()
    return list(db.session.scalars(select(Sendout).where(Sendout.resend_of.is_not(None)).order_by(Sendout.id)))


def people_of(sendout):
    return sorted(db.session.scalars(select(SendoutPerson.participant_id).where(SendoutPerson.sendout_id == sendout.id)))


def ids_of(*rows):
    return ",".join(str(row.id) for row in rows)


def test_ticked_messages_lead_to_a_page_that_says_what_would_go(scene):
    first, second = scene.given("delivered", "bounced")

    ticked = scene.organiser.post("/reports/messages/ticked", {"message_id": [first.id, second.id]})
    page = scene.organiser.get(ticked.location).text

    assert "Resend to 2 people" in page
    assert "by e-mail" in page
    assert copies() == []


def test_ticking_nothing_says_what_to_do_and_keeps_the_filters(scene):
    answer = scene.organiser.post("/reports/messages/ticked?channel=email", {})

    assert (answer.status_code, answer.location) == (303, "/reports/messages?channel=email")
    assert "Tick the messages first" in scene.organiser.get(answer.location).text


def test_the_ticked_people_of_each_send_out_and_channel_get_it_once_more(scene):
    mail, other_mail = scene.given("delivered", "opened")
    scene.given("delivered")
    bulletin = a_running_sendout(scene.organisation, title="Bulletin")
    words = a_row(bulletin, "failed", Channel.SMS)
    db.session.commit()

    form = {"ids": ids_of(mail, other_mail, words), "form_token": "t1"}
    answers = [scene.organiser.post(PAGE, form) for _ in range(3)]

    made = copies()
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert [(copy.resend_of, copy.channel_plan, copy.state) for copy in made] == [
        (scene.sendout.id, "email", "launching"),
        (bulletin.id, "sms", "launching"),
    ]
    assert [people_of(copy) for copy in made] == [sorted([mail.participant_id, other_mail.participant_id]), [words.participant_id]]


def test_the_form_sent_again_after_the_copy_has_started_changes_nothing(scene):
    (row,) = scene.given("delivered")
    form = {"ids": ids_of(row), "form_token": "t1"}
    scene.organiser.post(PAGE, form)
    a_message(copies()[0], db.session.get_one(Participant, row.participant_id))
    db.session.commit()

    again = scene.organiser.post(PAGE, form)

    assert (again.status_code, len(copies())) == (303, 1)


def test_what_is_on_its_way_or_in_doubt_anywhere_in_the_chain_is_left_out(scene):
    pending, doubtful, delivered = scene.given("pending", "in_doubt", "delivered")
    resend = a_running_sendout(scene.organisation, resend_of=scene.sendout.id, root_id=scene.sendout.id)
    a_row(resend, "in_doubt", person=db.session.get_one(Participant, delivered.participant_id))
    db.session.commit()
    ids = ids_of(pending, doubtful, delivered)

    page = scene.organiser.get(f"{PAGE}?ids={ids}").text
    answer = scene.organiser.post(PAGE, {"ids": ids, "form_token": "t1"})

    assert "3 people are left out" in re.sub(r"\s+", " ", page)
    assert (answer.status_code, [copy.id for copy in copies()]) == (409, [resend.id])


def test_somebody_ticked_in_a_send_out_and_in_its_resend_gets_it_once_more(scene):
    (row,) = scene.given("delivered")
    resend = a_running_sendout(scene.organisation, resend_of=scene.sendout.id, root_id=scene.sendout.id)
    again = a_row(resend, "delivered", person=db.session.get_one(Participant, row.participant_id))
    db.session.commit()

    scene.organiser.post(PAGE, {"ids": ids_of(row, again), "form_token": "t1"})

    made = [copy for copy in copies() if copy.id != resend.id]
    assert [(copy.root_id, people_of(copy)) for copy in made] == [(scene.sendout.id, [row.participant_id])]


def test_messages_of_others_cannot_be_ticked(scene):
    other = a_running_sendout(an_organisation(name="Hillside School", short_name="Hillside"))
    row = a_row(other, "delivered")
    db.session.commit()

    page = scene.organiser.get(f"{PAGE}?ids={row.id}").text
    answer = scene.organiser.post(PAGE, {"ids": ids_of(row), "form_token": "t1"})

    assert "Nobody to send it to" in page
    assert (answer.status_code, copies()) == (409, [])


def test_parts_that_the_budget_does_not_cover_together_are_looked_at_first(scene):
    scene.given("delivered")
    bulletin = a_running_sendout(scene.organisation, title="Bulletin")
    rows = [*scene.given("delivered"), a_row(bulletin, "failed", Channel.SMS)]
    a_price_list(scene.organisation, email_price=Decimal("0.01"), monthly_budget=Decimal("0.015"))
    db.session.commit()
    form = {"ids": ids_of(*rows), "form_token": "t1"}

    answers = [scene.organiser.post(PAGE, form) for _ in range(2)]

    made = copies()
    assert [copy.state for copy in made] == ["draft", "draft"]
    assert {answer.location for answer in answers} == {f"/sendouts/{made[0].id}/compose/review"}
    assert "budget is used up" in scene.organiser.get(answers[0].location).text
