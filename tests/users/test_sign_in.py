"""Coming in and going out: password, second step, limits."""

import re

import pytest
from flask_security import hash_password
from flask_security.totp import Totp

from app.extensions import db, security
from app.lib.tokens import signing_key
from app.web.settings import flask_settings
from config import Config
from tests import factories
from tests.browser import Browser
from tests.conftest import TEST_SETTINGS

PASSWORD = "correct horse battery"


@pytest.fixture
def alice(app):
    with app.test_request_context():
        user = factories.a_member(factories.an_organisation(), name="Alice", email="alice@club.example", password=hash_password(PASSWORD))
    db.session.commit()
    return user


@pytest.fixture
def browser(app, alice):  # noqa: ARG001  there is somebody who could sign in
    return Browser(app)


def sign_in(browser, email="alice@club.example", password=PASSWORD, path="/sign-in"):
    return browser.post(path, {"email": email, "password": password})


def code(secret):
    return security.totp_factory._totp.from_source(secret).generate().token


def test_the_right_password_opens_the_page_that_was_asked_for(browser):
    answer = sign_in(browser, path="/sign-in?next=/settings/team")

    assert (answer.status_code, answer.location) == (302, "/settings/team")
    assert "Alice" in browser.get("/settings/team").text


def test_an_address_is_read_without_its_case(browser):
    assert sign_in(browser, email="ALICE@club.example").status_code == 302


def test_a_next_page_elsewhere_is_not_followed(browser):
    answer = sign_in(browser, path="/sign-in?next=https://evil.example/")

    assert "evil" not in answer.headers.get("Location", "")


def test_an_unknown_person_and_a_wrong_password_read_the_same(browser):
    def said(email):
        page = sign_in(browser, email=email, password="wrong wrong wrong").text
        return re.findall(r'class="(?:invalid-feedback|alert)[^>]*>([^<]+)', page)

    assert said("alice@club.example") == said("nobody@club.example") != []


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(browser):
    cookie = next(each for each in sign_in(browser).headers.getlist("Set-Cookie") if each.startswith("sendout_session="))

    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_over_plain_http_the_cookie_is_not_held_back(app):
    ours = app.extensions["sendout"]
    plain = TEST_SETTINGS | {"PUBLIC_URL": "http://127.0.0.1:8000", "DATABASE_URL": ours.database_url, "REDIS_URL": ours.redis_url}

    assert flask_settings(Config.from_env(plain))["SESSION_COOKIE_SECURE"] is False


def test_passwords_are_kept_as_argon2(alice):
    assert alice.password.startswith("$argon2id$")


def test_the_eleventh_try_in_a_minute_is_refused_for_that_account_alone(browser):
    statuses = [sign_in(browser, password="wrong wrong wrong").status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert sign_in(browser, email="bob@club.example", password="wrong wrong wrong").status_code == 200


def test_signing_out_ends_it(browser):
    sign_in(browser)

    browser.post("/sign-out")

    assert browser.get("/settings/account").location.startswith("/sign-in")


def test_a_token_in_a_header_or_a_url_signs_nobody_in(app, alice):
    with app.test_request_context():
        token = alice.get_auth_token()

    answer = Browser(app).get(f"/settings/account?auth_token={token}", Authentication_Token=token)

    assert answer.status_code == 303


def test_changing_the_password_signs_out_everywhere_else(app, browser):
    here, elsewhere = browser, Browser(app)
    sign_in(here)
    sign_in(elsewhere)

    new = "another horse battery"
    answer = here.post("/account/password", {"password": PASSWORD, "new_password": new, "new_password_confirm": new})

    assert answer.location == "/settings/account"
    assert here.get("/settings/account").status_code == 200
    assert elsewhere.get("/settings/account").status_code == 303


def test_a_short_password_is_refused(app, alice):
    browser = Browser(app, alice)

    page = browser.post("/account/password", {"password": PASSWORD, "new_password": "short", "new_password_confirm": "short"}).text

    assert "Password must be at least 10 characters" in page


def test_with_a_second_step_the_password_alone_opens_nothing(app, alice):
    secret = security.totp_factory.generate_totp_secret()
    security.datastore.tf_set(alice, "authenticator", secret)
    db.session.commit()
    browser = Browser(app)

    after_password = sign_in(browser, path="/sign-in?next=/settings/team")

    assert after_password.location.startswith("/sign-in/code")
    assert browser.get("/settings/account").status_code == 303
    assert browser.post("/sign-in/code", {"code": "000000"}).status_code == 200
    assert browser.post(after_password.location, {"code": code(secret)}).status_code == 302
    assert browser.get("/settings/account").status_code == 200


def test_a_second_step_is_set_up_with_an_app_and_turned_off_again(app, alice):
    browser = Browser(app, alice)

    page = browser.post("/account/second-step", {"setup": "authenticator"}).text
    (key,) = re.findall(r"copy-line\">([A-Z0-9 -]+)<", page)
    (target,) = re.findall(r'action="(/account/second-step/[^"]+)"', page)
    digits = security.totp_factory._totp(key=key.replace("-", "").replace(" ", "")).generate().token
    browser.post(target, {"code": digits})

    assert "On</span>" in browser.get("/settings/account").text
    browser.post("/account/second-step", {"setup": "disable"})
    assert "Off</span>" in browser.get("/settings/account").text


def test_an_old_sign_in_is_confirmed_before_the_second_step_changes(app, alice):
    browser = Browser(app, alice)
    with app.app_context(), browser.client.session_transaction() as session:
        session["fs_paa"] = 0

    answer = browser.get("/account/second-step")

    assert answer.location.startswith("/account/verify")
    assert "Please confirm that it is you" in browser.get(answer.location).text


@pytest.mark.parametrize("path", ["/tf-rescue", "/sign-in/method"])
def test_what_would_need_mail_is_not_there(app, path):
    assert Browser(app).post(path).status_code == 404


@pytest.mark.parametrize("number", [43, 96])
def test_a_key_of_any_name_can_keep_second_steps(number):
    servers = {"DATABASE_URL": "postgresql:///any", "REDIS_URL": "redis:///0"}
    config = Config.from_env(TEST_SETTINGS | servers | {"SECRET_KEY": f"only-for-tests-only-for-tests-{number:04}"})

    secrets = flask_settings(config)["SECURITY_TOTP_SECRETS"]

    assert signing_key(config.secret_keys[0]).kid[0] in "-_"
    assert "enckey" in Totp(secrets, "Sendout").generate_totp_secret()
