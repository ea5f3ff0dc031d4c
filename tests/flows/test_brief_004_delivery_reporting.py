"""Delivery reporting, as brief 004 promises it: a report before and after sending, every status, and what people said back.

Real database, real pages, fake carriers. What the brief says and is not tested here: nothing. Direct replies are no part of its
report and have their own place (Replies); texts back are, where they name a choice.
"""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.events import InboundText as Text
from app.domain.roles import Role
from app.extensions import db
from app.inbound.service import receive_text
from app.lib.clock import now
from app.messages.urls import own_urls
from app.models import InboundText, ListMembership, Sender, Sendout
from app.sendouts.counting import review_counts
from tests.factories import a_message, a_participant, a_sendout, saved
from tests.questions import ASKING, answers_of, message_of, organiser, pages_of, path_of, sent, stand, words_of
from tests.scenes import Scene, a_frozen_scene, a_scene, freeze, messages_of, run_sql
from tests.workers.conftest import carriers, worker_app  # noqa: F401  fixtures
from workers.sending import send_slot

pytestmark = pytest.mark.usefixtures("database", "carriers")


# ---- the report, before and after


def test_as_recipients_are_added_to_a_draft_they_appear_as_pending(app):
    scene = a_scene(2, state="draft")
    bob, report = organiser(app, scene), f"/sendouts/{scene.sendout.id}/recipients"
    before = words_of(bob.get(report))
    newcomer = a_participant(scene.organisation, first_name="Nia", last_name="Newcomer")
    a_list_of(scene, newcomer)

    after = words_of(bob.get(report))

    assert before.count("@example.net") == 2
    assert "Nia Newcomer" not in before
    assert "Nia Newcomer" in after
    assert after.count("@example.net") == 3
    assert after.count("not started") == 3


def test_the_report_of_a_draft_is_the_audience_that_would_be_sent_to(app):
    scene = a_scene(1, state="draft")
    a_list_of(scene, a_participant(scene.organisation, email_address=None))
    bob = organiser(app, scene)

    pending = words_of(bob.get(f"/sendouts/{scene.sendout.id}/recipients?status=pending"))
    skipped = words_of(bob.get(f"/sendouts/{scene.sendout.id}/recipients?status=skipped"))

    (email,) = review_counts(scene.sendout).channels
    assert (email.messages, email.skipped) == (1, 1) == (pending.count("not started"), skipped.count("not started"))
    assert "No address for this channel" in skipped


def a_list_of(scene, person):
    """Add somebody to the list that the scene's send-out goes to."""
    list_id = db.session.scalars(select(ListMembership.list_id).where(ListMembership.participant_id == scene.people[0].id)).one()
    saved(ListMembership(organisation_id=scene.organisation.id, list_id=list_id, participant_id=person.id))
    db.session.commit()


def test_the_report_refreshes_to_what_is_true_now(app):
    scene = sent()
    bob, report = organiser(app, scene), f"/sendouts/{scene.sendout.id}/recipients"
    page = bob.get(report).text
    stand(scene, "status = 'delivered', delivered_at = now()")

    button = re.search(r'hx-get="([^"]+)"[^>]*>[^<]*<svg[^>]*><use[^>]*></use></svg>Refresh', page)
    assert button is not None
    again = bob.get(html.unescape(button[1]))

    assert ">Sent</button>" in page
    assert ">Delivered</button>" in again.text


def test_each_sent_send_out_links_to_its_message_delivery_report(app):
    scene, other = sent(), sent()
    bob = organiser(app, scene)

    details = bob.get(f"/sendouts/{scene.sendout.id}").text
    report = bob.get(f"/reports/messages?sendout={scene.sendout.id}").text

    assert f'href="/reports/messages?sendout={scene.sendout.id}"' in details
    assert "Message Delivery Report" in details
    assert f">{message_of(scene).id}</td>" in report
    assert f">{message_of(other).id}</td>" not in report


def test_email_and_text_stand_in_one_report(app):
    scene = a_frozen_scene(1, channel_plan=ChannelPlan.BOTH)

    page = words_of(organiser(app, scene).get("/reports/messages"))

    assert scene.people[0].email_address in page
    assert scene.people[0].phone_number in page


def test_the_ids_are_copied_one_a_line_and_looked_up_again(app):
    scene = sent(3)
    bob, ids = organiser(app, scene), [message.id for message in messages_of(scene)]

    copied = bob.get(f"/reports/messages/ids?sendout={scene.sendout.id}").text
    of_slice = bob.get(f"/sendouts/{scene.sendout.id}/recipients/ids?status=sent").text
    found = bob.get(f"/reports/messages?ids={ids[0]}%0A{ids[2]}").text

    assert sorted(map(int, copied.split())) == sorted(map(int, of_slice.split())) == ids
    assert [f'row-id">{number}<' in found for number in ids] == [True, False, True]


# ---- the statuses


def test_a_record_is_pending_before_it_was_sent_and_sent_once_the_provider_took_it(app):
    scene = a_frozen_scene(1)
    bob = organiser(app, scene)
    before = bob.get("/reports/messages").text

    send_slot("email", 0, 0)

    assert ">Pending</button>" in before
    assert ">Sent</button>" in bob.get("/reports/messages").text


STATUSES = [
    ("status = 'not_sent', error_code = 'MessageRejected', error_words = 'Address is not verified'", "Not sent"),
    ("status = 'delivered'", "Delivered"),
    ("status = 'soft_bounced', error_code = '4.2.2', error_words = 'mailbox full'", "Bounced temporarily"),
    ("status = 'failed', error_code = '30003', error_words = 'unreachable phone'", "Failed"),
    ("status = 'bounced', error_code = '5.1.1', error_words = 'no such user'", "Bounced"),
    ("status = 'complaint'", "Complaint"),
    ("status = 'delivered', opened_at = now()", "Opened"),
    ("status = 'delivered', acknowledged_at = now()", "Acknowledged"),
    ("status = 'delivered', responded_at = now()", "Responded"),
    ("status = 'delivered', opted_out_at = now(), opted_out_by = 'link'", "Unsubscribed"),
]


@pytest.mark.parametrize(("changes", "word"), STATUSES)
def test_every_status_of_the_brief_shows_with_the_providers_own_answer(app, changes, word):
    scene = sent()
    stand(scene, changes)

    page = organiser(app, scene, Role.VIEWER).get(f"/reports/messages?sendout={scene.sendout.id}")

    assert f">{word}</button>" in page.text
    assert [part in words_of(page) for part in re.findall(r"error_\w+ = '([^']+)'", changes)].count(False) == 0


def test_read_is_by_email_alone_and_no_sign_of_it_proves_nothing(app):
    scene = sent()
    stand(scene, "status = 'delivered', machine_opened_at = now()")

    page = organiser(app, scene).get(f"/reports/messages?sendout={scene.sendout.id}").text

    assert ">Opened</button>" not in page
    assert "which may still mean the spam folder" in html.unescape(page)


# ---- acknowledged and responded


def test_the_email_carries_a_button_to_confirm_and_one_for_each_answer(carriers):  # noqa: F811  the fixture
    sent(choices=["Yes", "No {{ x }} & more"])

    (call,) = carriers.mail.calls
    slots = call.messages[0].slots
    for part in (call.html, call.text):
        assert "{{acknowledge}}" in part
        assert "{{answer}}" in part
    assert "{{answer}}?c=1" in call.html
    assert "{{answer}}?c=2" in call.html
    assert slots["acknowledge"].startswith("https://app.example.com/a/")
    assert slots["answer"].startswith("https://app.example.com/q/")
    assert "-mark-" not in call.html + call.text


def test_the_text_carries_numbered_answers_and_short_links(carriers):  # noqa: F811
    scene = sent(channel=Channel.SMS)

    (text,) = carriers.texts.texts
    message = message_of(scene)
    assert "Will you come on Saturday?\n1 Yes\n2 No\n3 Maybe\nText back the number" in text.body
    assert own_urls().answer(message.id) in text.body
    assert own_urls().acknowledge(message.id) in text.body


def test_nobody_is_asked_to_text_back_to_a_name(carriers):  # noqa: F811
    scene = a_scene(1, channel_plan=ChannelPlan.SMS, **ASKING)
    db.session.get_one(Sender, scene.sendout.sms_sender_id).kind = "alphanumeric"
    freeze(scene.sendout)

    send_slot("sms", 0, 0)

    assert "Text back" not in carriers.texts.texts[0].body


def test_a_message_that_asks_nothing_carries_nothing(carriers):  # noqa: F811
    a_frozen_scene(1)

    send_slot("email", 0, 0)

    (call,) = carriers.mail.calls
    assert "{{acknowledge}}" not in call.html
    assert {"acknowledge", "answer"} & set(call.messages[0].slots) == set()


def test_who_presses_the_button_has_acknowledged(app, client):
    scene = sent()
    (page, _) = pages_of(message_of(scene))
    offered = client.get(page).text

    answer = client.post(page, data={"read": "yes"})

    assert "I have read it" in offered
    assert answer.status_code == 303
    assert "Thank you" in client.get(page).text
    assert (message_of(scene).status, message_of(scene).shown_status) == ("delivered", "acknowledged")
    assert "has read it" in organiser(app, scene).get(f"/sendouts/{scene.sendout.id}/recipients").text


def test_the_first_confirmation_stands(client):
    scene = sent()
    (page, _) = pages_of(message_of(scene))
    client.post(page, data={"read": "yes"})
    first = message_of(scene).acknowledged_at

    client.post(page, data={"read": "yes"})

    assert message_of(scene).acknowledged_at == first


def test_two_taps_answer_and_the_answer_stands_in_the_response_column(app, client):
    scene = sent()
    (_, page) = pages_of(message_of(scene))
    tapped = client.get(f"{page}?c=2").text

    answer = client.post(page, data={"choice": "2"})

    assert re.search(r'value="2">\s*<button type="submit" class="btn btn-block btn-primary">No<', tapped)
    assert answer.status_code == 303
    assert message_of(scene).shown_status == "responded"
    bob = organiser(app, scene)
    for report in (f"/sendouts/{scene.sendout.id}/recipients", "/reports/messages"):
        assert re.search(r'class="response"[^>]*>No<', bob.get(report).text)
    assert ",No," in bob.get("/reports/messages.csv").text
    assert ",No," in bob.get(f"/sendouts/{scene.sendout.id}/recipients.csv").text


def test_an_answer_can_be_changed_and_the_one_before_is_kept(client):
    scene = sent()
    (_, page) = pages_of(message_of(scene))

    for choice in (1, 1, 3):
        client.post(page, data={"choice": choice})

    first, last = answers_of(message_of(scene))
    assert (first.choice, first.replaced_at is not None) == (1, True)
    assert (last.choice, last.replaced_at, last.source) == (3, None, "page")
    assert "Your answer: Maybe" in words_of(client.get(page))
    assert message_of(scene).responded_at == last.given_at


@pytest.mark.parametrize("data", [{}, {"choice": "0"}, {"choice": "4"}, {"choice": "yes"}, {"List-Unsubscribe": "One-Click"}])
def test_a_post_that_is_not_the_pages_own_counts_for_nothing(client, data):
    scene = sent()

    answers = [client.post(page, data=data).status_code for page in pages_of(message_of(scene))]

    assert answers == [422, 422]
    assert message_of(scene).shown_status == "sent"


SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; BarracudaCentral)"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whoever_only_looks_confirms_and_answers_nothing(client, method):
    scene = sent()
    before = message_of(scene).shown_status

    for page in pages_of(message_of(scene)):
        for path in (page, f"{page}?c=1", f"{page}?read=yes&choice=1"):
            assert client.open(path, method=method, headers=SCANNER).status_code == 200

    message = message_of(scene)
    assert (message.shown_status, message.acknowledged_at, message.responded_at) == (before, None, None)
    assert answers_of(message) == []


def test_a_link_for_one_purpose_is_none_for_the_other(client):
    acknowledge, answer = pages_of(message_of(sent()))

    assert client.get(acknowledge.replace("/a/", "/q/")).status_code == 404
    assert client.post(answer.replace("/q/", "/a/"), data={"read": "yes"}).status_code == 404


def test_a_message_that_is_not_kept_any_more_says_so(client):
    urls = own_urls()

    assert client.get(path_of(urls.answer(10**6))).status_code == 404
    assert client.post(path_of(urls.acknowledge(10**6)), data={"read": "yes"}).status_code == 404


def test_the_page_for_answers_is_none_where_nothing_is_asked(client):
    scene = sent(question="", choices=[])

    assert client.get(pages_of(message_of(scene))[1]).status_code == 404


# ---- texted back


def texts_back(scene, body, *, number=0, at=None, **values):
    ours = db.session.get_one(Sender, scene.sendout.sms_sender_id).address
    made = Text(
        provider_ref=f"SM{body}{at}",
        from_number=scene.people[number].phone_number,
        to_number=ours,
        messaging_service=None,
        body=body,
        **values,
    )
    received = receive_text(made, at or now())
    db.session.commit()
    return db.session.get_one(InboundText, received.text_id, populate_existing=True)


@pytest.mark.parametrize(("body", "choice"), [("2", 2), ("2.", 2), ("maybe", 3), ("1 yes", 1)])
def test_a_number_texted_back_is_a_response_that_nobody_need_read(body, choice):
    scene = sent(channel=Channel.SMS)

    text = texts_back(scene, body)

    (answer,) = answers_of(message_of(scene))
    assert (answer.choice, answer.source, answer.inbound_text_id) == (choice, "text", text.id)
    assert message_of(scene).shown_status == "responded"
    assert None not in (text.read_at, text.done_at)


@pytest.mark.parametrize("body", ["4", "2 of us", "who is this?", "STOP"])
def test_anything_else_is_for_a_person_to_read(body):
    scene = sent(channel=Channel.SMS)

    text = texts_back(scene, body)

    assert answers_of(message_of(scene)) == []
    assert message_of(scene).responded_at is None
    assert text.done_at is None


def test_a_number_answers_only_the_last_message_that_asked():
    scene = sent(channel=Channel.SMS)
    later = a_sendout(scene.organisation, sms_sender_id=scene.sendout.sms_sender_id)
    a_message(later, scene.people[0], Channel.SMS, status="sent", accepted_at=now() + timedelta(seconds=1))

    texts_back(scene, "2", at=now() + timedelta(seconds=5))

    assert answers_of(message_of(scene)) == []


@pytest.mark.parametrize(("minutes", "counts"), [(-5, 1), (5, 2)])
def test_of_two_answers_the_later_one_counts_in_whatever_order_they_come(client, minutes, counts):
    scene = sent(channel=Channel.SMS)
    run_sql("UPDATE messages SET accepted_at = now() - interval '1 hour'")
    client.post(pages_of(message_of(scene))[1], data={"choice": "1"})

    texts_back(scene, "2", at=now() + timedelta(minutes=minutes))

    answers = answers_of(message_of(scene))
    assert sorted(answer.choice for answer in answers) == [1, 2]
    assert [answer.choice for answer in answers if answer.replaced_at is None] == [counts]


# ---- what came back, counted


def test_the_answers_are_a_chart_with_its_table_that_adds_up(app, client):
    scene = sent(4)
    for message, choice in zip(messages_of(scene)[:3], (1, 1, 2), strict=True):
        client.post(pages_of(message)[1], data={"choice": choice})
    client.post(pages_of(message_of(scene))[0], data={"read": "yes"})
    bob = organiser(app, scene, Role.VIEWER)

    page = words_of(bob.get(f"/sendouts/{scene.sendout.id}"))
    (ring,) = bob.get(f"/sendouts/{scene.sendout.id}/answers/email.json").json["data"]

    assert "Yes 2 50 %" in page.replace("\xa0", " ")
    assert "1 of 4 it went to (25 %) have confirmed" in page.replace("\xa0", " ")
    assert dict(zip(ring["labels"], ring["values"], strict=True)) == {"Yes": 2, "No": 1, "No answer yet": 1}
    assert bob.get(f"/sendouts/{scene.sendout.id}/answers/letter.json").status_code == 404


def test_an_answer_in_the_table_leads_to_its_people(app, client):
    scene = sent(3)
    client.post(pages_of(message_of(scene))[1], data={"choice": 1})
    bob, report = organiser(app, scene), f"/sendouts/{scene.sendout.id}/recipients?answer="

    assert [words_of(bob.get(f"{report}{choice}")).count("@example.net") for choice in (1, 2, 0)] == [1, 0, 2]


OWES = [
    ("status = 'delivered'", 1),
    ("status = 'delivered', opened_at = now()", 1),
    ("status = 'sent'", 1),
    ("responded_at = now()", 1),  # and has not confirmed it
    ("acknowledged_at = now()", 1),  # and has not answered
    ("responded_at = now(), acknowledged_at = now()", 0),
    ("opted_out_at = now(), opted_out_by = 'link'", 0),
    ("status = 'complaint'", 0),
    ("status = 'bounced'", 0),
    ("status = 'in_doubt', accepted_at = NULL", 0),
    ("status = 'not_sent'", 0),
]


@pytest.mark.parametrize(("changes", "expected"), OWES)
def test_who_owes_an_answer_can_be_reminded(app, changes, expected):
    scene = sent()
    stand(scene, changes)

    page = words_of(organiser(app, scene).get(f"/sendouts/{scene.sendout.id}/resend"))

    assert ("Remind 1 person" in page, "Nobody is left: everybody has answered or confirmed" in page) == (expected == 1, expected == 0)


def test_the_reminder_goes_once_to_those_who_have_not_answered(app, client):
    scene = sent(2, asks_confirmation=False)
    client.post(pages_of(message_of(scene))[1], data={"choice": 1})
    bob, path = organiser(app, scene), f"/sendouts/{scene.sendout.id}/resend/unanswered"

    answers = [bob.post(path, {"form_token": "t1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    copy = db.session.scalars(select(Sendout).where(Sendout.resend_of == scene.sendout.id)).one()
    assert (copy.question, copy.choices, copy.channel_plan) == (scene.sendout.question, scene.sendout.choices, "email")
    run_sql("UPDATE sendouts SET leaves_at = now() WHERE id = :id", id=copy.id)
    freeze(copy)
    reminded = messages_of(Scene(scene.organisation, scene.people, copy))
    assert [message.participant_id for message in reminded] == [scene.people[1].id]


def test_nobody_is_reminded_of_what_asks_nothing(app):
    scene = sent(question="", choices=[], asks_confirmation=False)
    bob = organiser(app, scene)

    assert "Remind" not in bob.get(f"/sendouts/{scene.sendout.id}/resend").text
    assert bob.post(f"/sendouts/{scene.sendout.id}/resend/unanswered", {"form_token": "t1"}).status_code == 409


def test_an_answer_to_a_list_of_choices_is_counted_by_channel(app, client):
    scene = a_frozen_scene(1, channel_plan=ChannelPlan.BOTH, **ASKING)
    for channel in Channel:
        send_slot(channel, 0, 0)
    by_text = next(message for message in messages_of(scene) if message.channel == "sms")
    client.post(pages_of(by_text)[1], data={"choice": 1})
    bob = organiser(app, scene)

    rings = {channel: bob.get(f"/sendouts/{scene.sendout.id}/answers/{channel}.json").json["data"][0]["labels"] for channel in Channel}

    assert rings == {Channel.EMAIL: ["No answer yet"], Channel.SMS: ["Yes"]}
