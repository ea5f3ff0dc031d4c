"""Only a key that stands, and only for what it is good for; never over to another organisation."""

import pytest
from sqlalchemy import select

from app.domain.api_scopes import ApiScope
from app.extensions import db, limiter
from app.lib.clock import now
from app.models import ApiKey
from tests import factories
from tests.api.programs import Program


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer nonsense", f"Bearer sendout_{'x' * 43}", "Basic c2VuZG91dF86", f"Token sendout_{'1' * 43}"],
)
def test_without_a_valid_key_nothing_opens_and_it_says_how_to_get_one(app, header):
    with app.app_context():
        answer = app.test_client().get("/api/v1/lists", headers={"Authorization": header} if header is not None else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "For developers" in answer.json["error"]["detail"]
    assert "Set-Cookie" not in answer.headers


def test_a_revoked_key_opens_nothing_any_more(program):
    program.row.revoked_at = now()
    db.session.commit()

    assert program.ask("GET", "/lists").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/lists", ApiScope.READ),
        ("POST", "/participants", ApiScope.PEOPLE),
        ("POST", "/unsubscribes", ApiScope.UNSUBSCRIBES),
        ("POST", "/messages", ApiScope.SEND),
    ],
)
def test_a_key_that_is_not_good_for_it_is_told_which_scope_it_lacks(app, club, method, path, scope):
    program = Program(app, club, *(each for each in ApiScope if each is not scope))

    answer = program.ask(method, path, {})

    assert answer.status_code == 403
    assert f"has not the scope “{scope}”" in answer.get_json()["error"]["detail"]


def test_its_use_is_noted_to_the_minute_even_where_the_request_fails(program):
    program.ask("GET", "/participants/999")

    noted = db.session.scalars(select(ApiKey.last_used_at)).one()
    assert noted is not None
    assert (noted.second, noted.microsecond) == (0, 0)


def test_too_many_requests_of_one_key_wait_and_another_keys_do_not(app, club, program, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", True)
    other = Program(app, club)

    codes = {program.ask("GET", "/fields").status_code for _ in range(601)}
    refused = program.ask("GET", "/fields")

    assert codes == {200, 429}
    assert refused.headers["Retry-After"] == "60"
    assert "Wait a minute" in refused.get_json()["error"]["detail"]
    assert other.ask("GET", "/fields").status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing-here"), ("DELETE", "/lists")])
def test_what_is_not_there_is_said_in_json(program, method, path):
    answer = program.ask(method, path)

    assert answer.status_code in {404, 405}
    assert answer.get_json()["error"]["status"] == answer.status_code


def test_answers_are_kept_by_nobody_on_the_way(program):
    assert program.ask("GET", "/lists").headers["Cache-Control"] == "no-store"


def test_another_organisations_rows_are_not_there(program):
    school = factories.an_organisation()
    person = factories.a_participant(school)
    listed = factories.a_list(school, person)
    sendout = factories.a_sendout(school)
    factories.an_entry(school)
    db.session.commit()
    asked = [
        ("GET", f"/participants/{person.id}", None),
        ("PATCH", f"/participants/{person.id}", {"first_name": "Eve"}),
        ("GET", f"/participants?list_id={listed.id}", None),
        ("PUT", f"/lists/{listed.id}/participants/{person.id}", None),
        ("DELETE", f"/lists/{listed.id}/participants/{person.id}", None),
        ("GET", f"/send-outs/{sendout.id}", None),
        ("GET", f"/send-outs/{sendout.id}/messages", None),
    ]

    assert {(method, path): program.ask(method, path, body).status_code for method, path, body in asked} == {
        (method, path): 404 for method, path, _ in asked
    }
    assert [program.get(path)["data"] for path in ("/participants", "/lists", "/send-outs", "/unsubscribes", "/fields")] == [[]] * 5
    note = {"participant_id": person.id, "channel": "email", "subject": "Hello", "body": "Hello"}
    assert program.ask("POST", "/messages", note, Idempotency_Key="1").status_code == 404
