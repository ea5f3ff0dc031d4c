"""One hour of the day for everybody, by each person's own clock: scheduled, resolved, sent, and shown."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan
from app.domain.local_time import LateChoice
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid
from app.messages import guarding
from app.messages.claiming import claim, ready_work
from app.messages.counts import counts_of, recount
from app.messages.guarding import watch
from app.reports.chips import chip_of
from app.reports.details.progress import QUIET_SECONDS, Waiting, progress_of
from app.sendouts import running
from app.sendouts.counting import Slice, people_behind, review_counts, shared_addresses
from app.sendouts.judgement import judgement_of
from app.sendouts.local_hours import hours_of, people_in, zones_of
from app.sendouts.reviewing.scheduling import OWN_CLOCK, SomeAreLate, Wish, schedule, unschedule
from app.sendouts.reviewing.service import review
from tests.browser import Browser
from tests.factories import a_member
from tests.scenes import a_scene, batches_of, freeze, messages_of, run_sql
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")

# By the clocks there; hours apart, and none of them ever changes its clocks.
HOME, EAST, WEST = "Etc/GMT", "Etc/GMT-5", "Etc/GMT+5"


def live(people, *zones):
    """Let these people live there, one after the other; the organisation is at home."""
    run_sql("UPDATE organisations SET time_zone = :zone", zone=HOME)
    for person, zone in zip(people, zones, strict=True):
        run_sql("UPDATE participants SET time_zone = :zone WHERE id = :id", zone=zone, id=person.id)


def hour(zone, **from_now):
    """The full minute that the clocks of a zone show so long from now."""
    return (now() + timedelta(**from_now)).astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)


AT = hour(HOME, hours=2)  # past in the east, and to come at home and in the west
DUE = AT.replace(tzinfo=UTC)
WISH = Wish(AT.isoformat(), OWN_CLOCK)


def a_world(*zones, **values):
    """A send-out at its start, for two hours from now at home, to people who live in these zones."""
    scene = a_scene(len(zones), **values)
    live(scene.people, *zones)
    scene.sendout.scheduled_local, scene.sendout.local_since_at = AT, now()
    scene.sendout.late_choice = values.get("late_choice", LateChoice.NOW)
    db.session.commit()
    return scene


def take_all(channel=Channel.EMAIL):
    """The addresses of everything that may go now."""
    taken = []
    while works := ready_work(channel, is_urgent=False):
        got = claim(works[0], channel, slot="send-test-0")
        db.session.commit()
        if got is None:
            break
        taken += [each.address for each in got.recipients]
    return sorted(taken)


def test_people_live_where_their_page_says_or_else_where_the_organisation_is():
    club = a_club(people=5)
    live(club.people, EAST, EAST, None, "Mars/Base", HOME)

    zones = zones_of(judgement_of(club.draft))

    assert {zone: living.people for zone, living in zones.items()} == {EAST: 2, HOME: 3}
    assert zones[EAST].messages == {Channel.EMAIL: 2, Channel.SMS: 2}
    assert people_in(club.draft, hours_of({HOME: zones[HOME]}, AT)) == [(each.id, f"Ava {each.last_name}") for each in club.people[2:]]
    assert people_in(club.draft, hours_of({EAST: zones[EAST]}, AT)) == [(each.id, f"Ava {each.last_name}") for each in club.people[:2]]


def test_it_starts_when_it_is_that_hour_for_the_first_of_them():
    club = a_club(people=2)
    live(club.people, HOME, WEST)

    schedule(club.draft.id, club.actor, WISH, typed=None)

    draft = club.draft
    assert draft.state == SendoutState.SCHEDULED
    assert (draft.scheduled_at, draft.scheduled_local, draft.late_choice) == (DUE, AT, LateChoice.NOW)


def test_where_it_is_past_that_hour_it_is_asked_what_they_get():
    club = a_club(people=3)
    live(club.people, HOME, EAST, EAST)

    with pytest.raises(SomeAreLate) as question:
        schedule(club.draft.id, club.actor, WISH, typed=None)

    assert [(each.zone, each.people) for each in question.value.hours] == [(EAST, 2)]


@pytest.mark.parametrize(("late", "is_at_once"), [(LateChoice.NOW, True), (LateChoice.SKIP, False)])
def test_with_an_answer_it_starts_at_once_or_for_the_first_who_are_not_late(late, is_at_once):
    club = a_club(people=2)
    live(club.people, HOME, EAST)

    schedule(club.draft.id, club.actor, replace(WISH, late=late), typed=None)

    assert club.draft.late_choice == late
    at = club.draft.scheduled_at
    assert (at == DUE) is not is_at_once
    assert (at is not None and at - now() <= timedelta(seconds=20)) is is_at_once


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("2020-01-01T10:00", OWN_CLOCK, LateChoice.NOW), "past that hour already wherever"),
        (Wish("", OWN_CLOCK), "day and a time"),
        (Wish("0001-01-01T00:00", "Asia/Tokyo"), "day and a time"),
        (Wish("9999-12-31T23:59", OWN_CLOCK), "day and a time"),
        (Wish("2999-12-31T23:59", OWN_CLOCK), "coming year"),
    ],
)
def test_an_hour_that_is_over_everywhere_or_is_none_is_refused(wish, words):
    club = a_club(people=2)
    live(club.people, HOME, EAST)

    with pytest.raises(Invalid, match=words):
        schedule(club.draft.id, club.actor, wish, typed=None)


def test_taken_back_or_sent_now_nothing_of_it_is_left():
    club = a_club(people=2)
    schedule(club.draft.id, club.actor, WISH, typed=None)
    unschedule(club.draft)
    taken_back = [getattr(club.draft, name) for name in ("scheduled_at", "scheduled_local", "local_since_at", "late_choice")]
    schedule(club.draft.id, club.actor, WISH, typed=None)
    running.launch(club.draft.id, club.actor)

    assert taken_back == [None] * 4
    assert club.draft.scheduled_local is None


def test_everybody_goes_at_their_own_hour():
    scene = a_world(EAST, HOME, WEST, None, "Mars/Base", EAST)

    freeze(scene.sendout)

    batches = [(batch.local_zone, batch.message_count) for batch in batches_of(scene)]
    assert batches == [(EAST, 2), (HOME, 3), (WEST, 1)]
    assert [batch.ready_at for batch in batches_of(scene)][1:] == [DUE, DUE + timedelta(hours=5)]
    assert take_all() == sorted([scene.people[0].email_address, scene.people[5].email_address])
    assert recount() == []


def test_what_waits_for_its_hour_goes_when_it_has_come():
    scene = a_world(WEST)
    freeze(scene.sendout)
    assert take_all() == []

    run_sql("UPDATE batches SET ready_at = now() WHERE ready_at > now()")

    assert take_all() == [scene.people[0].email_address]


def test_who_was_late_when_it_was_scheduled_is_left_out_where_that_was_chosen():
    scene = a_world(EAST, HOME, late_choice=LateChoice.SKIP, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)

    freeze(scene.sendout)

    late, other = (person.id for person in scene.people)
    reasons = {(row.participant_id, row.channel): row.skip_reason for row in messages_of(scene)}
    assert reasons == {
        (late, "email"): SkipReason.TOO_LATE,
        (late, "sms"): SkipReason.TOO_LATE,
        (other, "email"): None,
        (other, "sms"): None,
    }
    assert recount() == []


def test_review_counts_those_who_are_left_out_as_the_start_writes_them():
    scene = a_world(EAST, None, "Mars/Base", EAST, late_choice=LateChoice.SKIP, channel_plan=ChannelPlan.SMS_ELSE_EMAIL)

    counts = review_counts(scene.sendout)
    late = people_behind(scene.sendout, Slice(Channel.SMS, SkipReason.TOO_LATE), 9)
    shared = shared_addresses(scene.sendout)
    freeze(scene.sendout)

    rows = Counter((row.channel, row.skip_reason, row.fallback_until is not None) for row in messages_of(scene))
    assert rows == {("sms", None, False): 2, ("email", None, True): 2, ("sms", "too_late", False): 2, ("email", "too_late", False): 2}
    assert [(each.channel, each.messages, each.waiting, each.skips) for each in counts.channels] == [
        ("sms", 2, 0, {SkipReason.TOO_LATE: 2}),
        ("email", 0, 2, {SkipReason.TOO_LATE: 2}),
    ]
    assert [person.participant_id for person in late] == [scene.people[0].id, scene.people[3].id]
    assert (counts.reached, shared) == (2, (0, []))


def test_whose_hour_has_passed_since_then_gets_it_all_the_same():
    scene = a_world(EAST, late_choice=LateChoice.SKIP)
    run_sql("UPDATE sendouts SET local_since_at = now() - interval '10 hours'")

    freeze(scene.sendout)

    assert take_all() == [scene.people[0].email_address]


def test_the_other_channel_waits_from_each_persons_hour_on():
    scene = a_world(WEST, channel_plan=ChannelPlan.EMAIL_ELSE_SMS, fallback_hours=4)

    freeze(scene.sendout)

    text = messages_of(scene, Channel.SMS)[0]
    assert text.fallback_until == DUE + timedelta(hours=5 + 4)


def test_both_channels_and_every_chunk_keep_to_the_hours():
    scene = a_world(*[EAST, WEST] * 4, channel_plan=ChannelPlan.BOTH)

    freeze(scene.sendout, email=2, sms=3, people=3)

    counted = Counter((batch.channel, batch.local_zone) for batch in batches_of(scene) for _ in range(batch.message_count))
    assert counted == {(channel, zone): 4 for channel in ("email", "sms") for zone in (EAST, WEST)}
    rows, zones = messages_of(scene), {person.id: person.time_zone for person in scene.people}
    by_id = {batch.id: batch.local_zone for batch in batches_of(scene)}
    assert all(by_id[row.batch_id or 0] == zones[row.participant_id] for row in rows)


def test_a_first_part_is_of_those_whose_hour_has_come(monkeypatch):
    monkeypatch.setattr(guarding, "GUARDED_ABOVE", 5)
    monkeypatch.setattr(guarding, "FIRST_PART", 2)
    scene = a_world(*[WEST] * 3, *[EAST] * 5)

    freeze(scene.sendout, email=1, people=5)

    assert len(take_all()) == 2
    run_sql("UPDATE batches SET state = 'done', lease_until = NULL WHERE state = 'open'")
    run_sql("UPDATE messages SET status = 'delivered', accepted_at = now() WHERE batch_id IN (SELECT id FROM batches WHERE state = 'done')")
    run_sql("UPDATE sendouts SET last_progress_at = now() - interval '1 minute'")
    watch()
    db.session.commit()
    assert len(take_all()) == 3


def test_review_offers_it_where_people_live_in_more_than_one_zone(app):
    club = a_club(people=3)
    live(club.people, HOME, EAST, None)
    browser = club.browser(app)
    offered = words_of(browser.get(club.path("/compose/review")))
    run_sql("UPDATE participants SET time_zone = NULL")

    assert "each person, where they live (2 time zones)" in offered
    assert "each person, where they live" not in words_of(browser.get(club.path("/compose/review")))


def test_the_page_asks_about_those_who_are_late_and_takes_the_answer(app):
    club = a_club(people=3)
    live(club.people, HOME, EAST, EAST)
    browser = club.browser(app)
    form = {"at": AT.isoformat(), "zone": OWN_CLOCK}

    asked = browser.post(club.path("/schedule"), form)
    done = browser.post(club.path("/schedule"), form | {"late": "skip"})
    page = words_of(browser.get(club.path("/compose/review")))

    words = words_of(asked)
    assert (asked.status_code, done.status_code) == (422, 303)
    assert "It is past that hour already for 2 people: 2 in GMT-5." in words
    assert all(f"Ava {person.last_name}" in words for person in club.people[1:])
    assert "by each person\N{RIGHT SINGLE QUOTATION MARK}s own clock" in page
    assert "<dt>Too late</dt>" in page
    assert "1 <span>person would get it now" in page


def test_its_page_says_who_waits_for_which_hour(app):
    there = hour("America/New_York", hours=2)
    scene = a_world("America/New_York", "America/New_York", "Pacific/Kiritimati")
    run_sql("UPDATE sendouts SET scheduled_local = :at", at=there)
    freeze(scene.sendout)
    bob = a_member(scene.organisation, Role.ORGANISER)
    db.session.commit()

    page = words_of(Browser(app, bob).get(f"/sendouts/{scene.sendout.id}"))

    assert f"Waiting until {there:%H:%M} in New York: 2" in page


def test_when_only_what_waits_is_left_the_page_says_until_when():
    scene = a_world(WEST)
    freeze(scene.sendout)
    counts = counts_of([scene.sendout.id])[scene.sendout.id]

    progress = progress_of(scene.sendout, counts, chip_of(scene.sendout, counts, is_settling=False))

    assert progress.waiting == Waiting("The rest waits for its hour, by the clock of each person.", DUE + timedelta(hours=5))
    assert (progress.refresh_seconds, progress.seconds_left) == (QUIET_SECONDS, None)


def test_the_end_is_that_of_the_last_hour():
    club = a_club(people=2, channel_plan=ChannelPlan.SMS)
    live(club.people, HOME, WEST)
    schedule(club.draft.id, club.actor, WISH, typed=None)

    finish = review(club.draft).outlook.finish

    assert finish is not None
    assert timedelta(0) <= finish.at - DUE - timedelta(hours=5) < timedelta(seconds=5)
