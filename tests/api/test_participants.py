"""People come in, are changed and are found by a program under the rules of the pages."""

from functools import partial

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, CustomFieldKind, Participant
from tests import factories
from tests.api.programs import at_once


def added(program, **values):
    answer = program.ask("POST", "/participants", values)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_person_is_added_as_the_form_would_have_it(program, club):
    factories.a_field(club, "Shirt", CustomFieldKind.NUMBER)
    db.session.commit()

    person = added(
        program,
        first_name="Mia",
        last_name="Silva",
        email_address="Mia@Example.COM",
        phone_number="07400 123456",
        language="German",
        about=["Tom", "Ada"],
        custom={"shirt": 38.5},
    )

    assert person == program.get(f"/participants/{person['id']}")
    assert person | {"id": 0} == {
        "id": 0,
        "first_name": "Mia",
        "last_name": "Silva",
        "email_address": "Mia@example.com",
        "phone_number": "+447400123456",
        "language": "de",
        "time_zone": None,
        "member_number": None,
        "about": ["Tom", "Ada"],
        "custom": {"shirt": 38.5},
        "is_bad_email": False,
        "is_bad_number": False,
        "unsubscribed": [],
        "lists": [],
    }


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"email_address": "mia"}, "email_address", "not an e-mail address"),
        ({"phone_number": "12"}, "phone_number", ""),
        ({"first_name": 7}, "first_name", "has to be a text"),
        ({"first_name": "\ud800"}, "first_name", "half a character"),
        ({"about": "Tom"}, "about", "list of texts"),
        ({"about": ["Tom, Ada"]}, "about", "stands for itself"),
        ({"custom": {"shoe": 3}}, "custom.shoe", "There is no field"),
        ({"custom": {}}, "first_name", "Type a name"),
        ({"custom": [1]}, "custom", "has to be an object"),
        ({"nickname": "M"}, "nickname", "means nothing here"),
        ({}, "first_name", "Type a name"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_field(program, body, field, words):
    answer = program.ask("POST", "/participants", body)

    assert answer.status_code == 422
    assert answer.json["error"]["field"] == field
    assert words in answer.json["error"]["detail"]
    assert db.session.scalars(select(Participant)).all() == []


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_refused(program, body):
    assert program.ask("POST", "/participants", body).status_code == 422


def test_an_address_that_somebody_has_is_a_conflict_unless_it_is_allowed(program):
    first = added(program, first_name="Mia", email_address="family@example.com")

    second = {"first_name": "Tom", "email_address": "Family@example.com"}
    refused = program.ask("POST", "/participants", second)

    assert refused.status_code == 409
    assert f"Participant {first['id']} has this" in refused.json["error"]["detail"]
    assert added(program, **second, allow_shared_address=True)["first_name"] == "Tom"


def test_a_change_touches_what_it_names_and_null_empties(program, club):
    factories.a_field(club, "City")
    person = factories.a_participant(club, first_name="Mia", last_name="Silva", member_number="M1", custom={"city": "Oslo"})
    db.session.commit()
    before = program.get(f"/participants/{person.id}")

    after = program.ask("PATCH", f"/participants/{person.id}", {"last_name": "Stone", "member_number": None}).json

    assert after == before | {"last_name": "Stone", "member_number": None}


def test_an_address_that_is_corrected_is_noted_as_the_key_owners_doing(program, club):
    person = factories.a_participant(club, email_address="old@example.com", is_bad_email=True)
    db.session.commit()

    after = program.ask("PATCH", f"/participants/{person.id}", {"email_address": "new@example.com"}).json

    assert (after["email_address"], after["is_bad_email"]) == ("new@example.com", False)
    assert db.session.scalars(select(AuditEntry.user_id).where(AuditEntry.action == "address corrected")).all() == [program.row.created_by]


def test_people_come_in_pages_that_miss_nobody(program, club):
    everybody = [factories.a_participant(club) for _ in range(120)]
    db.session.commit()

    first = program.get("/participants")
    second = program.get(f"/participants?after={first['next']}")
    third = program.get(f"/participants?after={second['next']}")

    assert third["next"] is None
    assert {person["id"] for page in (first, second, third) for person in page["data"]} == {person.id for person in everybody}


def test_people_are_found_by_words_and_by_list(program, club):
    mia, tom = (factories.a_participant(club, first_name=name, last_name="Silva") for name in ("Mia", "Tom"))
    listed = factories.a_list(club, tom)
    db.session.commit()

    assert [person["id"] for person in program.get("/participants?q=mia silva")["data"]] == [mia.id]
    assert [person["id"] for person in program.get(f"/participants?list_id={listed.id}")["data"]] == [tom.id]


def test_who_is_unsubscribed_says_so(program, club):
    person = factories.a_participant(club, email_address="mia@example.com")
    factories.an_entry(club, address="mia@example.com")
    db.session.commit()

    (standing,) = program.get(f"/participants/{person.id}")["unsubscribed"]

    assert standing["channel"] == "email"


@pytest.mark.parametrize("query", ["after=x", "after=99999999999999999999", "list_id=-1", f"q={'x' * 201}"])
def test_a_query_that_makes_no_sense_is_said(program, query):
    assert program.ask("GET", f"/participants?{query}").status_code == 422


def test_a_body_that_is_too_large_is_not_read(program):
    answer = program.ask("POST", "/participants", {"first_name": "x" * 300_000})

    assert (answer.status_code, answer.json["error"]["detail"]) == (413, "The body is larger than 256 KB.")


@pytest.mark.parametrize("number", ["1e1000000", "1e5000", "1e400", int("9" * 401), 1e300, "1e-1000"])
def test_a_number_that_nobody_can_mean_is_refused_at_once(program, club, number):
    factories.a_field(club, "Age", CustomFieldKind.NUMBER)
    db.session.commit()

    answer = program.ask("POST", "/participants", {"first_name": "Mia", "custom": {"age": number}})

    assert (answer.status_code, answer.json["error"]["field"]) == (422, "custom.age")


def test_a_body_of_nothing_but_brackets_is_no_object(program):
    with program.app.app_context():
        answer = program.app.test_client().post(
            "/api/v1/participants", data="[" * 100_000, headers={"Authorization": f"Bearer {program.key}"}
        )

    assert answer.status_code == 422


@pytest.mark.parametrize("body", [{"about": ""}, {"about": False}, {"custom": []}, {"custom": None}])
def test_nonsense_empties_nothing(program, club, body):
    person = factories.a_participant(club, about=["Tom"])
    db.session.commit()

    assert program.ask("PATCH", f"/participants/{person.id}", body).status_code == 422
    assert program.get(f"/participants/{person.id}")["about"] == ["Tom"]


def test_changes_at_once_lose_nothing_of_one_another(program, club):
    for name in ("A", "B", "C", "D"):
        factories.a_field(club, name)
    person = factories.a_participant(club)
    db.session.commit()

    at_once(*(partial(program.ask, "PATCH", f"/participants/{person.id}", {"custom": {key: "x"}}) for key in "abcd"))

    assert program.get(f"/participants/{person.id}")["custom"] == dict.fromkeys("abcd", "x")


def test_of_two_with_one_member_number_at_once_one_is_told(program):
    add = partial(program.ask, "POST", "/participants", {"first_name": "Mia", "member_number": "M1"})

    answers = [answer.status_code for answer in at_once(*[add] * 6)]

    assert answers.count(201) == 1
    assert set(answers) <= {201, 409, 422}


def test_a_page_behind_nobody_is_said(program):
    answer = program.ask("GET", "/participants?after=999999")

    assert (answer.status_code, answer.json["error"]["field"]) == (422, "after")
