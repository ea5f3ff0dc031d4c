"""A forgotten password: who may renew it, who learns nothing, and what stays as it was."""

import pytest
import time_machine
from flask_security import verify_password
from sqlalchemy import select

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import AuditEntry, User
from app.users.forgotten.service import link_token
from app.users.invitations import link_token as invitation_token
from tests import factories
from tests.browser import Browser
from tests.scenes import asked_for

NEW = {"password": "a long enough one", "again": "a long enough one"}


@pytest.fixture
def club():
    return factories.an_organisation()


@pytest.fixture
def bob(club):
    bob = factories.a_member(club, Role.AUTHOR, email="Bob@club.example", password="x")
    factories.a_sender(club, address="news@club.example")
    db.session.commit()
    return bob


@pytest.fixture
def stranger(app):
    return Browser(app)


def test_whoever_forgot_asks_sets_a_password_and_signs_in(bob, stranger):
    link = f"/forgotten/{link_token(bob)}"
    asked = stranger.post("/forgotten", {"email": "bob@CLUB.example"})
    opened, done = stranger.get(link), stranger.post(link, NEW)

    assert (asked.status_code, asked.location) == (303, "/sign-in")
    assert f"password-link-{bob.id}" in asked_for("urgent")
    assert "Choose a new password" in opened.text
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert stranger.post("/sign-in", {"email": "bob@club.example", "password": NEW["password"]}).status_code == 302


def test_nobody_learns_who_has_an_account(bob, stranger):
    known, unknown = (stranger.post("/forgotten", {"email": email}) for email in (bob.email, "eve@club.example"))

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert "If eve@club.example signs in here" in stranger.get("/sign-in").text
    assert len([name for name in asked_for("urgent") if name.startswith("password-link-")]) == 2


def test_a_link_works_once_and_for_an_hour(bob, stranger):
    link = f"/forgotten/{link_token(bob)}"
    with time_machine.travel(now().timestamp() + 3_700):
        late = stranger.get(link)
    first, second = stranger.post(link, NEW), stranger.post(link, NEW)

    assert (late.status_code, first.status_code, second.status_code) == (404, 303, 404)
    assert "Ask for a new one on the sign-in page." in second.text


def test_opening_a_link_changes_nothing(bob, stranger):
    before = bob.password

    stranger.get(f"/forgotten/{link_token(bob)}")

    db.session.expire_all()
    assert db.session.get_one(User, bob.id).password == before


def test_a_second_step_stays_and_sessions_end(app, club, stranger):
    dora = factories.a_member(club, Role.AUTHOR, password="x", tf_primary_method="authenticator", tf_totp_secret="s")
    db.session.commit()
    signed_in, link = Browser(app, dora), f"/forgotten/{link_token(dora)}"

    stranger.post(link, NEW)

    db.session.expire_all()
    assert (dora.tf_primary_method, dora.tf_totp_secret) == ("authenticator", "s")
    assert verify_password(NEW["password"], dora.password or "")
    assert signed_in.get("/settings/account").location.startswith("/sign-in")


def test_the_teams_log_says_so(bob, club, stranger):
    stranger.post(f"/forgotten/{link_token(bob)}", NEW)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.organisation_id == club.id)).one()
    assert (entry.action, entry.user_id) == ("password renewed", bob.id)


def test_a_link_of_another_kind_opens_nothing_and_a_closed_account_stays_closed(bob, stranger):
    link = f"/forgotten/{link_token(bob)}"
    assert stranger.get(f"/forgotten/{invitation_token(bob)}").status_code == 404
    assert stranger.get(f"/invite/{link_token(bob)}").status_code == 404
    bob.active = False
    db.session.commit()

    assert stranger.post(link, NEW).status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [("short", "short", "at least 10 characters"), ("a long enough one", "another", "not the same")],
)
def test_a_password_that_will_not_do_says_why(bob, stranger, password, again, said):
    answer = stranger.post(f"/forgotten/{link_token(bob)}", {"password": password, "again": again})

    assert answer.status_code == 422
    assert said in answer.text


def test_what_is_no_address_is_said_beside_its_field(stranger):
    answer = stranger.post("/forgotten", {"email": "<b>bob"})

    assert answer.status_code == 422
    assert "This is not an e-mail address" in answer.text
    assert 'value="&lt;b&gt;bob"' in answer.text


def test_the_sign_in_page_leads_there(stranger):
    assert 'href="/forgotten"' in stranger.get("/sign-in").text
