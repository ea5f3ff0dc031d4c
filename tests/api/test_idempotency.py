"""A request that names itself has its effect once, whatever is lost on the way."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from app.api.idempotency import KEPT, forget_requests
from app.domain.api_scopes import ApiScope
from app.extensions import db
from app.lib.clock import now
from app.models import ApiRequest, ParticipantList
from tests.api.programs import Program, at_once


def names():
    return db.session.scalars(select(ParticipantList.name)).all()


def test_another_request_under_the_same_name_is_refused(program):
    program.ask("POST", "/lists", {"name": "One"}, Idempotency_Key="a")

    answer = program.ask("POST", "/lists", {"name": "Two"}, Idempotency_Key="a")

    assert (answer.status_code, answer.json["error"]["field"]) == (422, "Idempotency-Key")
    assert names() == ["One"]


def test_two_keys_may_use_the_same_name(app, club, program):
    program.ask("POST", "/lists", {"name": "One"}, Idempotency_Key="a")

    Program(app, club, ApiScope.PEOPLE).ask("POST", "/lists", {"name": "Two"}, Idempotency_Key="a")

    assert sorted(names()) == ["One", "Two"]


def test_what_failed_can_be_tried_again_under_its_name(program):
    refused = program.ask("POST", "/lists", {"name": ""}, Idempotency_Key="a")
    again = program.ask("POST", "/lists", {"name": "One"}, Idempotency_Key="a")

    assert (refused.status_code, again.status_code, names()) == (422, 201, ["One"])


def test_of_many_at_once_one_has_the_effect_and_all_the_same_answer(program):
    make = partial(program.ask, "POST", "/lists", {"name": "One"}, Idempotency_Key="a")

    answers = at_once(*[make] * 6)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert names() == ["One"]


def test_names_are_forgotten_after_a_day(program):
    program.ask("POST", "/lists", {"name": "One"}, Idempotency_Key="old")
    db.session.execute(update(ApiRequest).values(created_at=now() - KEPT - timedelta(minutes=1)))
    db.session.commit()
    program.ask("POST", "/lists", {"name": "Two"}, Idempotency_Key="new")

    assert forget_requests(10) == 1
    assert [answer["name"] for answer in db.session.scalars(select(ApiRequest.answer))] == ["Two"]


def test_a_name_is_kept_by_its_hash_alone(program):
    program.ask("POST", "/lists", {"name": "One"}, Idempotency_Key="welcome-mia@example.com")

    assert "mia" not in db.session.scalars(select(ApiRequest.idempotency_key)).one()
