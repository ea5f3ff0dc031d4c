"""Conditions as SQL find exactly those whom the same conditions find in Python, over random people; what has gone finds nobody."""

import random

import pytest
from sqlalchemy import delete

from app.domain.conditions import About, Condition, Operator
from app.extensions import db
from app.models import CustomField, CustomFieldKind
from app.participants.filters.known import known_to, named_in
from app.sendouts.audience import not_opened_query
from tests.factories import a_list, a_sendout, an_organisation, saved
from tests.participants.filtering import Club
from tests.scenes import run_sql

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("seed", range(3))
def test_the_database_and_python_find_the_same_people(seed):
    chance = random.Random(seed)
    club = Club(chance)
    conditions = [club.condition(chance) for _ in range(120)]

    wrong = [each for each in conditions if club.found(each) != club.expected(each)]

    assert wrong == []


def test_all_of_several_conditions_hold():
    chance = random.Random(7)
    club = Club(chance)
    pairs = [(club.condition(chance), club.condition(chance)) for _ in range(40)]

    wrong = [pair for pair in pairs if club.found(*pair) != club.expected(pair[0]) & club.expected(pair[1])]

    assert wrong == []


def test_no_condition_is_everybody():
    club = Club(random.Random(1))

    assert club.found() == {person.id for person in club.people}


def test_those_who_did_not_open_are_those_whom_a_resend_is_for():
    club = Club(random.Random(2))
    sendout = club.sendouts[0]
    query = not_opened_query(sendout, no_sign=True, cannot_tell=True)

    found = club.found(Condition(About.SENDOUT, Operator.NOT_OPENED, str(sendout.id)))

    resent = {row.participant_id for row in db.session.execute(db.text(query.sql), dict(query.parameters))}
    assert found == resent
    assert found


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(About.FIELD, Operator.EMPTY, "shoe"), "The field “shoe” has been removed."),
        (Condition(About.FIELD, Operator.CONTAINS, "goals", ("3",)), "The field “goals” is of another kind now."),
        (Condition(About.LIST, Operator.NOT_ON, "987654"), "A list that it asks about has been deleted."),
        (Condition(About.SENDOUT, Operator.NOT_OPENED, "987654"), "A send-out that it asks about is not there any more."),
    ],
)
def test_a_condition_on_what_has_gone_says_so_and_finds_nobody(condition, words):
    club = Club(random.Random(3))

    assert club.found(condition) == set()
    assert known_to(club.organisation.id, named_in([condition])).trouble_with(condition) == words


def test_what_belongs_to_another_organisation_is_not_there():
    club, theirs = Club(random.Random(4)), a_list(an_organisation())
    their_sendout = a_sendout(an_organisation())
    db.session.commit()

    assert club.found(Condition(About.LIST, Operator.NOT_ON, str(theirs.id))) == set()
    assert club.found(Condition(About.SENDOUT, Operator.OPENED, str(their_sendout.id))) == set()


@pytest.mark.parametrize("operator", [Operator.OPENED, Operator.NOT_OPENED])
def test_nobody_knows_who_opened_what_was_not_tracked(operator):
    club = Club(random.Random(2))
    condition = Condition(About.SENDOUT, operator, str(club.sendouts[0].id))
    assert club.found(condition)

    run_sql("UPDATE senders SET tracking = 'off'")

    assert club.found(condition) == set()


def test_people_who_were_erased_are_not_found():
    club = Club(random.Random(6))
    run_sql("UPDATE participants SET erased_at = now() WHERE id = :id", id=club.people[0].id)

    assert club.people[0].id not in club.found()


def test_a_field_that_is_gone_finds_nobody_until_it_is_back():
    club = Club(random.Random(8))
    condition = Condition(About.FIELD, Operator.FILLED, "team")
    before = club.found(condition)

    db.session.execute(delete(CustomField).where(CustomField.key == "team"))
    without = club.found(condition)
    saved(CustomField(organisation_id=club.organisation.id, key="team", name="Team", kind=CustomFieldKind.TEXT))

    assert before
    assert without == set()
    assert club.found(condition) == before
