"""Inviting, roles and leaving, as owners do it."""

import html
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask_security import verify_password
from sqlalchemy import insert, select, text, update

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import AuditEntry, ConversationHold, Membership, ReplyTask, Sender, Sendout, User
from app.users.forgotten.service import link_token as mailed_token
from app.users.invitations import PURPOSE, password_token
from tests import factories
from tests.browser import Browser
from tests.scenes import asked_for

CHOSEN = {"password": "a long enough one", "again": "a long enough one"}


@pytest.fixture
def club():
    return factories.an_organisation()


@pytest.fixture
def school():
    return factories.an_organisation(name="School")


@pytest.fixture
def alice(club):
    alice = factories.a_member(club, Role.OWNER, name="Alice")
    factories.a_sender(club)
    db.session.commit()
    return alice


@pytest.fixture
def owner(app, alice):
    return Browser(app, alice)


def membership(user, organisation):
    db.session.rollback()
    return membership_row(user, organisation)


def membership_row(user, organisation):
    return db.session.scalars(select(Membership).filter_by(user_id=user.id, organisation_id=organisation.id)).first()


def invite(owner, name="Bob", email="bob@club.example", role="author"):
    return owner.post("/settings/team", {"name": name, "email": email, "role": role})


def link_of(owner):
    page = owner.get("/settings/team/link").text
    (link,) = re.findall(r'value="https://app\.example\.com(/invite/[^"]+)"', page)
    return html.unescape(link)


def password_of(user):
    db.session.rollback()
    return db.session.scalars(select(User.password).filter_by(id=user.id)).one()


def waits_for_a_lock():
    """Until some statement of another connection waits for a row; fails after ten seconds."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    for _ in range(200):
        is_waiting = db.session.scalar(waiting)
        db.session.rollback()
        if is_waiting:
            return
        time.sleep(0.05)
    pytest.fail("nobody waits")


def test_an_invited_person_sets_a_password_and_signs_in(app, owner, club):
    assert invite(owner).location == "/settings/team/link"
    link, bob = link_of(owner), Browser(app)

    welcome = bob.get(link)
    done = bob.post(link, {"password": "a long enough one", "again": "a long enough one"})

    assert "Welcome, Bob" in welcome.text
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert bob.post("/sign-in", {"email": "bob@club.example", "password": "a long enough one"}).status_code == 302
    assert membership(db.session.scalar(select(User).filter_by(name="Bob")), club).role == Role.AUTHOR


def test_a_link_works_once(app, owner):
    invite(owner)
    link, bob = link_of(owner), Browser(app)
    bob.post(link, {"password": "a long enough one", "again": "a long enough one"})

    again = bob.get(link)

    assert again.status_code == 404
    assert "This link has been used or is too old" in again.text


def test_a_link_ends_after_a_week(app, owner):
    invite(owner)
    link = link_of(owner)

    with time_machine.travel(now().timestamp() + 8 * 86400):
        assert Browser(app).get(link).status_code == 404


def test_a_link_is_shown_once(owner):
    invite(owner)
    link_of(owner)

    assert owner.get("/settings/team/link").location == "/settings/team"


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [("short", "short", "at least 10 characters"), ("a long enough one", "another", "not the same")],
)
def test_a_password_that_will_not_do_says_why(app, owner, password, again, said):
    invite(owner)

    answer = Browser(app).post(link_of(owner), {"password": password, "again": again})

    assert answer.status_code == 422
    assert said in answer.text


def test_who_has_shown_that_the_address_is_theirs_needs_no_link(app, owner, school, club):
    bob = factories.a_member(school, email="bob@club.example", name="Robert", password="x")
    db.session.commit()
    Browser(app).post(f"/forgotten/{mailed_token(bob)}", CHOSEN)

    answer = invite(owner, email="Bob@Club.Example")

    assert answer.location == "/settings/team"
    assert "Robert signs in here already" in owner.get("/settings/team").text
    assert membership(bob, club).role == Role.AUTHOR
    assert verify_password(CHOSEN["password"], password_of(bob))


def test_who_was_invited_elsewhere_and_has_no_password_yet_gets_no_link_from_here(owner, school, club):
    bob = factories.a_member(school, email="bob@club.example", name="Robert")
    db.session.commit()

    answer = invite(owner)

    assert (answer.location, owner.get("/settings/team/link").status_code) == ("/settings/team", 303)
    assert "bob@club.example is theirs" in owner.get("/settings/team").text
    assert membership(bob, club).role == Role.AUTHOR


def test_a_password_that_another_owner_may_have_set_ends_and_a_link_goes_to_the_address(app, owner, school):
    bob = factories.a_member(school, email="bob@club.example", password="x")
    db.session.commit()
    somebody = Browser(app, bob)

    invite(owner)

    assert password_of(bob) is None
    assert somebody.get("/settings/account").location.startswith("/sign-in")
    assert f"password-link-{bob.id}" in asked_for("urgent")


def test_a_link_that_an_owner_made_later_undoes_what_an_e_mail_has_shown(app, owner, club, school):
    bob = factories.a_member(club, name="Bob", email="bob@club.example", password="x")
    other = factories.a_member(school)
    db.session.commit()
    Browser(app).post(f"/forgotten/{mailed_token(bob)}", CHOSEN)

    owner.post(f"/settings/team/{membership(bob, club).id}/link")
    Browser(app).post(link_of(owner), CHOSEN)
    invite(Browser(app, other))

    assert password_of(bob) is None


def test_an_account_is_not_taken_in_where_no_link_could_be_sent(owner, school, club):
    bob = factories.a_member(school, email="bob@club.example", password="x")
    db.session.execute(update(Sender).values(is_archived=True))
    db.session.commit()

    answer = invite(owner)

    assert answer.status_code == 409
    assert "add one under Settings, Senders" in answer.text
    assert (password_of(bob), membership(bob, club)) == ("x", None)


@pytest.mark.parametrize("change", ["joins", "moves"])
def test_a_link_ends_when_the_person_belongs_elsewhere(app, owner, club, school, change):
    invite(owner)
    link, bob = link_of(owner), db.session.scalars(select(User).filter_by(name="Bob")).one()
    factories.saved(Membership(user_id=bob.id, organisation_id=school.id, role=Role.OWNER))
    if change == "moves":
        db.session.delete(membership_row(bob, club))
    db.session.commit()

    opened, set_there = Browser(app).get(link), Browser(app).post(link, CHOSEN)

    assert (opened.status_code, set_there.status_code) == (404, 404)
    assert "Forgotten your password?" in opened.text
    assert password_of(bob) is None


def test_a_link_that_names_no_organisation_has_ended(app, club):
    bob = factories.a_member(club)
    db.session.commit()

    assert Browser(app).get(f"/invite/{password_token(PURPOSE, bob, 60)}").status_code == 404


def test_two_invitations_of_one_new_address_at_the_same_moment_are_both_answered(owner, club):
    with db.engine.connect() as other, ThreadPoolExecutor(1) as threads:
        other.execute(insert(User).values(name="Bob", email="bob@club.example", active=True, fs_uniquifier="first"))
        answer = threads.submit(invite, owner)
        waits_for_a_lock()
        other.commit()

    assert (answer.result().status_code, answer.result().location) == (303, "/settings/team")
    assert membership(db.session.scalars(select(User).filter_by(name="Bob")).one(), club).role == Role.AUTHOR


def test_nobody_is_invited_twice(owner):
    invite(owner)

    answer = invite(owner, name="Bobby")

    assert answer.status_code == 409
    assert "Bob is in your team already." in answer.text


def test_what_is_missing_is_said_beside_its_field(owner):
    answer = owner.post("/settings/team", {"name": "", "email": "bob"})

    assert answer.status_code == 422
    assert {"name-error", "email-error"} <= set(re.findall(r'id="([\w-]+)"', answer.text))
    assert "Choose one of these." in answer.text


def test_a_role_is_changed_and_written_down(owner, club, alice):
    bob = factories.a_member(club, Role.AUTHOR, name="Bob")
    db.session.commit()

    owner.post(f"/settings/team/{membership(bob, club).id}/role", {"role": "organiser"})

    assert membership(bob, club).role == Role.ORGANISER
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.user_id, entry.action, entry.detail) == (alice.id, "role changed", {"role": ["author", "organiser"]})


def test_a_role_that_is_none_changes_nothing(owner, club):
    bob = factories.a_member(club, Role.AUTHOR)
    db.session.commit()

    assert owner.post(f"/settings/team/{membership(bob, club).id}/role", {"role": "king"}).status_code == 422
    assert membership(bob, club).role == Role.AUTHOR


@pytest.mark.parametrize("action", ["role", "remove"])
def test_an_organisation_keeps_an_owner(owner, club, alice, action):
    answer = owner.post(f"/settings/team/{membership(alice, club).id}/{action}", {"role": "viewer"})

    assert answer.status_code == 409
    assert "An organisation needs an owner." in answer.text
    assert membership(alice, club).role == Role.OWNER


def test_one_of_two_owners_may_leave(app, owner, club):
    bob = factories.a_member(club, Role.OWNER, name="Bob")
    db.session.commit()
    as_bob = Browser(app, bob)

    owner.post(f"/settings/team/{membership(bob, club).id}/remove")

    assert membership(bob, club) is None
    assert as_bob.get("/settings/account").status_code == 403


@pytest.fixture
def leaving(club):
    """Bob, on whom something of every kind hangs, and Carol, who could take it."""
    bob = factories.a_member(club, Role.ORGANISER, name="Bob", email="bob@club.example", phone_number="+12015550150")
    carol = factories.a_member(club, Role.ORGANISER, name="Carol", email="carol@club.example", phone_number="+12015550151")
    factories.a_sendout(club, state="running", forward_email="Bob@club.example", forward_phone="+12015550150", reply_to="bob@club.example")
    factories.a_sendout(club, reply_to="bob@club.example", forward_email="office@club.example")
    text = factories.a_received_text(club)
    factories.saved(ConversationHold(organisation_id=club.id, number=text.from_number, user_id=bob.id))
    task = {"kind": "forward_email", "address": "bob@club.example"}
    factories.saved(ReplyTask(organisation_id=club.id, text_id=text.id, **task))
    db.session.commit()
    return bob, carol


def standing(club):
    db.session.rollback()
    asked = select(Sendout.forward_email, Sendout.forward_phone, Sendout.reply_to).filter_by(organisation_id=club.id).order_by(Sendout.id)
    holders = db.session.scalars(select(ConversationHold.user_id).filter_by(organisation_id=club.id)).all()
    return [tuple(row) for row in db.session.execute(asked)], list(holders)


def test_what_hangs_on_who_leaves_is_listed_and_asks_for_a_new_name(owner, club, leaving):
    bob, _ = leaving
    path = f"/settings/team/{membership(bob, club).id}/remove"

    page = owner.get(path).text
    refused = owner.post(path, {"answers": "nobody", "replies": "", "conversations": "999"})

    for words in ("Texts back to 1 send-out are forwarded to", "Answers to 1 send-out that wait to be sent go to", "1 conversation under"):
        assert words in page
    assert refused.status_code == 422
    assert refused.text.count("Say who gets these.") == 2
    assert membership(bob, club) is not None


def test_keys_that_who_leaves_knows_are_named(owner, club, leaving):
    bob, _ = leaving
    factories.an_api_key(club, name="Membership software", created_by=bob.id)
    factories.an_api_key(club, name="Old website", created_by=bob.id, revoked_at=now())
    factories.an_api_key(club, name="Somebody else's")
    db.session.commit()

    page = owner.get(f"/settings/team/{membership(bob, club).id}/remove").text

    assert "made 1 key for a program: Membership software." in page


def test_who_takes_over_gets_everything_and_who_leaves_nothing_more(owner, club, leaving):
    bob, carol = leaving
    heir = str(membership(carol, club).id)

    owner.post(f"/settings/team/{membership(bob, club).id}/remove", {"answers": heir, "replies": heir, "conversations": heir})

    sendouts, holders = standing(club)
    assert sendouts == [("carol@club.example", "+12015550151", "bob@club.example"), ("office@club.example", None, "carol@club.example")]
    assert holders == [carol.id]
    assert db.session.scalars(select(ReplyTask.state)).all() == ["skipped"]
    assert membership(bob, club) is None


def test_what_nobody_takes_over_goes_to_nobody(owner, club, leaving):
    bob, _ = leaving
    nobody = dict.fromkeys(("answers", "replies", "conversations"), "nobody")

    owner.post(f"/settings/team/{membership(bob, club).id}/remove", nobody)

    sendouts, holders = standing(club)
    assert sendouts == [(None, None, "bob@club.example"), ("office@club.example", None, None)]
    assert holders == []


def test_another_organisations_things_stay_as_they_are(owner, club, leaving):
    bob, _ = leaving
    school = factories.an_organisation(name="School")
    factories.a_sendout(school, forward_email="bob@club.example")
    db.session.commit()

    owner.post(f"/settings/team/{membership(bob, club).id}/remove", dict.fromkeys(("answers", "replies", "conversations"), "nobody"))

    assert standing(school)[0][0][0] == "bob@club.example"


def test_who_has_nothing_is_removed_after_one_look(owner, club):
    bob = factories.a_member(club, Role.AUTHOR, name="Bob")
    db.session.commit()

    assert "Nothing hangs on Bob" in owner.get(f"/settings/team/{membership(bob, club).id}/remove").text


def test_a_lost_password_is_renewed_by_a_new_link_which_ends_the_old_sessions(app, owner, club):
    bob = factories.a_member(club, Role.AUTHOR, name="Bob", password="x", tf_primary_method="authenticator", tf_totp_secret="s")
    db.session.commit()
    lost_phone = Browser(app, bob)

    owner.post(f"/settings/team/{membership(bob, club).id}/link")
    Browser(app).post(link_of(owner), {"password": "a long enough one", "again": "a long enough one"})

    db.session.refresh(bob)
    assert bob.tf_totp_secret is None
    assert lost_phone.get("/settings/account").status_code == 303


@pytest.mark.parametrize("password", [None, "x"])
def test_the_password_of_who_belongs_elsewhere_too_is_not_ours_to_renew(owner, club, school, password):
    bob = factories.a_member(club, Role.AUTHOR, name="Bob", password=password)
    factories.saved(Membership(user_id=bob.id, organisation_id=school.id, role=Role.OWNER))
    db.session.commit()
    path = f"/settings/team/{membership(bob, club).id}/link"

    page, answer = owner.get("/settings/team").text, owner.post(path)

    assert path not in page
    assert answer.status_code == 409
    assert "belongs to another organisation as well" in answer.text


def test_a_person_changes_their_own_name(owner, alice):
    owner.post("/settings/account", {"name": "Alice Liddell"})

    db.session.refresh(alice)
    assert alice.name == "Alice Liddell"


def test_a_person_has_a_name(owner):
    assert owner.post("/settings/account", {"name": " "}).status_code == 422
