"""The ladder is a join: whatever order events come in and however often, they end at the same place."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import BEFORE_ACCEPTANCE, LADDER, DeliveryStatus, join_statuses, rung, rungs_below
from tests.domain.samples import event_statuses, statuses


@given(event_statuses, event_statuses, event_statuses)
def test_join_of_events_ignores_order_grouping_and_repeats(one, other, third):
    assert join_statuses(one, other) is join_statuses(other, one)
    assert join_statuses(one, join_statuses(other, third)) is join_statuses(join_statuses(one, other), third)
    assert join_statuses(one, one) is one


@given(st.sampled_from(sorted(BEFORE_ACCEPTANCE)), event_statuses)
def test_any_event_overtakes_what_stood_before_acceptance(before, event):
    assert join_statuses(before, event) is event
    assert join_statuses(event, before) is event


@given(st.sampled_from(sorted(BEFORE_ACCEPTANCE)), st.sampled_from(sorted(BEFORE_ACCEPTANCE)))
def test_of_two_on_the_ground_the_stored_one_stays(stored, other):
    assert join_statuses(stored, other) is stored


@given(statuses, st.lists(event_statuses, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_shuffled_and_repeated_events_end_at_the_same_status(start, events, random):
    repeated = [*events, random.choice(events)]
    random.shuffle(repeated)

    assert reduce(join_statuses, repeated, start) is reduce(join_statuses, events, start)


@given(statuses, event_statuses)
def test_rungs_below_are_exactly_those_that_an_event_raises(stored, event):
    is_raised = join_statuses(stored, event) is not stored

    assert (stored in rungs_below(event)) == is_raised


def test_every_status_is_on_the_ladder_or_before_acceptance():
    assert set(LADDER) | BEFORE_ACCEPTANCE == set(DeliveryStatus)
    assert not set(LADDER) & BEFORE_ACCEPTANCE
    assert [rung(status) for status in LADDER] == list(range(1, len(LADDER) + 1))


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ((DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED), DeliveryStatus.BOUNCED),
        ((DeliveryStatus.DELAYED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED), DeliveryStatus.DELIVERED),
        ((DeliveryStatus.SOFT_BOUNCED, DeliveryStatus.DELIVERED, DeliveryStatus.SENT), DeliveryStatus.DELIVERED),
        ((DeliveryStatus.FAILED, DeliveryStatus.DELIVERED), DeliveryStatus.DELIVERED),
        ((DeliveryStatus.COMPLAINT, DeliveryStatus.BOUNCED, DeliveryStatus.DELIVERED), DeliveryStatus.COMPLAINT),
    ],
)
def test_known_stories_end_where_product_says_in_every_order(events, end):
    for arrival in permutations(events):
        assert reduce(join_statuses, arrival, DeliveryStatus.IN_DOUBT) is end
