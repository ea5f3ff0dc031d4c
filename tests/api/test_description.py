"""The description names every route and no other, refers to nothing that is not there, and is open to anybody."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from app.api.description import described
from app.api.schemas import SCHEMAS
from app.web.guards import Door

WHATEVER = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)
BODIES = some.dictionaries(some.sampled_from([*SCHEMAS["ParticipantBody"]["properties"], "else"]), WHATEVER)


def test_anybody_may_read_it(client):
    answer = client.get("/api/v1/openapi.json")

    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["servers"] == [{"url": "https://app.example.com/api/v1"}]


def test_it_names_every_route_for_programs(app):
    routes = {
        (re.sub(r"<int:(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if vars(app.view_functions[rule.endpoint])["guard"].door is Door.KEY
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    with app.app_context():
        told = {(f"/api/v1{path}", method) for path, methods in described()["paths"].items() for method in methods}

    assert told == routes


def test_each_schema_is_one_and_each_is_used(app):
    with app.app_context():
        document = json.dumps(described())

    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    assert set(re.findall(r'"#/components/schemas/(\w+)"', document)) == set(SCHEMAS)


@pytest.mark.parametrize("scope", ["read", "people", "unsubscribes", "send"])
def test_each_scope_opens_something(app, scope):
    with app.app_context():
        told = [operation["description"] for methods in described()["paths"].values() for operation in methods.values()]

    assert any(f"Needs the scope `{scope}`." in each for each in told)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(body=BODIES)
def test_whatever_is_sent_is_answered_as_described(program, body):
    assert program.ask("POST", "/participants", body).status_code in {201, 409, 422}
