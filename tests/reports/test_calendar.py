"""The calendar of what is scheduled."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.reports.listing.calendar import month_of
from tests.factories import a_sendout, an_organisation

MAY = date(2031, 5, 1)


def scheduled(organisation, at, **values):
    made = a_sendout(organisation, **({"state": SendoutState.SCHEDULED, "scheduled_at": at} | values))
    db.session.commit()
    return made


@pytest.fixture
def page(scene):
    """What the calendar shows in a month."""
    return lambda month: scene.organiser.get(f"/sendouts/calendar?month={month}").text


def days_of(month):
    return {day.date: [each.sendout.title for each in day.planned] for week in month.weeks for day in week if day.planned}


@pytest.mark.usefixtures("database")
def test_a_month_is_whole_weeks_with_what_leaves_on_each_day(app):
    organisation = an_organisation()
    with app.test_request_context():
        scheduled(organisation, datetime(2031, 5, 3, 18, tzinfo=UTC), title="Camp")
        scheduled(organisation, datetime(2031, 5, 3, 9, tzinfo=UTC), title="Kit")
        scheduled(organisation, datetime(2031, 6, 1, 9, tzinfo=UTC), title="Beside")

        month = month_of(organisation.id, MAY)

    assert days_of(month) == {date(2031, 5, 3): ["Kit", "Camp"], date(2031, 6, 1): ["Beside"]}
    assert (month.weeks[0][0].date, month.weeks[-1][-1].date) == (date(2031, 4, 28), date(2031, 6, 1))
    assert month.count == 2
    assert (month.before, month.following, month.next_planned) == (date(2031, 4, 1), date(2031, 6, 1), date(2031, 6, 1))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("values", "is_there"),
    [
        ({}, True),
        ({"state": SendoutState.HELD}, True),
        ({"state": SendoutState.HELD, "audience_count": 3}, False),
        ({"state": SendoutState.DRAFT}, False),
        ({"state": SendoutState.RUNNING}, False),
        ({"state": SendoutState.CANCELLED}, False),
    ],
)
def test_only_what_still_waits_for_its_hour_stands_in_it(app, values, is_there):
    organisation = an_organisation()
    with app.test_request_context():
        scheduled(organisation, datetime(2031, 5, 3, 18, tzinfo=UTC), **values)
        scheduled(an_organisation(), datetime(2031, 5, 3, 18, tzinfo=UTC), title="Somebody else's")

        assert month_of(organisation.id, MAY).count == int(is_there)


def test_the_page_names_the_hour_by_the_organisations_clock(scene, page):
    scene.organisation.time_zone = "America/New_York"
    scheduled(scene.organisation, datetime(2031, 6, 1, 2, 30, tzinfo=UTC), title="Late in May")

    words = page("2031-05")

    assert "<b>22:30</b> Late in May" in words
    assert "May 2031" in words


def test_it_says_what_is_held_and_what_goes_by_each_persons_own_clock(scene, page):
    scheduled(scene.organisation, datetime(2031, 5, 3, 18, tzinfo=UTC), scheduled_local=datetime(2031, 5, 3, 18))  # noqa: DTZ001  a wall clock
    scheduled(scene.organisation, datetime(2031, 5, 4, 18, tzinfo=UTC), state=SendoutState.HELD)

    words = page("2031-05")

    assert "own clock" in words
    assert "· held" in words


def test_an_empty_month_says_so_and_leads_to_the_next_one(scene, page):
    scheduled(scene.organisation, datetime(2031, 8, 3, 18, tzinfo=UTC))

    words = page("2031-05")

    assert "Nothing is scheduled in May 2031" in words
    assert "The next one leaves on 3 August 2031" in words
    assert "?month=2031-08" in words


@pytest.mark.parametrize("asked", ["", "2031-13", "1999-05", "may", "2031-05-01", "9999-12"])
def test_a_month_that_is_none_is_this_one(page, asked):
    assert f"{now().astimezone(UTC):%B %Y}" in page(asked)


def test_what_leaves_today_stands_on_today(scene, page):
    scene.organisation.time_zone = "UTC"
    soon = now() + timedelta(seconds=1)
    scheduled(scene.organisation, soon, title="Soon")

    words = page(f"{soon:%Y-%m}")

    assert words.index("calendar-today") < words.index("Soon")
