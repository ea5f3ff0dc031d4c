"""What an owner asks of every send-out, and where it shows: settings, options, Review, an urgent text's question, details."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.messages.claiming import claim, ready_work
from app.models import AuditEntry, Organisation
from tests.factories import a_message, a_sendout
from tests.scenes import a_frozen_scene, batches_of, run_sql
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")

HERE, THERE = "Etc/GMT", "Etc/GMT-12"  # twelve hours apart
HOURS = {"has_quiet_hours": "yes", "quiet_from": "22:30", "quiet_until": "07:00", "contact_cap": "3", "contact_cap_days": "7"}


def night_there(people=()):
    """Quiet hours in the middle of which it is there, and these people living there."""
    middle = now().astimezone(ZoneInfo(THERE))
    begins, ends = ((middle + timedelta(hours=hours)).strftime("%H:%M") for hours in (-3, 3))
    run_sql("UPDATE organisations SET has_quiet_hours = true, quiet_from = :f, quiet_until = :u, time_zone = :z", f=begins, u=ends, z=HERE)
    run_sql("UPDATE participants SET time_zone = :zone", zone=HERE)
    run_sql("UPDATE participants SET time_zone = :zone WHERE id = ANY(:ids)", zone=THERE, ids=[person.id for person in people])


def test_an_owner_sets_the_hours_and_it_is_written_down(app):
    club = a_club()
    browser = club.browser(app, Role.OWNER)

    proposed = words_of(browser.get("/settings/sending"))
    answer = browser.post("/settings/sending", HOURS)

    assert 'value="21:00"' in proposed
    assert 'value="08:00"' in proposed
    assert answer.status_code == 303
    db.session.rollback()
    kept = db.session.get_one(Organisation, club.organisation.id, populate_existing=True)
    assert (kept.has_quiet_hours, str(kept.quiet_from), str(kept.quiet_until)) == (True, "22:30:00", "07:00:00")
    assert db.session.scalars(select(AuditEntry.detail)).one()["quiet_from"] == ["21:00", "22:30"]


@pytest.mark.parametrize(
    "wrong", [{"quiet_from": "late"}, {"quiet_until": ""}, {"quiet_until": "22:30"}, {"contact_cap": "0"}, {"contact_cap_days": "often"}]
)
def test_hours_that_make_no_sense_are_refused(app, wrong):
    club = a_club()

    answer = club.browser(app, Role.OWNER).post("/settings/sending", HOURS | wrong)

    assert answer.status_code == 422
    assert "is-invalid" in words_of(answer)


def test_new_hours_hold_for_what_waits_already(app):
    scene = a_frozen_scene(1, channel_plan=ChannelPlan.SMS)
    night_there(scene.people)
    assert claim(ready_work(Channel.SMS, is_urgent=False)[0], Channel.SMS, slot="send-test-0") is None
    db.session.commit()
    club = a_club()
    run_sql("UPDATE memberships SET organisation_id = :id, role = 'owner'", id=scene.organisation.id)

    without = {name: value for name, value in HOURS.items() if name != "has_quiet_hours"}
    club.browser(app).post("/settings/sending", without)

    assert batches_of(scene)[-1].quiet_until is None
    assert len(ready_work(Channel.SMS, is_urgent=False)) == 1


def test_a_send_out_says_what_becomes_of_its_texts_at_night(app):
    club = a_club()
    browser = club.browser(app)
    before = words_of(browser.get(club.path("/compose/options")))
    night_there()

    after = words_of(browser.get(club.path("/compose/options")))
    browser.post(club.path("/compose/options"), {"quiet_choice": "expire"})
    kept = club.reread().quiet_choice
    browser.post(club.path("/compose/options"), {"quiet_choice": "nonsense"})

    assert "The text waits" not in before
    assert "The text waits" in after
    assert (kept, club.reread().quiet_choice) == ("expire", "expire")


def test_review_says_how_many_wait_and_until_when(app):
    club = a_club(people=5)
    night_there(club.people[:2])
    browser = club.browser(app)

    waiting = words_of(browser.get(club.path("/compose/review")))
    run_sql("UPDATE sendouts SET quiet_choice = 'expire'")
    expiring = words_of(browser.get(club.path("/compose/review")))

    assert re.search(r"2 texts wait for quiet hours to end where the people are: until \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\.", waiting)
    assert "2 texts would not go: it is quiet hours where these people are." in expiring


def test_review_of_e_mail_alone_says_nothing_of_them(app):
    club = a_club(channel_plan=ChannelPlan.EMAIL)
    night_there(club.people)

    assert "quiet hours" not in words_of(club.browser(app).get(club.path("/compose/review")))


def test_an_urgent_text_asks_once_before_it_wakes_people(app):
    club = a_club(people=3)
    night_there(club.people[:2])

    page = words_of(club.browser(app).get(f"/urgent?list_id={club.everybody.id}"))

    assert "It is quiet hours for 2 of them. They get it all the same." in page
    assert 'data-ask-text="It is quiet hours for 2 of them, and they get it all the same. You have 10 seconds to undo it."' in page


def test_the_details_say_why_texts_wait_and_until_when(app):
    scene = a_frozen_scene(2, channel_plan=ChannelPlan.SMS)
    night_there(scene.people)
    club = a_club()
    run_sql("UPDATE memberships SET organisation_id = :id", id=scene.organisation.id)
    claim(ready_work(Channel.SMS, is_urgent=False)[0], Channel.SMS, slot="send-test-0")
    db.session.commit()

    page = words_of(club.browser(app).get(f"/sendouts/{scene.sendout.id}"))

    assert "2 texts wait for quiet hours to end where the people are. At the latest" in page
    assert "every 10s" in page


def test_an_owner_sets_the_contact_cap_and_review_shows_its_number(app):
    club = a_club(people=3, channel_plan=ChannelPlan.EMAIL, communication_type="marketing")
    at = now() - timedelta(days=2)
    earlier = a_sendout(club.organisation, state="running", communication_type="marketing", launched_at=at, last_progress_at=at)
    for person in club.people[:2]:
        a_message(earlier, person, status="delivered", accepted_at=at)
    db.session.commit()
    before = words_of(club.browser(app).get(club.path("/compose/review")))

    club.browser(app, Role.OWNER).post("/settings/sending", HOURS | {"has_contact_cap": "yes", "contact_cap": "1"})
    after = words_of(club.browser(app).get(club.path("/compose/review")))

    assert "had as many news" not in before
    assert "2 people get no e-mail</a>: they have had as many news and offers lately as your organisation allows." in after
    assert "Send to 1 person" in after
