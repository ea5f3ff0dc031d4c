import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.roles import Role
from app.domain.send_path import SendPath, Turn
from app.extensions import db
from app.lib.clock import now
from app.messages.quota import ask_account
from app.messages.send_path import move
from app.models import Batch, CallbackReceipt, Heartbeat
from app.models.callback_receipt import ServerTrouble
from app.reports.service.account import account
from app.reports.service.health import reputation_of
from tests.factories import an_organisation, saved
from tests.fakes import FakeProviders
from tests.reports.mixtures import a_doubtful_row, a_running_sendout

SERVICE, IN_DOUBT = "/settings/service", "/settings/in-doubt"


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def a_process(kind, seconds_ago):
    saved(Heartbeat(name=f"{kind}@host:{seconds_ago}", kind=kind, seen_at=now() - timedelta(seconds=seconds_ago)))


def a_receipt(key, **values):
    saved(CallbackReceipt(**({"kind": "ses", "receipt_key": key, "url": "", "body": b"{}"} | values)))


def owner(scene):
    return scene.people[Role.OWNER]


def test_processes_are_shown_alive_silent_and_missing(scene):
    a_process("worker sending", 5)
    a_process("worker sending", 600)
    a_process("schedule", 3_000)
    db.session.commit()

    page = words(owner(scene).get(SERVICE).text)

    assert "worker sending worker sending@host:5 worker sending@host:600: stopped or died" in page
    assert "1 silent" in page
    assert page.count("Nobody") == 5  # urgent, callbacks, default, the schedule and the web


def test_callbacks_are_counted_by_what_became_of_them(scene):
    a_receipt("late", received_at=now() - timedelta(minutes=7))
    a_receipt("parked", tries=3, due_at=now() + timedelta(minutes=5), problem="no message here has this id yet")
    a_receipt("foreign", tries=1, due_at=text("timestamptz '9000-01-01'"), problem="the event is another installation's")
    saved(ServerTrouble(kind="ses"))
    db.session.commit()

    page = words(owner(scene).get(SERVICE).text)

    assert "7 minutes ago 2 Twilio" in page
    assert "no message here has this id yet 1 just now Tried again by itself for a day." in page
    assert "the event is another installation's 1 just now Kept, and not tried again." in page
    assert "In 1 minute of the last day we had to turn news away." in page


def test_the_account_is_shown_as_amazon_last_described_it(scene):
    ask_account(FakeProviders(rate=14.0).account_quota)

    page = words(owner(scene).get(SERVICE).text)

    assert "A second 14 e-mails" in page
    assert "Healthy: Amazon sees nothing wrong." in page
    assert account().troubles == []


ONE_BY_ONE = Turn(SendPath.SINGLE, now(), now() + timedelta(hours=1), 1, 25.0, 1_000.0, 1)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (None, "E-mails go in calls of up to 50 people."),
        (ONE_BY_ONE, "let only 25 e-mails a second through, and it allows 1000. Such calls are tried again from"),
        (replace(ONE_BY_ONE, allowed_per_second=None), "and it sets no limit."),
        (replace(ONE_BY_ONE, path=SendPath.BULK), "Amazon slows these down, and single ones no less."),
        (replace(ONE_BY_ONE, path=SendPath.BULK, until=None), "E-mails go in calls of up to 50 people."),
    ],
)
def test_the_page_says_how_e_mail_goes_and_why(scene, turn, said):
    if turn is not None:
        assert move(turn)
        db.session.commit()

    assert said in words(owner(scene).get(SERVICE).text)


def test_amazon_is_asked_on_demand_and_says_so_when_it_does_not_answer(app, scene):
    app.extensions["providers"], real = FakeProviders(rate=0), app.extensions["providers"]
    refused = owner(scene).post(f"{SERVICE}/ask-amazon")
    page = words(owner(scene).get(SERVICE).text)
    app.extensions["providers"] = real

    assert refused.status_code == 303
    assert "Amazon did not answer. Run “flask doctor” on the server to see why." in page
    assert "Amazon was not asked yet" in page


@pytest.mark.parametrize(
    ("standings", "said"),
    [
        (("delivered",) * 3 + ("bounced",), "It takes 500 e-mails to tell."),
        (("delivered",) * 485 + ("bounced",) * 15, "Near the limit"),
        (("delivered",) * 470 + ("bounced",) * 30, "Over the limit"),
    ],
)
def test_health_is_judged_against_amazons_limits(scene, standings, said):
    scene.given(*standings)
    db.session.execute(text("UPDATE sendouts SET first_accepted_at = now()"))
    db.session.commit()

    assert said in words(owner(scene).get(SERVICE).text)


def test_the_reputation_is_the_organisations_own(scene):
    scene.given("delivered", "bounced", "complaint", "pending")
    db.session.execute(text("UPDATE sendouts SET first_accepted_at = now()"))
    db.session.commit()

    reputation = reputation_of(scene.organisation.id)

    assert (reputation.accepted, reputation.bounced, reputation.complained) == (3, 1, 1)
    assert reputation_of(an_organisation(name="Hillside School", short_name="Hillside").id).accepted == 0


def test_the_standing_is_swapped_alone(scene):
    part = owner(scene).get(SERVICE, HX_Request="true").text

    assert part.lstrip().startswith('<div id="service"')
    assert "<html" not in part


def test_in_doubt_names_who_why_since_when_and_what_is_missing(scene):
    row = a_doubtful_row(scene.sendout, error_words="the connection was reset")
    db.session.commit()

    page = words(scene.organiser.get(IN_DOUBT).text)

    assert row.address in page
    assert "1 e-mail, handed over 1 hour ago . The connection was reset." in page
    assert "Amazon has confirmed 0 of the e-mails that left later." in page
    assert "Settled by itself once that is so." in page


def test_a_person_sends_a_batch_again(scene):
    row = a_doubtful_row(scene.sendout)
    db.session.commit()

    answer = scene.organiser.post(f"{IN_DOUBT}/{row.batch_id}/send-again")

    assert answer.status_code == 303
    db.session.refresh(row)
    assert row.status == "pending"
    assert "Nothing is in doubt" in words(scene.organiser.get(IN_DOUBT).text)


def test_a_person_leaves_a_batch_and_may_still_send_it_later(scene):
    row = a_doubtful_row(scene.sendout)
    db.session.commit()

    scene.organiser.post(f"{IN_DOUBT}/{row.batch_id}/leave")

    page = words(scene.organiser.get(IN_DOUBT).text)
    assert db.session.get_one(Batch, row.batch_id, populate_existing=True).doubt_left_at is not None
    assert "Left as it is" in page
    assert "Send again (may arrive twice)" in page
    assert "Leave it" not in page
    assert "We cannot tell whether" not in scene.organiser.get("/home").text


def test_a_viewer_sees_doubts_without_the_buttons(scene):
    a_doubtful_row(scene.sendout)
    db.session.commit()

    assert "Send again" not in scene.people[Role.VIEWER].get(IN_DOUBT).text


def test_a_stopped_send_out_offers_no_second_try(scene):
    a_doubtful_row(scene.sendout)
    a_doubtful_row(a_running_sendout(scene.organisation, state="held"))
    db.session.commit()

    page = scene.organiser.get(IN_DOUBT).text

    assert page.count("Send again (may arrive twice)</button>") == 1
    assert "The send-out stands still." in page
