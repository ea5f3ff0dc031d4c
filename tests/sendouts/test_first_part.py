from collections import Counter
from itertools import pairwise

import pytest
from sqlalchemy import text

from app.extensions import db
from app.lib.clock import now
from app.messages import guarding
from app.models import Sendout
from tests.scenes import a_frozen_scene, a_scene, freeze, messages_of

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch):
    """What is large, and how much of it goes ahead, in numbers that a test can have."""
    monkeypatch.setattr(guarding, "GUARDED_ABOVE", 5)
    monkeypatch.setattr(guarding, "FIRST_PART", 4)


def gone_ahead(scene):
    """The places in the audience of those who go ahead, from 1."""
    places = {person.id: number for number, person in enumerate(scene.people, 1)}
    messages = messages_of(scene)
    return sorted(places[each.participant_id] for each in messages if each.batch_id and each.batch_id <= scene.sendout.first_part_to)


def test_the_first_part_is_from_all_over_the_audience():
    assert gone_ahead(a_frozen_scene(20, email=2)) == [5, 10, 15, 20]


def test_where_some_of_the_first_part_get_nothing_the_people_beside_them_go_ahead():
    scene = a_scene(20)
    for person in scene.people[4::5]:
        person.email_address = None
    db.session.commit()

    freeze(scene.sendout, email=2, people=7)

    assert gone_ahead(scene) == [4, 9, 14, 19]


def test_where_nobody_of_it_gets_anything_the_freeze_goes_on_all_the_same(monkeypatch):
    monkeypatch.setattr(guarding, "MOST_ROUNDS", 1)
    scene = a_scene(20)
    for person in scene.people[4::5]:
        person.email_address = None
    db.session.commit()

    freeze(scene.sendout, email=2, people=7)

    assert gone_ahead(scene) == [1, 2, 3, 4]
    assert len(messages_of(scene)) == 20


def rounds_of(people, **values):
    """For each place in an audience the round in which it goes ahead."""
    places = "(SELECT position, :people AS people FROM generate_series(1, :people) AS position) AS places"
    places = "(SELECT position, :people AS people FROM generate_series(1, :people) AS position) AS places"
    rounds = text(f"SELECT {guarding.ROUND_SQL} FROM {places}")  # noqa: S608  constants of ours
    return list(db.session.scalars(rounds, {"people": people, **guarding.round_parameters(Sendout(is_urgent=False, **values))}))


@pytest.mark.parametrize("people", [6, 7, 8, 9, 13, 20, 41])
def test_every_round_is_at_most_a_first_part_from_end_to_end(people):
    rounds = rounds_of(people)

    sizes = Counter(rounds)
    assert sorted(sizes) == list(range(len(sizes)))
    assert all(size <= 4 for size in sizes.values())
    first = [place for place, number in enumerate(rounds, 1) if number == 0]
    assert {after - before for before, after in pairwise([0, *first])} == {len(sizes)}
    assert people - first[-1] < len(sizes)


@pytest.mark.parametrize(("people", "values"), [(5, {}), (20, {"first_part_passed_at": now()})])
def test_nobody_goes_ahead_of_what_is_not_guarded(people, values):
    assert set(rounds_of(people, **values)) == {None}


def test_nobody_goes_ahead_of_an_urgent_one():
    scene = a_frozen_scene(20, email=2, is_urgent=True)

    assert (scene.sendout.first_part_to, len(messages_of(scene))) == (None, 20)
