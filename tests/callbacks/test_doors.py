"""The door of SES's events before Flask: verified and kept like the route's, and everything else left to that."""

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from app.extensions import db
from app.models import CallbackReceipt
from tests.conftest import TEST_SETTINGS
from tests.providers.payloads import sample, sample_bytes

pytestmark = pytest.mark.usefixtures("database")

SENT = "sns/notification-send.json"


@pytest.fixture
def door(app):
    return Client(app.wsgi_app)


@pytest.fixture
def route(app):
    return Client(app.wsgi_app._behind)


def post(way, name=SENT, path="/callbacks/ses", **options):
    return way.post(path, data=sample_bytes(name), headers=sample(name.replace("sns/", "sns/headers/")), **options)


def is_by_a_door(answer):
    return "X-Request-Id" not in answer.headers


def kept():
    db.session.rollback()
    receipt = CallbackReceipt
    return [tuple(row) for row in db.session.execute(select(receipt.kind, receipt.receipt_key, receipt.url, receipt.body))]


def test_an_event_is_kept_as_the_route_keeps_it(door, route):
    answer = post(route)
    by_route = kept()
    db.session.query(CallbackReceipt).delete()
    db.session.commit()

    assert (answer.status_code, is_by_a_door(answer)) == (200, False)
    answer = post(door)
    assert (answer.status_code, is_by_a_door(answer)) == (200, True)
    assert kept() == by_route
    assert by_route[0][2] == f"{TEST_SETTINGS['PUBLIC_URL']}/callbacks/ses"


def test_a_repetition_is_answered_alike_and_kept_once(door):
    assert [post(door).status_code for _ in range(2)] == [200, 200]
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/callbacks/ses?x=1", None, 200),
        ("/callbacks/ses", b"", 403),
        ("/callbacks/ses", b"{}", 403),
        ("/callbacks/ses/", None, 404),
    ],
)
def test_whatever_is_not_plain_is_left_to_the_route(door, path, body, status):
    headers = sample(SENT.replace("sns/", "sns/headers/"))

    answer = door.post(path, data=sample_bytes(SENT) if body is None else body, headers=headers)

    assert (answer.status_code, is_by_a_door(answer)) == (status, False)


def test_a_changed_event_is_refused_with_its_body_read_twice(door):
    changed = sample_bytes(SENT).replace(b"Timestamp", b"timestamp", 1)

    answer = door.post("/callbacks/ses", data=changed, headers=sample(SENT.replace("sns/", "sns/headers/")))

    assert (answer.status_code, kept()) == (403, [])
