"""Lists are made, filled and emptied by a program."""

from app.extensions import db
from tests import factories


def test_a_list_is_made_and_somebody_is_put_on_and_taken_off(program, club):
    person = factories.a_participant(club)
    db.session.commit()

    made = program.ask("POST", "/lists", {"name": "Under 9"})
    where = f"/lists/{made.json['id']}/participants/{person.id}"
    on = [program.ask("PUT", where).status_code for _ in range(2)]
    with_one = program.get("/lists")["data"]
    off = [program.ask("DELETE", where).status_code for _ in range(2)]

    assert (made.status_code, on, off) == (201, [204, 204], [204, 204])
    assert [(each["name"], each["people"]) for each in with_one] == [("Under 9", 1)]
    assert [each["people"] for each in program.get("/lists")["data"]] == [0]


def test_a_name_that_is_taken_is_said(program, club):
    factories.a_list(club, name="Under 9")
    db.session.commit()

    answer = program.ask("POST", "/lists", {"name": "under 9"})

    assert (answer.status_code, answer.json["error"]["field"]) == (422, "name")


def test_the_fields_of_the_organisation_are_listed(program, club):
    factories.a_field(club, "City")
    db.session.commit()

    assert program.get("/fields") == {"data": [{"key": "city", "name": "City", "kind": "text"}], "next": None}
