"""The pages of Replies: read, decided, answered, said who it is; and nothing lost on the way."""

import re

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.models import InboundText, Message, Participant, Sendout, UnsubscribeEntry
from tests import factories
from tests.browser import Browser
from tests.scenes import freeze

NUMBER = "+12025550100"


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def sender(club):
    return factories.a_sender(club, Channel.SMS, address="+15005550006")


@pytest.fixture
def bob(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Bob")
    db.session.commit()
    return Browser(app, user)


def maria(club, **values) -> Participant:
    return factories.a_participant(club, **({"first_name": "Maria", "last_name": "Rossi", "phone_number": NUMBER} | values))


def a_text(club, sender, person=None, **values) -> InboundText:
    made = factories.a_received_text(club, sender, **({"from_number": NUMBER, "participant_id": person.id if person else None} | values))
    db.session.commit()
    return made


def words_of(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def found_in(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None
    return found[1]


def form_token(page) -> str:
    return found_in(page.get_data(as_text=True), r'name="form_token" value="([^"]+)"')


def reread(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def count(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_queue_has_each_conversation_under_one_tab(club, sender, bob):
    a_text(club, sender, maria(club), body="Unread words")
    a_text(club, sender, from_number="+12025550101", body="Waiting words", read_at=func.now())
    a_text(club, sender, from_number="+12025550102", body="Done words", read_at=func.now(), done_at=func.now())

    pages = {tab: words_of(bob.get(f"/replies?tab={tab}")) for tab in ("unread", "waiting", "done")}

    for tab, page in pages.items():
        assert [tab for tab in pages if f"{tab.capitalize()} words" in page] == [tab]
    assert "<bdi>Maria Rossi</bdi>" in pages["unread"]
    assert 'aria-label="1 waiting"' in pages["done"]


def test_where_everything_is_read_the_queue_opens_with_what_waits(club, sender, bob):
    a_text(club, sender, body="Waiting words", read_at=func.now())

    assert "Waiting words" in words_of(bob.get("/replies"))


def test_a_held_answer_stays_in_sight(club, sender, bob):
    text = a_text(club, sender, maria(club))
    form = {"form_token": form_token(bob.get(f"/replies/{text.id}")), "body": "Bring boots", "then": "stay"}
    bob.post(f"/replies/{text.id}/answer", form)
    db.session.scalars(select(Sendout)).one().state = SendoutState.HELD
    db.session.commit()

    assert "Bring boots" in words_of(bob.get(f"/replies/{text.id}"))


def test_a_text_of_another_organisation_is_not_shown(bob):
    other = factories.an_organisation(name="Hillside School")
    theirs = a_text(other, factories.a_sender(other, Channel.SMS), body="Not yours")

    assert "Not yours" not in words_of(bob.get("/replies"))
    assert bob.get(f"/replies/{theirs.id}").status_code == 404


def test_received_texts_are_green_left_ours_right_and_stop_orange(club, sender, bob):
    person = maria(club)
    sendout = factories.a_sendout(club, sms_body="Hi {{ first_name }}, bring boots", channel_plan="sms", title="Boots")
    factories.a_message(sendout, person, Channel.SMS, status="delivered", accepted_at=func.now() - func.make_interval(0, 0, 0, 0, 2))
    a_text(club, sender, person, body="Which size?", received_at=func.now() - func.make_interval(0, 0, 0, 0, 1))
    last = a_text(club, sender, person, body="STOP", keyword="stop")

    page = words_of(bob.get(f"/replies/{last.id}"))

    order = [page.index(words) for words in ("Hi Maria, bring boots", "Which size?", 'class="turn is-theirs is-stop"')]
    assert order == sorted(order)
    assert "group-good" in page.split("Hi Maria, bring boots")[1].split("</article>")[0]


def test_opening_a_conversation_changes_nothing_until_its_own_post(club, sender, bob):
    text = a_text(club, sender, maria(club))

    bob.get(f"/replies/{text.id}")
    unread_after_get = reread(text).read_at
    answer = bob.post(f"/replies/{text.id}/read", HX_Request="true")

    assert unread_after_get is None
    assert answer.status_code == 204
    assert reread(text).read_at is not None


def test_the_open_conversation_is_sent_again_only_when_something_came(club, sender, bob):
    text = a_text(club, sender, maria(club), body="First")
    seen = found_in(words_of(bob.get(f"/replies/{text.id}")), r"seen=(\w+)")

    nothing_new = bob.get(f"/replies/{text.id}?seen={seen}", HX_Request="true")
    a_text(club, sender, body="Second")
    something_new = bob.get(f"/replies/{text.id}?seen={seen}", HX_Request="true")

    assert nothing_new.status_code == 204
    assert "Second" in words_of(something_new)
    assert "<html" not in words_of(something_new)


def test_done_goes_on_to_the_next_and_can_be_undone(club, sender, bob):
    upper = a_text(club, sender, from_number="+12025550101")
    text = a_text(club, sender, maria(club))

    done = bob.post(f"/replies/{text.id}/done")

    assert done.headers["Location"] == f"/replies/{upper.id}?tab=unread"
    assert reread(text).done_at is not None

    bob.post(f"/replies/{text.id}/reopen")

    assert reread(text).done_at is None


@pytest.mark.parametrize(("act", "form"), [("done", {}), ("answer", {"body": "Yes", "then": "done"})])
def test_what_came_after_the_page_was_shown_stays_open(club, sender, bob, act, form):
    person = maria(club)
    text = a_text(club, sender, person)
    page = bob.get(f"/replies/{text.id}")
    seen = {"form_token": form_token(page), "seen_text": str(text.id)}
    since = a_text(club, sender, person, from_number=text.from_number)
    assert page.text.count(f'name="seen_text" value="{text.id}"') == 3

    bob.post(f"/replies/{text.id}/{act}", {**form, **seen})

    assert (reread(text).done_at is None, reread(since).done_at, reread(since).read_at) == (False, None, None)


def test_an_answer_is_one_message_through_the_pipeline_however_often_it_is_sent(club, sender, bob):
    person = maria(club)
    text = a_text(club, sender, person)
    form = {"form_token": form_token(bob.get(f"/replies/{text.id}")), "body": "Size {{ 7 }}, and {% raw %}", "then": "stay"}

    answers = [bob.post(f"/replies/{text.id}/answer", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    sendout = db.session.scalars(select(Sendout)).one()
    assert (sendout.title, sendout.is_urgent, sendout.state) == ("Answer to Maria Rossi", True, SendoutState.LAUNCHING)
    assert (sendout.sms_sender_id, sendout.audience_rule) == (sender.id, {"answers": text.id})
    assert words_of(bob.get(f"/replies/{text.id}")).count("Size {{ 7 }}, and {% raw %}") == 1

    freeze(sendout)

    message = db.session.scalars(select(Message)).one()
    assert (message.participant_id, message.channel, message.address, message.status) == (person.id, "sms", NUMBER, "pending")
    assert words_of(bob.get(f"/replies/{text.id}")).count("Size {{ 7 }}, and {% raw %}") == 1


def test_an_answer_reads_the_conversation_and_may_end_it(club, sender, bob):
    text = a_text(club, sender, maria(club))
    form = {"form_token": form_token(bob.get(f"/replies/{text.id}")), "body": "Yes", "then": "done"}

    bob.post(f"/replies/{text.id}/answer", form)

    assert reread(text).read_at is not None
    assert reread(text).done_at is not None


def test_an_empty_answer_is_not_sent(club, sender, bob):
    text = a_text(club, sender, maria(club))

    answer = bob.post(f"/replies/{text.id}/answer", {"form_token": "x", "body": "  "})

    assert answer.status_code == 422
    assert "Write something first." in words_of(answer)
    assert count(Sendout) == 0


def test_after_a_stop_there_is_no_answer_and_the_page_says_what_to_do(club, sender, bob):
    text = a_text(club, sender, maria(club), body="STOP", keyword="stop")
    token = form_token(bob.get(f"/replies/{text.id}"))
    entry = {"channel": "sms", "address": NUMBER, "reason": "stop", "source": "reply", "inbound_text_id": text.id}
    factories.an_entry(club, **entry, proof={"words": "STOP"})
    db.session.commit()

    page = words_of(bob.get(f"/replies/{text.id}"))
    refused = bob.post(f"/replies/{text.id}/answer", {"form_token": token, "body": "Sorry!"})

    assert "no text can reach them" in page
    assert "Text START to +15005550006 to get our texts again." in page
    assert 'name="body"' not in page
    assert refused.status_code == 303
    assert count(Sendout) == 0


def test_a_number_on_the_list_by_hand_says_where_to_remove_it(club, sender, bob):
    text = a_text(club, sender, maria(club))
    entry = factories.an_entry(club, channel="sms", address=NUMBER, reason="manual", source="user")
    db.session.commit()

    assert f'href="/unsubscribes/{entry.id}">See why, and remove it' in words_of(bob.get(f"/replies/{text.id}"))


def test_marketing_opt_outs_do_not_keep_from_answering(club, sender, bob):
    text = a_text(club, sender, maria(club))
    factories.an_entry(club, channel="sms", address=NUMBER, reason="unsubscribe", scope="marketing", source="import")
    db.session.commit()

    assert 'name="body"' in words_of(bob.get(f"/replies/{text.id}"))


def test_an_unknown_number_is_kept_and_named_by_choice(club, sender, bob):
    first, second = a_text(club, sender, body="Is there training?"), a_text(club, sender, body="It is raining")
    person = maria(club, phone_number=None)
    db.session.commit()

    page = words_of(bob.get(f"/replies/{first.id}"))
    found = words_of(bob.get(f"/replies/{first.id}/person?q=maria", HX_Request="true"))
    bob.post(f"/replies/{second.id}/person", {"participant_id": str(person.id), "save_number": "yes"})

    assert "Not one of your participants yet" in page
    assert "This is Maria" in found
    assert {reread(each).participant_id for each in (first, second)} == {person.id}
    assert reread(person).phone_number == NUMBER
    assert 'name="body"' in words_of(bob.get(f"/replies/{first.id}"))


def test_a_number_may_be_named_without_being_kept(club, sender, bob):
    text = a_text(club, sender)
    person = maria(club, phone_number="+12025550177")
    db.session.commit()

    bob.post(f"/replies/{text.id}/person", {"participant_id": str(person.id)})

    assert reread(person).phone_number == "+12025550177"
    assert "To <bdi>+12025550177</bdi>, the number on their page, from" in words_of(bob.get(f"/replies/{text.id}"))


def test_somebody_new_is_made_of_an_unknown_number(club, sender, bob):
    text = a_text(club, sender)

    nameless = bob.post(f"/replies/{text.id}/new-person", {"last_name": "Kim"})
    bob.post(f"/replies/{text.id}/new-person", {"first_name": "Ava", "last_name": "Kim"})

    person = db.session.scalars(select(Participant)).one()
    assert nameless.status_code == 422
    assert (person.first_name, person.last_name, person.phone_number) == ("Ava", "Kim", NUMBER)
    assert reread(text).participant_id == person.id


def test_a_person_of_another_organisation_cannot_be_chosen(club, sender, bob):
    text = a_text(club, sender)
    stranger = factories.a_participant(factories.an_organisation())
    db.session.commit()

    answer = bob.post(f"/replies/{text.id}/person", {"participant_id": str(stranger.id)})

    assert answer.status_code == 404
    assert reread(text).participant_id is None


def test_a_stop_in_a_persons_own_words_is_not_said_to_be_the_networks(club, sender, bob):
    text = a_text(club, sender, maria(club), body="please stop texting me", keyword="stop")
    entry = {"channel": "sms", "address": NUMBER, "reason": "stop", "source": "reply", "inbound_text_id": text.id}
    made = factories.an_entry(club, **entry, proof={"words": text.body, "is_at_network": False})
    db.session.commit()

    conversation, listed = words_of(bob.get(f"/replies/{text.id}")), words_of(bob.get(f"/unsubscribes/{made.id}"))

    assert "They asked for no more texts" in conversation
    assert "Only they can undo" in conversation
    assert "Only they can undo" in listed
    assert "network" not in conversation + listed


def test_a_likely_stop_waits_for_a_decision_and_yes_keeps_the_words_as_proof(club, sender, bob):
    text = a_text(club, sender, maria(club), body="no stop it", keyword="likely_stop", read_at=func.now(), done_at=func.now())

    waiting = words_of(bob.get("/replies?tab=waiting"))
    bob.post(f"/replies/{text.id}/unsubscribe")

    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert "1 text may mean STOP." in waiting
    assert (entry.address, entry.reason, entry.scope, entry.proof["words"]) == (NUMBER, "manual", "all", "no stop it")
    assert entry.inbound_text_id == text.id
    assert "may mean STOP" not in words_of(bob.get("/replies?tab=waiting"))


def test_no_leaves_the_number_alone(club, sender, bob):
    text = a_text(club, sender, maria(club), body="stop by later", keyword="likely_stop")

    bob.post(f"/replies/{text.id}/not-a-stop")

    assert count(UnsubscribeEntry) == 0
    assert "Was this a STOP?" not in words_of(bob.get(f"/replies/{text.id}"))


def test_adding_to_unsubscribes_is_offered_on_every_text_and_undone_from_the_toast(club, sender, bob):
    text = a_text(club, sender, maria(club), body="Please leave me be")

    assert f"/replies/{text.id}/unsubscribe" in words_of(bob.get(f"/replies/{text.id}"))
    page = words_of(bob.get(bob.post(f"/replies/{text.id}/unsubscribe").headers["Location"]))
    undo = found_in(page, r"(/unsubscribes/\d+/take-back)")
    again = words_of(bob.get(bob.post(f"/replies/{text.id}/unsubscribe").headers["Location"]))
    undone = bob.post(f"{undo}?reply={text.id}")

    assert undone.headers["Location"] == f"/replies/{text.id}"
    assert "on the Unsubscribes list already" in again
    assert db.session.scalars(select(UnsubscribeEntry.lifted_at)).one() is not None


def test_a_text_is_never_taken_for_html(club, sender, bob):
    text = a_text(club, sender, maria(club, first_name="<b>Maria</b>"), body="<script>alert(1)</script>")

    page = words_of(bob.get(f"/replies/{text.id}"))

    assert "<script>alert" not in page
    assert "<b>Maria" not in page


def test_a_viewer_reads_and_cannot_act(app, club, sender):
    text = a_text(club, sender, maria(club))
    viewer = Browser(app, factories.a_member(club, Role.VIEWER))
    db.session.commit()

    page = words_of(viewer.get(f"/replies/{text.id}"))
    done = [viewer.post(f"/replies/{text.id}/{verb}").status_code for verb in ("answer", "done", "unsubscribe", "person")]

    assert "See you there" in page
    assert "/done" not in page
    assert "/read" not in page
    assert 'name="body"' not in page
    assert done == [403] * 4


def test_no_page_address_has_a_phone_number(club, sender, bob):
    text = a_text(club, sender)

    page = bob.get(f"/replies/{text.id}").get_data(as_text=True)

    addresses = re.findall(r'(?:href|action|hx-get|hx-post)="([^"]+)"', page)
    assert [each for each in addresses if "2025550100" in each] == []
