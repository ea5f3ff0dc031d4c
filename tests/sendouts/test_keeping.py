"""Only today's people: whoever joins after a send-out was scheduled gets nothing, and neither does whoever leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.audience import SkipReason
from app.domain.channels import ChannelPlan
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.clock import now
from app.models import KeptPerson, ListMembership, Sendout
from app.reports.merging.service import merge, undo_merge
from app.sendouts.counting import review_counts
from app.sendouts.keeping import joined_since
from app.sendouts.reviewing.scheduling import Wish, schedule, unschedule
from app.sendouts.running import cancel, launch, undo_launch
from tests.factories import a_participant, saved
from tests.scenes import Scene, freeze, messages_of, run_sql
from tests.sendouts.crowds import keep_away, leave_out
from tests.sendouts.drafts import a_club, words_of

pytestmark = pytest.mark.usefixtures("database")


def a_scheduled_club(*, is_todays=True, people=3):
    club = a_club(people=people, channel_plan=ChannelPlan.EMAIL)
    wish = Wish(f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}", "UTC", is_todays=is_todays)
    schedule(club.draft.id, club.actor, wish, typed=None)
    db.session.commit()
    return club


def join(club):
    """Somebody who comes onto the list now."""
    person = a_participant(club.organisation)
    saved(ListMembership(organisation_id=club.organisation.id, list_id=club.everybody.id, participant_id=person.id))
    db.session.commit()
    return person


def leave(club, person):
    run_sql("DELETE FROM list_memberships WHERE list_id = :list AND participant_id = :person", list=club.everybody.id, person=person.id)


def start(club):
    """What the start writes, by person."""
    run_sql("UPDATE sendouts SET state = 'launching' WHERE id = :id", id=club.draft.id)
    db.session.expire_all()
    freeze(club.draft)
    return {row.participant_id: row.skip_reason for row in messages_of(Scene(club.organisation, club.people, club.draft))}


def kept():
    return db.session.scalar(select(func.count()).select_from(KeptPerson))


def test_whoever_joins_later_gets_nothing():
    club = a_scheduled_club()
    join(club)

    assert (joined_since(club.draft), review_counts(club.draft).people) == (1, 3)
    assert start(club) == {person.id: None for person in club.people}
    assert kept() == 0


def test_unless_it_is_chosen_whoever_joins_before_then_is_included():
    club = a_scheduled_club(is_todays=False)
    newcomer = join(club)

    assert joined_since(club.draft) == 0
    assert newcomer.id in start(club)


def test_whoever_leaves_the_list_or_opts_out_gets_nothing():
    club = a_scheduled_club()
    leave(club, club.people[0])
    keep_away(club.people[1], SuppressionReason.COMPLAINT)
    db.session.commit()

    assert start(club) == {club.people[1].id: SkipReason.COMPLAINED, club.people[2].id: None}


def test_whoever_leaves_and_comes_back_was_there_that_day():
    club = a_scheduled_club()
    leave(club, club.people[0])
    saved(ListMembership(organisation_id=club.organisation.id, list_id=club.everybody.id, participant_id=club.people[0].id))

    assert club.people[0].id in start(club)


def test_whoever_was_left_out_that_day_stays_left_out():
    club = a_club(people=2, channel_plan=ChannelPlan.EMAIL)
    leave_out(Scene(club.organisation, club.people, club.draft), club.people[0])
    db.session.commit()
    schedule(club.draft.id, club.actor, Wish(f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}", "UTC", is_todays=True), typed=None)
    db.session.commit()
    run_sql("DELETE FROM sendout_lists WHERE is_excluded")
    run_sql("DELETE FROM sendout_people WHERE is_excluded")

    assert start(club)[club.people[0].id] == SkipReason.EXCLUDED


@pytest.mark.parametrize("end", [lambda club: unschedule(club.draft), lambda club: cancel(club.draft.id, club.actor)])
def test_taken_back_or_cancelled_nobody_is_written_down_any_more(end):
    club = a_scheduled_club()
    written = kept()

    end(club)

    assert (written, kept()) == (3, 0)


@pytest.mark.parametrize("is_undone", [False, True])
def test_who_sends_it_at_once_means_everybody(is_undone):
    club = a_scheduled_club()
    newcomer = join(club)

    launch(club.draft.id, club.actor)
    if is_undone:
        undo_launch(club.draft.id, club.actor)
    db.session.commit()

    assert (kept(), club.draft.people_kept_at, club.draft.scheduled_at) == (0, None, None)
    run_sql("UPDATE sendouts SET leaves_at = NULL")
    assert newcomer.id in start(club)


def test_a_draft_taken_back_is_to_everybody_again():
    club = a_scheduled_club()
    join(club)

    unschedule(club.draft)

    assert (club.draft.people_kept_at, review_counts(club.draft).people) == (None, 4)


def test_who_is_merged_with_somebody_new_keeps_their_place_and_gets_it_back():
    club = a_scheduled_club()
    newcomer = a_participant(club.organisation)
    log_id = merge(newcomer, club.people[0], {}, club.bob.id)
    merged = set(db.session.scalars(select(KeptPerson.participant_id)))
    undo_merge(club.organisation.id, log_id, club.bob.id)

    assert merged == {newcomer.id, club.people[1].id, club.people[2].id}
    assert set(db.session.scalars(select(KeptPerson.participant_id))) == {person.id for person in club.people}


def test_the_page_offers_it_and_says_what_it_means(app):
    club = a_club()
    browser = club.browser(app)
    offered = words_of(browser.get(club.path("/compose/review")))
    at = {"at": f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}", "zone": "UTC", "who": "today"}

    browser.post(club.path("/schedule"), at)
    join(club)
    page = words_of(browser.get(club.path("/compose/review")))

    assert "Only today\N{RIGHT SINGLE QUOTATION MARK}s people" in offered
    assert "Only who was in the audience on" in page
    assert "1 person who has come into it since gets nothing" in page
    assert db.session.get_one(Sendout, club.draft.id).people_kept_at is not None


def test_where_nobody_can_join_it_is_not_offered(app):
    club = a_club()
    run_sql("INSERT INTO sendout_people (sendout_id, participant_id, organisation_id) VALUES (:s, :p, :o)",
            s=club.draft.id, p=club.people[0].id, o=club.organisation.id)  # fmt: skip
    run_sql("DELETE FROM sendout_lists")

    assert "Only today\N{RIGHT SINGLE QUOTATION MARK}s people" not in words_of(club.browser(app).get(club.path("/compose/review")))
