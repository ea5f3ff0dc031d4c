"""The doors before Flask answer the plain case as their routes do, and leave every other one to them."""

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from app.callbacks.service import apply_due_receipts
from app.extensions import db
from app.models import CallbackReceipt
from app.tracking.service import PIXEL
from tests.tracking.test_routes import CHROME, URLS, a_link, click_url, message, read_again  # noqa: F401  a fixture among them

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def door(app):
    return Client(app.wsgi_app)


@pytest.fixture
def route(app):
    return Client(app.wsgi_app._behind)


def is_by_a_door(answer):
    return "X-Request-Id" not in answer.headers


def kept():
    return sorted(key.rsplit(":", 1)[0] for key in db.session.scalars(select(CallbackReceipt.receipt_key)))


def assert_alike(one, other):
    assert one.status_code == other.status_code
    for name in ("Location", "Cache-Control", "Referrer-Policy", "X-Content-Type-Options"):
        assert one.headers.get(name) == other.headers.get(name)
    assert one.headers.getlist("Set-Cookie") == []


def test_the_pixels_door_answers_as_its_route_and_keeps_the_same(door, route, message):  # noqa: F811
    answers = [way.get(URLS.open_pixel(message.id), headers={"User-Agent": CHROME}) for way in (door, route)]

    assert [is_by_a_door(answer) for answer in answers] == [True, False]
    assert_alike(*answers)
    assert {(answer.mimetype, answer.data) for answer in answers} == {("image/gif", PIXEL)}
    assert kept() == [f"own:open:{message.id}"] * 2
    apply_due_receipts()
    assert read_again(message).shown_status == "opened"


def test_a_link_that_was_looked_up_before_needs_no_route(door, message):  # noqa: F811
    url = click_url(message, a_link(message))

    by_route, by_door = [door.get(url, headers={"User-Agent": CHROME}) for _ in range(2)]

    assert [is_by_a_door(by_route), is_by_a_door(by_door)] == [False, True]
    assert by_door.headers["Location"] == "https://example.com/timetable?a=1&b=2"
    assert_alike(by_route, by_door)
    assert kept() == [f"own:click:{message.id}"] * 2


@pytest.mark.parametrize(
    ("method", "change", "status"),
    [
        ("HEAD", lambda url: url, 200),
        ("GET", lambda url: f"{url}?auto", 200),
        ("GET", lambda url: url.replace(".gif", "x.gif"), 404),
        ("GET", lambda url: url.replace(".gif", ".png"), 404),
        ("POST", lambda url: url, 405),
    ],
)
def test_whatever_is_not_plain_is_left_to_the_route(door, message, method, change, status):  # noqa: F811
    answer = door.open(change(URLS.open_pixel(message.id)), method=method)

    assert (answer.status_code, is_by_a_door(answer)) == (status, False)


def test_a_door_that_breaks_costs_nobody_an_answer(app, door, message, monkeypatch):  # noqa: F811
    def broken(_environ):
        raise RuntimeError("broken")

    monkeypatch.setitem(app.wsgi_app._doors, "/o/", broken)

    answer = door.get(URLS.open_pixel(message.id))

    assert (answer.status_code, is_by_a_door(answer)) == (200, False)
    assert kept() == [f"own:open:{message.id}"]


@pytest.mark.parametrize("url", ["https://example.com/für?alle", "https://example.com/a b"])
def test_a_link_that_cannot_stand_in_a_header_is_encoded_by_the_route(door, message, url):  # noqa: F811
    link = a_link(message, url)

    answers = [door.get(click_url(message, link)) for _ in range(2)]

    assert [is_by_a_door(answer) for answer in answers] == [False, False]
    assert answers[1].headers["Location"].isascii()
