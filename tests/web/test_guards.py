"""The four doors, on a small application of the test's own routes."""

import pytest
from flask import Flask

from app.domain.roles import Role
from app.extensions import db
from app.lib.tokens import sign, signing_key
from app.models import Membership
from app.web.guards import current_organisation_id, current_role, current_user_id, public, signed_in, with_signature, with_token
from app.web.headers import as_mail_frame
from tests import factories
from tests.browser import Browser


@pytest.fixture
def house(house: Flask) -> Flask:
    """With routes for trying the doors."""

    @house.get("/owners/<int:number>")
    @signed_in(Role.OWNER)
    def owners(number: int) -> str:
        return f"{number} {current_organisation_id()} {current_user_id()} {current_role()}"

    @house.route("/u/leaflet/<token>", methods=["GET", "POST"], endpoint="leaflet")
    @with_token("leaflet")
    def leaflet(message_id: int, link_id: int) -> str:
        return f"{message_id}/{link_id}"

    @house.post("/callbacks/trial")
    @with_signature
    def trial() -> str:
        return "stored"

    @house.get("/mail")
    @public
    @as_mail_frame
    def mail() -> str:
        return "<p style='color:red'>Hello</p>"

    return house


@pytest.fixture
def club():
    return factories.an_organisation()


def test_a_person_of_the_role_gets_in_and_the_view_knows_who_it_is(house, club):
    alice = factories.a_member(club, Role.OWNER)
    db.session.commit()

    answer = Browser(house, alice).get("/owners/7")

    assert answer.text == f"7 {club.id} {alice.id} owner"


def test_a_stranger_signs_in_first_and_comes_back_to_the_page(house):
    answer = Browser(house).get("/owners/7?page=2")

    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/owners/7?page%3D2")


def test_a_swap_for_a_stranger_moves_the_whole_page_to_the_sign_in(house):
    answer = Browser(house).get("/owners/7", HX_Request="true")

    assert (answer.status_code, answer.headers["HX-Redirect"], answer.text) == (200, "/sign-in", "")


def test_a_lesser_role_reads_what_it_would_need_to_be(house, club):
    bob = factories.a_member(club, Role.AUTHOR)
    db.session.commit()

    answer = Browser(house, bob).get("/owners/7")

    assert answer.status_code == 403
    assert "This is for owners, and you are an author of Riverside Football Club." in answer.text


def test_who_has_left_every_organisation_reads_that(house):
    charlie = factories.a_user()
    db.session.commit()

    answer = Browser(house, charlie).get("/owners/7")

    assert answer.status_code == 403
    assert "You do not belong to an organisation any more." in answer.text


def test_an_inactive_user_is_a_stranger(house, club):
    gone = factories.a_member(club, active=False)
    db.session.commit()

    assert Browser(house, gone).get("/owners/7").status_code == 303


def test_the_chosen_organisation_counts_and_its_role(house, club):
    alice = factories.a_member(club, Role.OWNER)
    school = factories.an_organisation(name="Hillside School", short_name="Hillside")
    db.session.add(Membership(user_id=alice.id, organisation_id=school.id, role=Role.VIEWER))
    db.session.commit()
    browser = Browser(house, alice)

    chosen = browser.post("/organisation", {"organisation_id": school.id})

    assert (chosen.status_code, chosen.location) == (303, "/")
    assert "viewer of Hillside School" in browser.get("/owners/7").text


def test_an_organisation_of_others_cannot_be_chosen(house, club):
    alice = factories.a_member(club)
    other = factories.an_organisation(name="Hillside School", short_name="Hillside")
    db.session.commit()

    assert Browser(house, alice).post("/organisation", {"organisation_id": other.id}).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signed_link_opens_its_door_without_a_cookie(house, method):
    key = signing_key(house.extensions["sendout"].secret_keys[0])
    path = f"/u/leaflet/{sign('leaflet', 12, 34, key=key)}"

    with house.app_context():
        answer = house.test_client().open(path, method=method)

    assert answer.text == "12/34"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("damage", [lambda token: token[:-2], lambda token: token[1:], lambda _token: "x", lambda token: token + "A"])
def test_a_damaged_link_says_that_it_is_not_complete(house, damage):
    key = signing_key(house.extensions["sendout"].secret_keys[0])

    answer = Browser(house).get(f"/u/leaflet/{damage(sign('leaflet', 12, 34, key=key))}")

    assert answer.status_code == 404
    assert "This link is not complete." in answer.text


def test_a_link_for_another_purpose_opens_nothing(house):
    key = signing_key(house.extensions["sendout"].secret_keys[0])

    assert Browser(house).get(f"/u/leaflet/{sign('unsubscribe', 12, 34, key=key)}").status_code == 404


def test_a_callback_needs_no_token_and_gets_no_cookie(house):
    with house.app_context():
        answer = house.test_client().post("/callbacks/trial", headers={"Cookie": "sendout_session=rubbish"})

    assert answer.text == "stored"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_second_guard_on_a_view_stops_the_start():
    with pytest.raises(RuntimeError, match="two guards"):

        @public
        @signed_in(Role.VIEWER)
        def twice() -> str:
            return ""


def test_a_mail_in_a_frame_may_do_nothing_but_look_like_itself(house):
    answer = Browser(house).get("/mail")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups; default-src 'none'")
    assert "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_every_page_carries_a_strict_policy_with_a_new_nonce(house):
    one, other = (Browser(house).get("/sign-in").headers["Content-Security-Policy"] for _ in range(2))

    assert "unsafe" not in one
    assert "style-src 'self'" in one
    assert "frame-ancestors 'none'" in one
    assert one != other


def test_asking_for_the_organisation_behind_no_guard_is_a_mistake(house):
    with house.test_request_context("/"), pytest.raises(RuntimeError, match="did not admit"):
        current_organisation_id()
