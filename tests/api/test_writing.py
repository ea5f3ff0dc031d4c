"""A program writes to one person, and adds to the Unsubscribes list, each once however often it asks."""

import pytest
from sqlalchemy import delete, select

from app.domain.channels import Channel
from app.extensions import db
from app.models import ApiRequest, Membership, Sendout, SendoutPerson, UnsubscribeEntry
from tests import factories

MAIL = {"channel": "email", "subject": "Boots {{ today }}", "body": "Bring boots."}


@pytest.fixture
def person(club):
    factories.a_sender(club)
    factories.a_sender(club, Channel.SMS)
    made = factories.a_participant(club, email_address="mia@example.com", phone_number="+447400123456")
    db.session.commit()
    return made


def test_an_e_mail_to_one_person_is_a_send_out_of_its_own(program, person):
    answer = program.ask("POST", "/messages", {**MAIL, "participant_id": person.id}, Idempotency_Key="a")

    assert answer.status_code == 202
    sendout = db.session.get_one(Sendout, answer.json["send_out_id"])
    assert (sendout.state, sendout.launched_by, sendout.is_single) == ("launching", program.row.created_by, True)
    assert db.session.scalars(select(SendoutPerson.participant_id)).all() == [person.id]
    assert program.get(f"/send-outs/{sendout.id}")["state"] == "launching"


def test_a_text_needs_no_subject(program, person):
    note = {"participant_id": person.id, "channel": "sms", "body": "Bring boots."}

    answer = program.ask("POST", "/messages", note, Idempotency_Key="a")

    assert answer.status_code == 202
    assert db.session.get_one(Sendout, answer.json["send_out_id"]).channel_plan == "sms"


@pytest.mark.parametrize(("more", "field"), [({"is_marketing": True}, "is_marketing"), ({"subject": "Boots"}, "subject")])
def test_a_text_is_not_sent_as_something_else_than_was_asked(program, person, more, field):
    note = {"participant_id": person.id, "channel": "sms", "body": "Bring boots.", **more}

    answer = program.ask("POST", "/messages", note, Idempotency_Key="a")

    assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
    assert db.session.scalars(select(Sendout)).all() == []


def test_a_name_that_was_forgotten_is_a_new_message(program, person):
    note = {**MAIL, "participant_id": person.id}
    first = program.ask("POST", "/messages", note, Idempotency_Key="a")
    db.session.execute(delete(ApiRequest))
    db.session.commit()

    assert program.ask("POST", "/messages", note, Idempotency_Key="a").json != first.json


def test_answers_go_to_nobody_who_has_left_the_team(program, person):
    db.session.execute(delete(Membership))
    db.session.commit()

    sendout_id = program.ask("POST", "/messages", {**MAIL, "participant_id": person.id}, Idempotency_Key="a").json["send_out_id"]

    sendout = db.session.get_one(Sendout, sendout_id)
    assert (sendout.reply_to, sendout.launched_by) == (None, None)


def test_asked_again_it_is_one_message_and_the_same_answer(program, person):
    note = {**MAIL, "participant_id": person.id}

    first, second = (program.ask("POST", "/messages", note, Idempotency_Key="a") for _ in range(2))
    third = program.ask("POST", "/messages", note, Idempotency_Key="b")

    assert first.json == second.json != third.json
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(db.session.scalars(select(Sendout)).all()) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"participant_id": "1"}, "participant_id"),
        ({"participant_id": True}, "participant_id"),
        ({"channel": "fax"}, "channel"),
        ({"subject": ""}, "subject"),
        ({"body": " "}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"is_marketing": "yes"}, "is_marketing"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_field(program, person, changes, field):
    answer = program.ask("POST", "/messages", {**MAIL, "participant_id": person.id, **changes}, Idempotency_Key="a")

    assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
    assert db.session.scalars(select(Sendout)).all() == []


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": ""}, {"Idempotency_Key": "x" * 201}])
def test_a_message_has_to_name_itself(program, person, headers):
    answer = program.ask("POST", "/messages", {**MAIL, "participant_id": person.id}, **headers)

    assert (answer.status_code, answer.json["error"]["field"]) == (422, "Idempotency-Key")


def test_who_is_on_the_unsubscribes_list_is_not_written_to(program, club, person):
    factories.an_entry(club, address="mia@example.com", reason="complaint", scope="all")
    db.session.commit()

    answer = program.ask("POST", "/messages", {**MAIL, "participant_id": person.id}, Idempotency_Key="a")

    assert answer.status_code == 409
    assert db.session.scalars(select(Sendout)).all() == []


def test_without_a_sender_it_says_so(program, club):
    person = factories.a_participant(club)
    db.session.commit()

    assert program.ask("POST", "/messages", {**MAIL, "participant_id": person.id}, Idempotency_Key="a").status_code == 409


def test_an_address_is_put_on_the_unsubscribes_list(program):
    body = {"address": "Mia@Example.com", "scope": "marketing", "words": "Asked us on the phone."}

    answer = program.ask("POST", "/unsubscribes", body)

    assert answer.status_code == 201
    assert program.get("/unsubscribes")["data"] == [answer.json]
    assert answer.json["address"] == "mia@example.com"
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.created_by, entry.reason, entry.proof) == (program.row.created_by, "manual", {"words": "Asked us on the phone."})
    assert program.ask("POST", "/unsubscribes", body).status_code == 409


@pytest.mark.parametrize("changes", [{"address": "nobody"}, {"scope": "some"}, {"words": ""}])
def test_an_entry_that_cannot_be_made_says_why(program, changes):
    body = {"address": "mia@example.com", "scope": "all", "words": "Asked.", **changes}

    assert program.ask("POST", "/unsubscribes", body).status_code == 422


def test_entries_are_narrowed_by_channel_and_reason(program, club):
    factories.an_entry(club, reason="bounce", scope="all")
    factories.an_entry(club, reason="manual", scope="all")
    db.session.commit()

    assert [each["reason"] for each in program.get("/unsubscribes?reason=bounce")["data"]] == ["bounce"]
    assert program.get("/unsubscribes?channel=sms")["data"] == []
