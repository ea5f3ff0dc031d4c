"""Owners make keys, see each once, and revoke them."""

import re

import pytest
from sqlalchemy import select

from app.api.keys.service import MOST_KEYS, digest_of
from app.domain.roles import Role
from app.extensions import db
from app.models import ApiKey, AuditEntry
from tests import factories
from tests.browser import Browser


@pytest.fixture
def owner(club):
    made = factories.a_member(club, Role.OWNER)
    db.session.commit()
    return made


def made_key(browser: Browser, *scopes: str) -> str:
    answer = browser.post("/settings/developers", {"name": "Membership software", "scopes": list(scopes)})
    assert answer.status_code == 303
    found = re.search(r'value="(sendout_[^"]+)"', browser.get("/settings/developers/key").text)
    assert found
    return found[1]


def test_a_key_is_shown_once_works_and_is_kept_by_its_hash_alone(app, owner):
    browser = Browser(app, owner)

    key = made_key(browser, "read")

    row = db.session.scalars(select(ApiKey)).one()
    assert (row.digest, row.scopes, row.created_by) == (digest_of(key), ["read"], owner.id)
    assert key not in str(vars(row))
    assert browser.get("/settings/developers/key").status_code == 303
    assert key not in browser.get("/settings/developers").text
    with app.app_context():
        assert app.test_client().get("/api/v1/lists", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_the_page_says_what_each_key_may_and_when_it_was_used(app, owner):
    browser = Browser(app, owner)
    made_key(browser, "read", "send")

    page = browser.get("/settings/developers").text

    assert "Membership software" in page
    assert "Read, Write to one person" in page
    assert "Never used, made" in page
    assert "https://app.example.com/api/v1" in page


def test_a_revoked_key_is_gone_from_the_page_and_opens_nothing(app, owner):
    browser = Browser(app, owner)
    key = made_key(browser, "read")
    row = db.session.scalars(select(ApiKey)).one()

    browser.post(f"/settings/developers/{row.id}/revoke")

    assert "No key yet" in browser.get("/settings/developers").text
    with app.app_context():
        assert app.test_client().get("/api/v1/lists", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert browser.post(f"/settings/developers/{row.id}/revoke").status_code == 404
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["API key made", "API key revoked"]


@pytest.mark.parametrize(
    ("form", "words"), [({"scopes": ["read"]}, "Give the key a name"), ({"name": "X", "scopes": ["fly"]}, "Tick what the program may do")]
)
def test_a_key_without_a_name_or_a_use_is_not_made(app, owner, form, words):
    answer = Browser(app, owner).post("/settings/developers", form)

    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(ApiKey)).all() == []


def test_there_is_an_end_to_keys(app, club, owner):
    for number in range(MOST_KEYS):
        factories.saved(ApiKey(organisation_id=club.id, name="Old", hint="sendout_", digest=str(number), scopes=["read"]))
    db.session.commit()

    answer = Browser(app, owner).post("/settings/developers", {"name": "One more", "scopes": ["read"]})

    assert answer.status_code == 409
