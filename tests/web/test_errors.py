"""What goes wrong, as its reader sees it."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from app.web.guards import public
from tests import factories
from tests.browser import Browser

FAILURES = {
    "missing": (NotFound("There is no such send-out."), 404),
    "late": (Conflict("It has been sent already."), 409),
    "forbidden": (NotAllowed("Only owners may."), 403),
    "wrong": (Invalid("That is no date."), 422),
    "broken": (ZeroDivisionError("secret detail"), 500),
    "away": (OperationalError("SELECT secret", {}, ConnectionError()), 503),
}


@pytest.fixture
def house(house: Flask) -> Flask:
    """With routes that fail."""

    @public
    def fail(kind: str) -> str:
        raise FAILURES[kind][0]

    house.add_url_rule("/fail/<kind>", "fail", fail)
    house.add_url_rule("/api/v1/fail/<kind>", "api_fail", fail)
    return house


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind, (_, status) in FAILURES.items()])
def test_a_failure_has_its_number_on_a_page(house, kind, status):
    answer = Browser(house).get(f"/fail/{kind}")

    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("kind", ["missing", "late", "forbidden", "wrong"])
def test_what_a_service_says_is_read_by_the_organiser(house, kind):
    error, _ = FAILURES[kind]

    assert str(error) in Browser(house).get(f"/fail/{kind}").text


def test_a_swap_gets_a_toast_and_keeps_its_place(house):
    answer = Browser(house).get("/fail/late", HX_Request="true")

    assert (answer.status_code, answer.text) == (409, "")
    assert answer.headers["HX-Trigger"] == '{"toasts": {"all": [{"kind": "danger", "text": "It has been sent already.", "undo": null}]}}'


def test_the_api_answers_in_json(house):
    answer = Browser(house).get("/api/v1/fail/missing")

    said = {"status": 404, "title": "Not Found", "detail": "There is no such send-out.", "field": None}
    assert answer.get_json() == {"error": said}


def test_an_address_that_is_nothing_says_so(house):
    assert "The address may be mistyped" in Browser(house).get("/nowhere").text


def test_an_expired_form_says_what_to_do(house):
    answer = Browser(house).post("/sign-in", {"csrf_token": "old"})

    assert answer.status_code == 400
    assert "Go back, reload the page, and do it again." in answer.text


def test_a_body_that_is_too_large_says_how_large_it_may_be(house):
    browser = Browser(house)
    house.config["MAX_CONTENT_LENGTH"] = 1000

    answer = browser.post("/sign-in", {"email": "x" * 2000})

    assert answer.status_code == 413
    assert "64 MB" in answer.text


def test_a_wrong_method_is_told_apart_from_nothing(house):
    assert Browser(house).post("/fail/missing").status_code == 405


def test_a_server_error_names_the_request_for_whoever_helps(house):
    answer = Browser(house).get("/fail/broken", X_Request_Id="abcdef0123456789")

    assert "abcdef0123456789" in answer.text
    assert answer.headers["X-Request-Id"] == "abcdef0123456789"


def test_a_request_id_that_is_no_id_is_replaced(house):
    assert Browser(house).get("/healthz", X_Request_Id="a b<script>").headers["X-Request-Id"].isalnum()


@pytest.fixture
def deserted(build: Callable[..., Flask]) -> Flask:
    """The application over ports where nobody listens."""
    return build(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none", REDIS_URL="redis://127.0.0.1:9/0")


def test_without_a_database_a_signed_in_person_reads_that_we_are_back_soon(deserted):
    alice = factories.a_member(factories.an_organisation())
    db.session.commit()

    answer = Browser(deserted, alice).get("/settings/account")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "Back in a moment" in answer.text


def test_without_database_and_redis_it_lives_but_is_not_ready(deserted):
    browser = Browser(deserted)

    alive, ready = browser.get("/healthz"), browser.get("/readyz")

    assert alive.status_code == 200
    assert (ready.status_code, ready.get_json()) == (503, {"database": "away", "redis": "away"})


def test_it_is_ready_once_database_and_redis_answer(app):
    answer = Browser(app).get("/readyz")

    assert (answer.status_code, answer.get_json()) == (200, {"database": "ok", "redis": "ok"})
